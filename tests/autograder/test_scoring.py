"""Credit is earned; nbgrader's own functions say how much."""

import random
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.utils import determine_grade

from autograder.records import (
    Assignment,
    CellOutcome,
    Execution,
    Marks,
    Note,
    NotebookExecution,
    Outcome,
    Status,
    Submission,
    SubmittedNotebook,
    Unreadable,
)
from autograder.scoring import (
    earned_points,
    mark_cell,
    mark_submission,
    mark_unreadable,
)
from tests.factories import (
    build,
    check_cell,
    find,
    graded,
    notebook,
    ran,
)

PASSED = {"f": Outcome.PASSED, "f_visible": Outcome.PASSED, "f_oculta": Outcome.PASSED}
NOT_EARNED = sorted(set(Outcome) - {Outcome.PASSED})


@pytest.fixture(scope="module")
def assignment(tmp_path_factory: pytest.TempPathFactory) -> Assignment:
    return build(tmp_path_factory.mktemp("course"))


def submission(assignment: Assignment, *unanswered: str) -> Submission:
    document = assignment.notebooks[0].graded
    book = SubmittedNotebook("nb", document, frozenset(unanswered))
    return Submission("ana", "u1", (book,))


def points(marks: Marks) -> dict[str, float | None]:
    return {cell.grade_id: cell.points for cell in marks.cells}


def test_passed_tests_earn_their_points_and_an_essay_waits(
    assignment: Assignment,
) -> None:
    marks = mark_submission(
        assignment, submission(assignment), Execution((ran(**PASSED),))
    )

    assert points(marks) == {"f_visible": 1.0, "f_oculta": 2.0, "essay": None}
    assert [c.needs_manual_grade for c in marks.cells] == [False, False, True]
    assert [c.is_hidden for c in marks.cells] == [False, True, False]
    assert (marks.score, marks.max_score, marks.status) == (3.0, 6.0, Status.GRADED)


@pytest.mark.parametrize("outcome", NOT_EARNED)
def test_outcome_other_than_passed_earns_nothing(
    assignment: Assignment, outcome: Outcome
) -> None:
    execution = Execution((ran(**PASSED | {"f_oculta": outcome}),))

    marks = mark_submission(assignment, submission(assignment), execution)

    assert points(marks) == {"f_visible": 1.0, "f_oculta": 0.0, "essay": None}
    assert marks.cells[1].outcome is outcome


@pytest.mark.parametrize("outcome", NOT_EARNED)
def test_number_left_by_a_cell_that_did_not_pass_earns_nothing(
    outcome: Outcome,
) -> None:
    assert earned_points(CellOutcome(0, "x", outcome, result="1.0"), 2.0) == (0.0, "")


def test_test_cell_that_left_no_outcome_earns_nothing(assignment: Assignment) -> None:
    silent = Execution((ran(f=Outcome.PASSED, f_visible=Outcome.PASSED),))

    marks = mark_submission(assignment, submission(assignment), silent)

    assert points(marks)["f_oculta"] == 0.0
    assert marks.cells[1].outcome is Outcome.NOT_RUN


@pytest.mark.parametrize("executed", [(), (ran("otro", **PASSED),)])
def test_notebook_that_was_not_executed_earns_nothing(
    assignment: Assignment, executed: tuple[NotebookExecution, ...]
) -> None:
    marks = mark_submission(assignment, submission(assignment), Execution(executed))

    assert points(marks) == {"f_visible": 0.0, "f_oculta": 0.0, "essay": None}


def test_missing_notebook_earns_nothing_and_leaves_nothing_to_read(
    tmp_path: Path,
) -> None:
    assignment = build(tmp_path)
    [book] = assignment.notebooks
    assignment = replace(assignment, notebooks=(replace(book, name="nb2"), book))
    executed = Execution((ran("nb", **PASSED), ran("nb2", **PASSED)))

    marks = mark_submission(assignment, submission(assignment, "f"), executed)

    assert [(c.notebook, c.points) for c in marks.cells] == [
        ("nb2", 0.0),
        ("nb2", 0.0),
        ("nb2", 0.0),
        ("nb", 1.0),
        ("nb", 2.0),
        ("nb", None),
    ]
    assert {c.outcome for c in marks.cells[:3]} == {Outcome.NOT_RUN}
    assert not any(c.needs_manual_grade or c.message for c in marks.cells[:3])
    assert marks.unanswered == ("nb/f",)


def test_outputs_in_the_document_never_change_the_points(
    assignment: Assignment,
) -> None:
    document = nbformat.from_dict(assignment.notebooks[0].graded)
    noise = new_output("stream", name="stderr", text="Warning: x\n")
    find(document, "f_visible").outputs = [
        noise,
        new_output("error", ename="E", evalue="", traceback=[]),
        new_output("execute_result", {"text/plain": "0.25"}, execution_count=1),
    ]
    outcomes = PASSED | {"f_oculta": Outcome.FAILED}
    execution = Execution((ran("nb", document, **outcomes),))

    marks = mark_submission(assignment, submission(assignment), execution)

    assert points(marks) == {"f_visible": 1.0, "f_oculta": 0.0, "essay": None}


def _executed_cell(kind: str, text: str) -> NotebookNode:
    """A test cell of two points as a kernel leaves it."""
    cell = check_cell("assert True", points=2.0)
    result = new_output("execute_result", {"text/plain": text}, execution_count=1)
    error = new_output("error", ename="E", evalue="", traceback=[])
    printed = new_output("stream", name="stdout", text=text)
    cell.outputs = {
        "silent": [],
        "printed": [printed],
        "result": [result],
        "printed result": [printed, result],
        "error": [printed, error],
    }[kind]
    return cell


def test_random_cells_earn_what_nbgrader_gives() -> None:
    seed = 20260
    rng = random.Random(seed)
    numbers = [str(rng.uniform(0, 2)) for _ in range(50)] + ["0", "2", "2.0", "1e0"]
    texts = ["True", "False", "None", "'1.5'", "tensor(0.5)", "[0.5]", "0.5.1", " 1 "]
    for _ in range(400):
        kind = rng.choice(["silent", "printed", "result", "printed result", "error"])
        text = rng.choice(numbers if rng.random() < 0.6 else texts)
        has_result = kind in ("result", "printed result")
        outcome = CellOutcome(
            0,
            "f_visible",
            Outcome.RAISED if kind == "error" else Outcome.PASSED,
            result=text if has_result else None,
        )

        got = earned_points(outcome, 2.0)

        expected, _ = determine_grade(_executed_cell(kind, text))
        assert got == (expected, ""), (seed, kind, text)


@pytest.mark.parametrize(
    "result", ["-0.01", "2.01", "nan", "-nan", "NaN", "inf", "-inf", "1e999", "-1e999"]
)
def test_partial_credit_out_of_range_is_refused_with_a_reason(
    assignment: Assignment, result: str
) -> None:
    outcome = CellOutcome(3, "f_oculta", Outcome.PASSED, result=result, message="old")
    book = NotebookExecution("nb", notebook(), (outcome,))

    marks = mark_submission(assignment, submission(assignment), Execution((book,)))

    refused = marks.cells[1]
    assert refused.points == 0.0
    assert "partial credit" in refused.message
    assert "between 0 and 2" in refused.message


def test_answer_as_released_earns_nothing_and_waits_for_nobody(
    assignment: Assignment,
) -> None:
    untouched = submission(assignment, "essay", "f")

    marks = mark_submission(assignment, untouched, Execution((ran(**PASSED),)))

    essay = marks.cells[2]
    assert (essay.points, essay.needs_manual_grade) == (0.0, False)
    assert essay.message == ""
    assert marks.unanswered == ("nb/essay", "nb/f")
    assert points(marks)["f_visible"] == 1.0  # tests speak for themselves


def test_answer_marked_by_hand_gets_what_nbgrader_gives(tmp_path: Path) -> None:
    source = graded("x = 1", "hand", grade=True, solution=True, points=2.0)
    assignment = build(tmp_path, notebook(source))
    [book] = assignment.notebooks
    untouched = deepcopy(find(book.student, "hand"))
    answered = deepcopy(untouched)
    answered.source = "x = 2"

    got = [
        mark_cell(book, book.cells[0], mine.notebooks[0], ran(hand=Outcome.PASSED))
        for mine in (submission(assignment, "hand"), submission(assignment))
    ]

    expected = [determine_grade(cell)[0] for cell in (untouched, answered)]
    assert expected == [0, None]
    assert [mark.points for mark in got] == expected
    assert [mark.needs_manual_grade for mark in got] == [False, True]


def test_task_always_waits_for_a_person(tmp_path: Path) -> None:
    task = graded("Haz", "task", task=True, points=2.0, cell_type="markdown")
    assignment = build(tmp_path, notebook(task))

    marks = mark_submission(
        assignment, submission(assignment, "task"), Execution((ran(),))
    )

    assert points(marks) == {"task": None}
    assert marks.needs_manual_grade


def test_marks_tell_what_happened_to_each_cell(assignment: Assignment) -> None:
    failed = CellOutcome(
        3, "f_visible", Outcome.FAILED, 1.5, 64.0, "AssertionError", "esperaba 2"
    )
    execution = Execution(
        (NotebookExecution("nb", notebook(), (failed,)),), seconds=9.0
    )
    received = replace(submission(assignment), notes=(Note("reordered"),))

    marks = mark_submission(assignment, received, execution)

    mark = marks.cells[0]
    assert (mark.error, mark.message) == ("AssertionError", "esperaba 2")
    assert (mark.seconds, mark.notebook, mark.max_points) == (1.5, "nb", 1.0)
    assert (marks.student, marks.unit, marks.notes) == ("ana", "u1", received.notes)
    assert (marks.seconds, marks.peak_mib) == (9.0, 64.0)


def test_what_became_of_the_kernel_is_noted(assignment: Assignment) -> None:
    """Cells without a name are numbered as people count."""
    cells = (
        CellOutcome(0, "", Outcome.TIMED_OUT),
        CellOutcome(1, "f", Outcome.RAISED),
        CellOutcome(2, "f_visible", Outcome.KERNEL_DIED),
        CellOutcome(3, "f_oculta", Outcome.OUT_OF_MEMORY),
        CellOutcome(4, "x", Outcome.NOT_RUN),
        CellOutcome(5, "y", Outcome.FAILED),
        CellOutcome(6, "z", Outcome.PASSED),
    )
    received = replace(submission(assignment), notes=(Note("reordered"),))
    books = (NotebookExecution("nb", notebook(), cells),)

    marks = mark_submission(assignment, received, Execution(books))

    assert marks.notes == (
        Note("reordered"),
        Note("timed_out", "1"),
        Note("kernel_died", "f_visible"),
        Note("out_of_memory", "f_oculta"),
    )


def test_unreadable_submission_earns_nothing_and_says_why(
    assignment: Assignment,
) -> None:
    reason, other = Note("not_json", "nb.ipynb"), Note("file_ignored", "x")

    marks = mark_unreadable(assignment, Unreadable("ana", "u1", reason, (other,)))

    assert points(marks) == {"f_visible": 0.0, "f_oculta": 0.0, "essay": 0.0}
    assert (marks.student, marks.unit) == ("ana", "u1")
    assert (marks.status, marks.needs_manual_grade) == (Status.UNREADABLE, False)
    assert marks.notes == (reason, other)
    assert marks.max_score == 6.0
