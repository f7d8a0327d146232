"""kill -9 at any moment: the same command completes the class, nothing is lost."""

import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import psutil
import pytest
from nbgrader.api import Gradebook

from autograder.build import build_assignment
from autograder.settings import load_settings
from tests.factories import RIGHT, WRONG, find, hand_in, make_course

N_STUDENTS = 5
N_KILLS = 20
PROGRAM = str(Path(sys.executable).with_name("autograder"))
SLOW = "\nimport time\ntime.sleep(0.15)"


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Right and wrong submissions that take a moment, not graded yet."""
    root = make_course(tmp_path_factory.mktemp("kill") / "course")
    [released] = build_assignment(load_settings(root), "u1").notebooks
    for number in range(N_STUDENTS):
        document = nbformat.from_dict(released.student)
        find(document, "f").source = (RIGHT if number % 2 else WRONG) + SLOW
        hand_in(root, f"s{number}", document)
    return root


@pytest.fixture(scope="module")
def undisturbed(
    course: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[object, float]:
    """What an undisturbed run leaves, and how long it takes."""
    root = tmp_path_factory.mktemp("undisturbed") / "course"
    shutil.copytree(course, root)
    began = time.monotonic()
    assert start(root).wait(timeout=120) == 0
    return contents(root), time.monotonic() - began


def contents(root: Path) -> object:
    """Everything about grades that a gradebook holds, and who has an executed copy."""
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as book:
        grades = sorted(
            (s.student.id, n.name, g.name, g.auto_score, g.needs_manual_grade)
            for s in book.assignment_submissions("u1")
            for n in s.notebooks
            for g in n.grades
        )
    copies = sorted(p.parent.parent.name for p in root.glob("autograded/*/u1/nb.ipynb"))
    return grades, copies


@pytest.mark.parametrize("seed", range(N_KILLS))
def test_kill_at_a_random_moment_changes_nothing(
    course: Path, undisturbed: tuple[object, float], tmp_path: Path, seed: int
) -> None:
    rng = random.Random(seed)
    expected, duration = undisturbed
    kind = ("grader", "kernel", "fork server")[seed % 3]
    root = tmp_path / "course"
    shutil.copytree(course, root)

    first = start(root)
    time.sleep(rng.uniform(0.3, 1.0) * duration)
    victims = find_victims(first.pid)[kind]
    for victim in rng.sample(victims, min(1, len(victims))):
        victim.kill()
    first.wait(timeout=120)
    second = start(root)

    assert second.wait(timeout=120) == 0, (seed, kind, second.communicate())
    assert contents(root) == expected, (seed, kind)


def test_interrupt_stops_soon_and_the_same_command_goes_on(
    course: Path, undisturbed: tuple[object, float], tmp_path: Path
) -> None:
    root = tmp_path / "course"
    shutil.copytree(course, root)
    document = nbformat.read(root / "submitted/s0/u1/nb.ipynb", as_version=4)
    find(document, "f").source = "while True: pass"
    hand_in(root, "s0", document)

    first = start(root)
    while not find_victims(first.pid)["kernel"]:
        time.sleep(0.1)
    began = time.monotonic()
    first.send_signal(signal.SIGINT)

    assert first.wait(timeout=60) == 130
    assert time.monotonic() - began < load_settings(root).limits.cell_seconds
    shutil.copytree(course / "submitted", root / "submitted", dirs_exist_ok=True)
    assert start(root).wait(timeout=120) == 0
    assert contents(root) == undisturbed[0]


def start(root: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [PROGRAM, "grade", "u1", "--course", str(root)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def find_victims(pid: int) -> dict[str, list[psutil.Process]]:
    """The grader, its fork server and its kernels, as far as they exist now."""
    try:
        grader = psutil.Process(pid)
        servers = [
            c for c in grader.children() if "forkserver" in " ".join(c.cmdline())
        ]
        kernels = [k for server in servers for k in server.children()]
    except psutil.Error:
        return {"grader": [], "kernel": [], "fork server": []}
    return {"grader": [grader], "kernel": kernels, "fork server": servers}
