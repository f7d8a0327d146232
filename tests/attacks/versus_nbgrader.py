"""The same attacks under plain nbgrader and here: points that were not deserved.

    python -m tests.attacks.versus_nbgrader

All cases are students of one assignment in a temporary course, built from the same
source. nbgrader has no sandbox: cases that would hurt the machine, and those about our
channel only, are skipped there, and what runs is held by resource limits and by a home
folder of its own. One process per student, so that one attack cannot stop the others.
"""

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from nbgrader.api import Gradebook, MissingEntry

from autograder.pipeline import prepare_kernels
from tests.attacks.source import UNIT
from tests.attacks.submissions import Case, Course, make_attacked_course, read_cases

CONFIG = """c = get_config()
c.ExecutePreprocessor.timeout = 10
c.ClearSolutions.code_stub = {"python": "raise NotImplementedError()"}
"""
STUDENT_SECONDS = 90
GIB = 2**30
RESOURCES = {
    resource.RLIMIT_DATA: 6 * GIB,
    resource.RLIMIT_FSIZE: GIB // 5,
    resource.RLIMIT_CPU: STUDENT_SECONDS,
    resource.RLIMIT_CORE: 0,
}


@dataclass(frozen=True)
class Row:
    """What one attack deserves and gets; None where it was not run or got no score."""

    name: str
    honest: float
    nbgrader: float | None
    ours: float | None


def compare(root: Path, cases: tuple[Case, ...]) -> Iterator[Row]:
    """Grade each case with both programs.

    Parameters
    ----------
    root
        An empty folder; nothing outside it is written.
    """
    (root / "nbgrader_config.py").write_text(CONFIG)
    course = make_attacked_course(root)
    prepare_kernels(course.settings.kernels)
    _run_nbgrader(root, "generate_assignment", UNIT)
    for case in cases:
        course.hand_in(case)
        theirs = None
        if not (case.is_channel or case.is_harmful):
            _run_nbgrader(root, "autograde", UNIT, f"--student={case.name}")
            theirs = _score(root, case.name)
        yield Row(case.name, case.honest, theirs, _our_score(course, case))


def _our_score(course: Course, case: Case) -> float | None:
    try:
        return course.grade(case).marks.score
    except Exception as error:  # what is compared may be broken
        print(f"{case.name}: {error!r}", file=sys.stderr)
        return None


def _score(root: Path, student: str) -> float | None:
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as book:
        try:
            return float(book.find_submission(UNIT, student).score)
        except MissingEntry:
            return None


def _run_nbgrader(root: Path, *arguments: str) -> None:
    """Run a command of nbgrader's, quietly and not for ever."""
    home = root / "home"
    home.mkdir(exist_ok=True)
    places = ("HOME", "TMPDIR", "IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    process = subprocess.Popen(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=root,
        env={**dict.fromkeys(places, str(home)), "PATH": path},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=_limit,
    )
    try:
        process.wait(STUDENT_SECONDS)
    except subprocess.TimeoutExpired:
        _kill(process)


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """End a command and its kernels, which have sessions of their own."""
    kernels = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.wait()
    for kernel in kernels:
        with suppress(psutil.NoSuchProcess):
            kernel.kill()


def _limit() -> None:
    for kind, value in RESOURCES.items():
        resource.setrlimit(kind, (value, value))


def table(rows: list[Row]) -> str:
    """The comparison as Markdown; wrong points in bold, "–" where there is no score."""

    def cell(points: float | None, honest: float) -> str:
        if points is None:
            return "–"
        return f"{points:g}" if points == honest else f"**{points:g}**"

    lines = ["| attack | honest | nbgrader | ours |", "|---|---|---|---|"]
    lines += [
        f"| {row.name} | {row.honest:g} | {cell(row.nbgrader, row.honest)} "
        f"| {cell(row.ours, row.honest)} |"
        for row in rows
    ]
    return "\n".join(lines)


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory(prefix="curso-ataques-") as folder:
        print(table(list(compare(Path(folder), read_cases()))))


if __name__ == "__main__":
    main()
