"""Do we give what nbgrader gives, and what its documentation promises?"""

import csv
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.pipeline import grade_unit
from autograder.records import Outcome, Status
from autograder.settings import load_settings
from tests.conformance.conftest import FIXTURES, GUIDE, Course

pytestmark = pytest.mark.filterwarnings("ignore")  # nbgrader's own warnings

FAMILIES = [
    # source, submissions -> expected score of each
    (
        "submitted-unchanged.ipynb",
        {
            "submitted-unchanged.ipynb": 1,
            "submitted-changed.ipynb": 2,
            "submitted-cheat-attempt.ipynb": 1,
            "submitted-cheat-attempt-alternative.ipynb": 1,
        },
    ),
    ("test-hidden-tests.ipynb", {"test-hidden-tests.ipynb": 1.5}),
    (
        "autotest-simple.ipynb",
        {"autotest-simple-unchanged.ipynb": 0, "autotest-simple-changed.ipynb": 1},
    ),
    (
        "autotest-hashed.ipynb",
        {"autotest-hashed-unchanged.ipynb": 0, "autotest-hashed-changed.ipynb": 1},
    ),
    (
        "autotest-multi.ipynb",
        {"autotest-multi-unchanged.ipynb": 0, "autotest-multi-changed.ipynb": 3},
    ),
    (
        "autotest-hidden.ipynb",
        {
            "autotest-hidden-unchanged.ipynb": 0,
            "autotest-hidden-changed-wrong.ipynb": 0,
            "autotest-hidden-changed-right.ipynb": 1,
        },
    ),
    ("timeout.ipynb", {"timeout.ipynb": 1}),
    (
        "validating-environment-variable.ipynb",
        {"validating-environment-variable.ipynb": 0},
    ),
]


@pytest.mark.parametrize(("source", "expected"), FAMILIES, ids=[f[0] for f in FAMILIES])
def test_fixture_family_scores_as_nbgrader_cell_for_cell(
    course: Course, source: str, expected: dict[str, float]
) -> None:
    students = {name.removesuffix(".ipynb"): name for name in expected}
    course.add("ps1", source, students)

    marks = course.grade("ps1")
    course.grade_with_nbgrader("ps1")

    got = {f"{student}.ipynb": m.score for student, m in marks.items()}
    assert got == expected
    assert course.scores("ps1", "gradebook.db") == course.scores("ps1", "theirs.db")


def test_sample_course_scores_as_documented_and_as_nbgrader(tmp_path: Path) -> None:
    course = Course(tmp_path)
    for step in ("source", "submitted"):
        shutil.copytree(GUIDE / step, tmp_path / step)

    marks = course.grade("ps1")
    course.grade_with_nbgrader("ps1")

    assert {s: m.score for s, m in marks.items()} == {"bitdiddle": 1.5, "hacker": 3.0}
    assert course.scores("ps1", "gradebook.db") == course.scores("ps1", "theirs.db")


def test_edited_test_cells_score_as_restored_and_are_reported(course: Course) -> None:
    names = ("submitted-grade-cell-changed", "submitted-locked-cell-changed")
    course.add("ps1", "submitted-unchanged.ipynb", {n: f"{n}.ipynb" for n in names})

    marks = course.grade("ps1")
    course.grade_with_nbgrader("ps1")

    assert course.scores("ps1", "gradebook.db") == course.scores("ps1", "theirs.db")
    for name in names:
        assert "cell_edited" in {note.kind for note in marks[name].notes}


def test_time_limit_of_two_seconds_from_nbgrader_config_scores_zero(
    tmp_path: Path,
) -> None:
    course = Course(tmp_path, "c = get_config()\nc.Execute.timeout = 2\n")
    course.add("ps1", "timeout.ipynb", {"foo": "timeout.ipynb"})

    marks = course.grade("ps1")["foo"]

    assert marks.score == 0
    assert marks.seconds < 30


def test_infinite_loop_that_eats_memory_scores_zero_within_limits(
    tmp_path: Path,
) -> None:
    """nbgrader's own suite skips this fixture: "consumes a LOT of memory"."""
    course = Course(tmp_path)
    (tmp_path / "autograder.toml").write_text(
        "[limits]\nmemory_mib = 600\ncell_seconds = 20\n"
    )
    name = "infinite-loop-with-output.ipynb"
    course.add("ps1", name, {"foo": name})

    result = grade_unit(load_settings(tmp_path), "ps1")

    [marks] = result.marks
    assert marks.status is Status.GRADED
    assert marks.score == 0
    assert marks.peak_mib < 1200  # the limit and one polling interval of growth


def test_infinite_loop_is_stopped_and_the_notebook_is_kept(tmp_path: Path) -> None:
    course = Course(tmp_path, "c = get_config()\nc.Execute.timeout = 1\n")
    course.add("ps1", "infinite-loop.ipynb", {"foo": "infinite-loop.ipynb"})

    course.grade("ps1")

    assert (tmp_path / "autograded" / "foo" / "ps1" / "p1.ipynb").exists()


def test_relative_file_of_the_assignment_is_found(course: Course) -> None:
    course.add("ps1", "open_relative_file.ipynb", {"foo": "open_relative_file.ipynb"})
    for folder in ("source/ps1", "submitted/foo/ps1"):
        shutil.copyfile(FIXTURES / "data.txt", course.root / folder / "data.txt")

    marks = course.grade("ps1")["foo"]
    course.grade_with_nbgrader("ps1")

    assert [cell.outcome for cell in marks.cells] == [Outcome.PASSED]
    assert course.scores("ps1", "gradebook.db") == course.scores("ps1", "theirs.db")


def test_side_effects_touch_neither_submission_nor_course(course: Course) -> None:
    course.add("ps1", "side-effects.ipynb", {"foo": "side-effects.ipynb"})

    course.grade("ps1")

    assert not list(course.root.rglob("side-effect.txt"))


def test_gradebook_that_we_filled_serves_nbgraders_feedback_and_export(
    tmp_path: Path,
) -> None:
    course = Course(tmp_path)
    for step in ("source", "submitted"):
        shutil.copytree(GUIDE / step, tmp_path / step)
    course.grade("ps1")

    _run_nbgrader(tmp_path, "generate_feedback", "ps1")
    _run_nbgrader(tmp_path, "export", "--to=grades.csv")

    page = tmp_path / "feedback" / "hacker" / "ps1" / "problem1.html"
    assert page.stat().st_size > 10_000
    with (tmp_path / "grades.csv").open() as file:
        scores = {
            row["student_id"]: float(row["score"]) for row in csv.DictReader(file)
        }
    assert scores == {"bitdiddle": 1.5, "hacker": 3.0}


def _run_nbgrader(root: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "nbgrader", *arguments]
    done = subprocess.run(
        command, cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
