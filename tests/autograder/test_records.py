"""What the records say of themselves."""

from dataclasses import FrozenInstanceError, is_dataclass, replace
from pathlib import Path

import pytest

from autograder import records
from autograder.records import (
    Assignment,
    CellMark,
    CellOutcome,
    Execution,
    Exercise,
    Marks,
    Note,
    NotebookExecution,
    Outcome,
    ReleasedCell,
    ReleasedNotebook,
    Status,
    Submission,
    Unreadable,
)
from tests.factories import notebook, ran

SOLUTION = ReleasedCell("f", "code", "", "", 0.0, False, True, False, False, False)
TEST = ReleasedCell("f_visible", "code", "", "", 1.5, True, False, False, True, False)
ESSAY = ReleasedCell("essay", "markdown", "", "", 3.0, True, True, False, False, False)
TASK = ReleasedCell("task", "markdown", "", "", 4.0, False, False, True, True, False)
EXERCISE = Exercise("nb", "f", "E1", SOLUTION, (TEST,))


def released(*cells: ReleasedCell, name: str = "nb", **metadata: object) -> object:
    document = notebook(**metadata)
    return ReleasedNotebook(name, Path("x"), document, document, document, cells)


def mark(
    grade_id: str, points: float | None, most: float, book: str = "nb", **more: bool
) -> CellMark:
    return CellMark(book, grade_id, points, most, Outcome.PASSED, **more)


MARKS = Marks(
    "ana",
    "u1",
    (
        mark("f_visible", 1.0, 1.5),
        mark("essay", None, 3.0, needs_manual_grade=True),
        mark("f_visible", 0.5, 1.0, book="otro"),
    ),
)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (SOLUTION, (False, False)),
        (TEST, (True, True)),
        (ESSAY, (False, True)),
        (TASK, (False, True)),
        (replace(ESSAY, cell_type="code"), (False, True)),  # marked by hand
        (replace(TEST, cell_type="markdown"), (False, True)),
        (replace(TEST, is_grade=False), (False, False)),  # a locked setup cell
    ],
)
def test_released_cell_is_a_test_only_when_graded_code_without_solution(
    cell: ReleasedCell, expected: tuple[bool, bool]
) -> None:
    assert (cell.is_test, cell.is_graded) == expected


def test_points_of_cells_without_marks_do_not_count() -> None:
    ungraded = replace(SOLUTION, max_points=99.0)
    exercise = Exercise("nb", "f", "E1", ungraded, (TEST, replace(TEST, grade_id="g")))
    assignment = Assignment(
        "u1", (released(ungraded, TEST), released(ESSAY, TASK)), Path("x")
    )

    assert assignment.max_score == 1.5 + 3.0 + 4.0
    assert exercise.max_points == 3.0
    assert [cell.grade_id for cell in exercise.cells] == ["f_visible", "g"]


def test_answer_marked_by_hand_is_among_the_cells_of_its_exercise() -> None:
    assert Exercise("nb", "essay", "E2", ESSAY, ()).cells == (ESSAY,)


def test_kernel_is_the_one_that_the_instructor_chose() -> None:
    other = released(kernelspec={"name": "otro", "display_name": "x"})
    assert other.kernel_name == "otro"

    del other.graded.metadata["kernelspec"]
    assert other.kernel_name == "python3"


def test_unknown_grade_id_raises_key_error() -> None:
    book = released(SOLUTION, TEST)

    assert book.cell("f_visible") is TEST
    with pytest.raises(KeyError, match="missing"):
        book.cell("missing")


def test_outcome_of_a_cell_that_never_ran_is_none() -> None:
    execution = ran(f=Outcome.PASSED, f_visible=Outcome.FAILED)

    assert execution.outcome("f_visible").outcome is Outcome.FAILED
    assert execution.outcome("other") is None


def test_peak_memory_is_the_largest_of_all_cells() -> None:
    def book(*mib: float) -> NotebookExecution:
        cells = (CellOutcome(0, "", Outcome.PASSED, peak_mib=m) for m in mib)
        return NotebookExecution("nb", notebook(), tuple(cells))

    assert Execution((book(1.0, 7.0), book(5.0))).peak_mib == 7.0
    assert Execution((book(),)).peak_mib == 0.0


def test_score_counts_what_is_earned_less_the_penalty() -> None:
    assert MARKS.score == 1.5
    assert replace(MARKS, late_penalty=0.25).score == 1.25
    assert MARKS.max_score == 5.5


def test_marks_of_an_exercise_leave_out_other_notebooks() -> None:
    assert MARKS.of(EXERCISE) == (MARKS.cells[0],)


def test_marks_need_a_person_while_one_cell_does() -> None:
    assert MARKS.needs_manual_grade
    assert not replace(MARKS, cells=MARKS.cells[:1]).needs_manual_grade


def test_points_of_a_person_replace_those_of_the_machine() -> None:
    given = {
        ("nb", "f_visible"): (None, True),
        ("nb", "essay"): (2.5, False),
        ("otro", "f_visible"): (0.0, False),
    }

    after = MARKS.with_manual(given)

    assert [cell.points for cell in after.cells] == [1.0, 2.5, 0.0]
    assert [cell.needs_manual_grade for cell in after.cells] == [True, False, False]
    assert MARKS.cells[1].points is None


def test_all_records_are_frozen() -> None:
    kinds = [kind for kind in vars(records).values() if is_dataclass(kind)]

    assert len(kinds) == 13
    assert all(kind.__dataclass_params__.frozen for kind in kinds)
    with pytest.raises(FrozenInstanceError):
        MARKS.unit = "other"


def test_what_is_not_said_is_nothing() -> None:
    assert Marks("ana", "u1", ()) == Marks(
        "ana", "u1", (), Status.GRADED, (), 0.0, 0.0, 0.0, ()
    )
    assert CellMark("nb", "f", 1.0, 1.0, Outcome.PASSED) == CellMark(
        "nb", "f", 1.0, 1.0, Outcome.PASSED, "", "", False, False, 0.0
    )
    assert CellOutcome(0, "f", Outcome.PASSED) == CellOutcome(
        0, "f", Outcome.PASSED, 0.0, 0.0, "", "", None
    )
    assert Submission("ana", "u1", ()) == Submission("ana", "u1", (), (), None, (), "")
    assert Note("empty") == Note("empty", "")
    assert Unreadable("ana", "u1", Note("empty")).timestamp == ""
    assert Execution(()).seconds == 0.0


def test_words_that_other_programs_read_stay_the_same() -> None:
    """They stand in the gradebook, in JSON and in JUnit files."""
    assert [str(outcome) for outcome in Outcome] == [
        "passed",
        "failed",
        "raised",
        "timed_out",
        "out_of_memory",
        "kernel_died",
        "not_run",
    ]
    assert [str(status) for status in Status] == ["graded", "unreadable"]
