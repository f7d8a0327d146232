"""Live probes of what grading needs from this machine."""

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import psutil
from nbformat.v4 import new_code_cell, new_notebook

from autograder.errors import AutograderError
from autograder.execution.engine import execute_document
from autograder.execution.sandbox import landlock_abi, missing_protections
from autograder.gradebook import Gradebook
from autograder.records import CellOutcome, Outcome
from autograder.settings import Kernels, Limits, Settings

PACKAGES = (
    "torch",
    "nbgrader",
    "papermill",
    "nbclient",
    "jupyter_client",
    "jupyterlab",
)
MIN_FREE_GIB = 2.0


@dataclass(frozen=True)
class Probe:
    """One thing that was tried, whether it holds, and what was seen."""

    name: str
    is_good: bool
    seen: str


def run_probes() -> Iterator[Probe]:
    """Try one thing after the other; nothing is left behind."""
    checks: tuple[Callable[[], tuple[bool, str]], ...] = (
        _python, _packages, _machine, _disk, _kernel, _time_limit, _memory_limit,
        _kernel_death, _landlock, _files, _network, _processes, _session,
        _gradebook,
    )  # fmt: skip
    for check in checks:
        name = (check.__doc__ or "").rstrip(".")
        try:
            is_good, seen = check()
        except AutograderError as error:
            is_good, seen = False, str(error)
        yield Probe(name, is_good, seen)


def _python() -> tuple[bool, str]:
    """Python is new enough."""
    return sys.version_info >= (3, 11), platform.python_version()


def _packages() -> tuple[bool, str]:
    """The packages are there."""
    found, missing = [], []
    for name in PACKAGES:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            missing.append(name)
    return not missing, ", ".join(found) + "".join(
        f", {name} MISSING" for name in missing
    )


def _machine() -> tuple[bool, str]:
    """There is memory for a kernel."""
    free = psutil.virtual_memory().available / 2**30
    return free > MIN_FREE_GIB, f"{os.cpu_count()} cores, {free:.1f} GiB free"


def _disk() -> tuple[bool, str]:
    """There is room for scratch folders."""
    folder = tempfile.gettempdir()
    free = shutil.disk_usage(folder).free / 2**30
    return free > MIN_FREE_GIB, f"{free:.1f} GiB free in {folder}"


def _kernel() -> tuple[bool, str]:
    """A kernel starts and answers."""
    [outcome] = _execute("1 + 1", limits=Limits())
    return outcome.result == "2", f"{outcome.outcome} in {outcome.seconds:.2f} s"


def _time_limit() -> tuple[bool, str]:
    """A loop that ignores interrupts is stopped."""
    loop = "while 1:\n try:\n  while 1: pass\n except BaseException: pass"
    first, second = _execute(loop, "1", limits=Limits(cell_seconds=1.0))
    good = first.outcome is Outcome.TIMED_OUT and second.outcome is Outcome.PASSED
    return good, f"{first.outcome} after {first.seconds:.1f} s, then {second.outcome}"


def _memory_limit() -> tuple[bool, str]:
    """A cell that eats memory is stopped."""
    eat = "x = [bytearray(2**24) for _ in range(10**4)]"
    first, second = _execute(eat, "1", limits=Limits(memory_mib=500))
    good = first.outcome is Outcome.OUT_OF_MEMORY and second.outcome is Outcome.PASSED
    return good, f"{first.outcome} at {first.peak_mib:.0f} MiB, then {second.outcome}"


def _kernel_death() -> tuple[bool, str]:
    """A dead kernel costs one cell and the others go on."""
    first, second = _execute("import os; os._exit(1)", "1", limits=Limits())
    good = first.outcome is Outcome.KERNEL_DIED and second.outcome is Outcome.PASSED
    return good, f"{first.outcome}, then {second.outcome}"


def _files() -> tuple[bool, str]:
    """Student code cannot read files outside its folder."""
    return _is_refused("open('/etc/passwd').read()")


def _network() -> tuple[bool, str]:
    """Student code cannot use the network."""
    return _is_refused("import socket; socket.socket()")


def _processes() -> tuple[bool, str]:
    """Student code cannot signal other processes."""
    return _is_refused("import os; os.kill(os.getppid(), 0)")


def _session() -> tuple[bool, str]:
    """Student code cannot leave its process group."""
    code = (
        "import os\nif os.fork() == 0:\n"
        " try: os.setsid()\n except OSError: os._exit(7)\n"
    )
    [outcome] = _execute(f"{code} os._exit(0)\nos.wait()[1] >> 8", limits=Limits())
    return (
        outcome.result == "7",
        "PermissionError" if outcome.result == "7" else "allowed",
    )


def _is_refused(code: str) -> tuple[bool, str]:
    [outcome] = _execute(code, limits=Limits())
    return outcome.error == "PermissionError", outcome.error or "allowed"


def _landlock() -> tuple[bool, str]:
    """Landlock and seccomp are there."""
    missing = missing_protections()
    seen = ", ".join(f"no {name}" for name in missing)
    return not missing, seen or f"Landlock ABI {landlock_abi()}"


def _gradebook() -> tuple[bool, str]:
    """A gradebook can be written."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(root=Path(folder))
        with Gradebook(settings) as gradebook:
            units = gradebook.list_graded_units()
    return units == (), "SQLite"


def _execute(*sources: str, limits: Limits) -> tuple[CellOutcome, ...]:
    document = new_notebook(cells=[new_code_cell(source) for source in sources])
    with tempfile.TemporaryDirectory() as folder:
        return execute_document(
            "probe",
            document,
            kernel_name="python3",
            limits=limits,
            kernels=Kernels(),
            cwd=Path(folder),
        ).cells
