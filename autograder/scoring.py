"""(Assignment, Submission, Execution) -> Marks. Pure; credit is earned."""

import math
from collections.abc import Iterator

from autograder.records import (
    Assignment,
    CellMark,
    CellOutcome,
    Execution,
    Marks,
    Note,
    NotebookExecution,
    Outcome,
    ReleasedCell,
    ReleasedNotebook,
    Status,
    Submission,
    SubmittedNotebook,
    Unreadable,
)

INCIDENTS = (Outcome.TIMED_OUT, Outcome.OUT_OF_MEMORY, Outcome.KERNEL_DIED)
OUT_OF_RANGE = "partial credit {value} is not between 0 and {max_points}"


def mark_submission(
    assignment: Assignment, submission: Submission, execution: Execution
) -> Marks:
    """Marks of every graded cell of the assignment, in the assignment's order.

    A cell earns points only when its own execution finished without error; a
    notebook that was not handed in, or a cell that never ran, earns none.
    """
    handed_in = {notebook.name: notebook for notebook in submission.notebooks}
    executed = {notebook.name: notebook for notebook in execution.notebooks}
    cells: list[CellMark] = []
    notes = [*submission.notes, *_incidents(execution)]
    unanswered: list[str] = []
    for released in assignment.notebooks:
        mine, ran = handed_in.get(released.name), executed.get(released.name)
        cells += [
            mark_cell(released, cell, mine, ran)
            for cell in released.cells
            if cell.is_graded
        ]
        unanswered += (
            [f"{mine.name}/{i}" for i in sorted(mine.unanswered)] if mine else []
        )
    return Marks(
        student=submission.student,
        unit=assignment.unit,
        cells=tuple(cells),
        notes=tuple(notes),
        seconds=execution.seconds,
        peak_mib=execution.peak_mib,
        unanswered=tuple(unanswered),
    )


def _incidents(execution: Execution) -> Iterator[Note]:
    """What became of the kernel in each notebook, a note per cell."""
    for notebook in execution.notebooks:
        for cell in notebook.cells:
            if cell.outcome in INCIDENTS:
                yield Note(cell.outcome.value, cell.grade_id or str(cell.index + 1))


def mark_unreadable(assignment: Assignment, unreadable: Unreadable) -> Marks:
    """No points, and the reason why."""
    empty = Submission(unreadable.student, unreadable.unit, ())
    marks = mark_submission(assignment, empty, Execution(()))
    return Marks(
        student=unreadable.student,
        unit=unreadable.unit,
        cells=marks.cells,
        status=Status.UNREADABLE,
        notes=(unreadable.reason, *unreadable.notes),
    )


def mark_cell(
    released: ReleasedNotebook,
    cell: ReleasedCell,
    submitted: SubmittedNotebook | None,
    execution: NotebookExecution | None,
) -> CellMark:
    """The mark of one graded cell."""
    if submitted is None:
        return _machine_mark(
            released, cell, 0.0, CellOutcome(-1, cell.grade_id, Outcome.NOT_RUN)
        )
    outcome = execution.outcome(cell.grade_id) if execution else None
    outcome = outcome or CellOutcome(-1, cell.grade_id, Outcome.NOT_RUN)
    if cell.is_test:
        points, complaint = earned_points(outcome, cell.max_points)
        return _machine_mark(released, cell, points, outcome, complaint)
    if cell.is_solution and cell.grade_id in submitted.unanswered:
        return _machine_mark(released, cell, 0.0, outcome)
    return CellMark(
        notebook=released.name,
        grade_id=cell.grade_id,
        points=None,
        max_points=cell.max_points,
        outcome=outcome.outcome,
        needs_manual_grade=True,
    )


def earned_points(outcome: CellOutcome, max_points: float) -> tuple[float, str]:
    """Points of a test cell, and a complaint when its partial credit is refused.

    A test cell whose value is a number earns that number, as in nbgrader; any other
    value, or none, earns everything. A number outside ``[0, max_points]`` earns
    nothing.
    """
    if outcome.outcome is not Outcome.PASSED:
        return 0.0, ""
    value = _as_number(outcome.result)
    if value is None:
        return max_points, ""
    if 0.0 <= value <= max_points:
        return value, ""
    return 0.0, OUT_OF_RANGE.format(value=value, max_points=max_points)


def _as_number(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return -1.0 if math.isnan(value) else value


def _machine_mark(
    released: ReleasedNotebook,
    cell: ReleasedCell,
    points: float,
    outcome: CellOutcome,
    complaint: str = "",
) -> CellMark:
    return CellMark(
        notebook=released.name,
        grade_id=cell.grade_id,
        points=points,
        max_points=cell.max_points,
        outcome=outcome.outcome,
        message=complaint or outcome.message,
        error=outcome.error,
        is_hidden=cell.is_hidden,
        seconds=outcome.seconds,
    )
