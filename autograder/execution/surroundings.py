"""What a kernel finds around it: environment variables and readable files."""

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from glob import glob
from pathlib import Path

from autograder.execution.sandbox import Policy
from autograder.settings import Kernels, Limits

# Passed on to a sandboxed kernel; everything else could be a secret.
KEPT_VARIABLES = (
    "PATH", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH",
    "VIRTUAL_ENV", "CUDA_VISIBLE_DEVICES", "CUDA_HOME", "OPENBLAS_CORETYPE",
)  # fmt: skip
SYSTEM_FILES = (
    "/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/local/lib", "/usr/share",
    "/usr/bin", "/bin", "/etc/ld.so.cache", "/etc/localtime", "/etc/fonts",
    "/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system/cpu",
    "/dev/urandom", "/dev/random", "/dev/zero",
)  # fmt: skip
DEVICES = ("/dev/null", "/dev/full")


@contextmanager
def scratch_folder(prefix: str = "curso-") -> Iterator[Path]:
    """A temporary folder that goes away whatever was made in it."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    try:
        yield folder
    finally:
        remove_tree(folder)


def remove_tree(folder: Path | str) -> None:
    """Remove what a kernel could write to, as far as it can be removed."""
    try:
        shutil.rmtree(folder, ignore_errors=True)
    except RecursionError:  # folders within folders, which rm can follow
        subprocess.run(["rm", "-rf", "--", str(folder)], check=False)


def sandbox_policy(
    limits: Limits, kernels: Kernels, scratch: Path, connections: Path
) -> Policy:
    """The policy of a kernel: it works in `scratch`, talks through `connections`."""
    gpus = (*glob("/dev/nvidia*"), *glob("/proc/driver/nvidia"))
    return Policy(
        read=(*SYSTEM_FILES, *_python_folders(kernels.preload), *kernels.readable),
        write=(str(scratch), str(connections), *DEVICES, *gpus),
        memory_mib=limits.memory_mib,
        cpu_seconds=int(limits.submission_seconds) + 1,
        file_mib=limits.files_mib,
    )


def kernel_environment(
    n_threads: int, purpose: str = "", scratch: Path | None = None
) -> dict[str, str]:
    """Environment of a kernel that shares the machine with others.

    Parameters
    ----------
    purpose
        Value of nbgrader's ``NBGRADER_EXECUTION``; not set when empty.
    scratch
        Home of a sandboxed kernel, which gets nothing else of our environment. Without
        it the kernel inherits everything.
    """
    threads = str(n_threads)
    common = {
        "OMP_NUM_THREADS": threads,
        "OPENBLAS_NUM_THREADS": threads,
        "MKL_NUM_THREADS": threads,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }
    if purpose:
        common["NBGRADER_EXECUTION"] = purpose
    if scratch is None:
        return {**os.environ, **common}
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    home = {
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "IPYTHONDIR": str(scratch / ".ipython"),
        "MPLCONFIGDIR": str(scratch / ".matplotlib"),
        "USER": "estudiante",
        "LOGNAME": "estudiante",
    }
    return {**kept, **common, **home}


def _python_folders(preload: Iterable[str]) -> Iterator[str]:
    """Where the interpreter and the packages that a notebook may import lie."""
    prefixes = (Path(sys.prefix), Path(sys.base_prefix))
    for prefix in prefixes:
        yield from (str(prefix / name) for name in ("lib", "lib64", "bin", "share"))
    yield str(Path(sys.prefix, "pyvenv.cfg"))
    tops = (module.split(".")[0] for module in preload)
    for name in {"autograder", "course_utils", *tops}:
        spec = importlib.util.find_spec(name)
        yield from (spec.submodule_search_locations or ()) if spec else ()
