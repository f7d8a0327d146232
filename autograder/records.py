"""The data that flow through the grader, all of them frozen.

``Assignment`` is what the instructor released, ``Submission`` what a student
handed in, ``Execution`` what happened when it ran, ``Marks`` what it earned.
Notebook documents inside them are read-only by convention: whoever changes one
copies it first.
"""

import unicodedata
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from nbformat import NotebookNode

MAX_SUBJECT = 300


class Outcome(StrEnum):
    """How the execution of one cell ended."""

    PASSED = "passed"
    FAILED = "failed"
    RAISED = "raised"
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    KERNEL_DIED = "kernel_died"
    NOT_RUN = "not_run"


class Status(StrEnum):
    """Whether a submission could be graded."""

    GRADED = "graded"
    UNREADABLE = "unreadable"


def grade_id_of(cell: NotebookNode) -> str:
    """The name by which nbgrader knows a cell; empty when it does not."""
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


@dataclass(frozen=True)
class ReleasedCell:
    """One cell that nbgrader knows, as it was released."""

    grade_id: str
    cell_type: str
    source: str
    checksum: str
    max_points: float
    is_grade: bool
    is_solution: bool
    is_task: bool
    is_locked: bool
    is_hidden: bool

    @property
    def is_test(self) -> bool:
        """Whether it is marked by running it."""
        return self.is_grade and not self.is_solution and self.cell_type == "code"

    @property
    def is_graded(self) -> bool:
        """Whether it carries points, given by a machine or by a person."""
        return self.is_grade or self.is_task


@dataclass(frozen=True)
class ReleasedNotebook:
    """One notebook of an assignment.

    `reference` keeps solutions and hidden tests, `graded` only the hidden tests,
    `student` neither.
    """

    name: str
    path: Path
    reference: NotebookNode
    graded: NotebookNode
    student: NotebookNode
    cells: tuple[ReleasedCell, ...]

    @property
    def solutions(self) -> dict[str, str]:
        """The reference's code of each answer cell, by grade id, in order."""
        return {
            grade_id_of(cell): str(cell.source)
            for cell in self.reference.cells
            if cell.cell_type == "code"
            and cell.metadata.get("nbgrader", {}).get("solution")
        }

    @property
    def kernel_name(self) -> str:
        """The kernel that the instructor chose."""
        return str(self.graded.metadata.get("kernelspec", {}).get("name", "python3"))

    def cell(self, grade_id: str) -> ReleasedCell:
        """The released cell of that name; KeyError when there is none."""
        for cell in self.cells:
            if cell.grade_id == grade_id:
                return cell
        raise KeyError(grade_id)


@dataclass(frozen=True)
class Assignment:
    """The graded notebooks of one unit and the files that lie beside them."""

    unit: str
    notebooks: tuple[ReleasedNotebook, ...]
    folder: Path
    files: tuple[str, ...] = ()

    @property
    def max_score(self) -> float:
        """Points of all graded cells, manual ones included."""
        return sum(
            cell.max_points
            for notebook in self.notebooks
            for cell in notebook.cells
            if cell.is_graded
        )


@dataclass(frozen=True)
class Exercise:
    """One answer cell and the test cells that mark it."""

    notebook: str
    grade_id: str
    title: str
    answer: ReleasedCell
    tests: tuple[ReleasedCell, ...]

    @property
    def cells(self) -> tuple[ReleasedCell, ...]:
        """The cells that carry its points."""
        return tuple(c for c in (self.answer, *self.tests) if c.is_graded)

    @property
    def max_points(self) -> float:
        """Points of all its cells."""
        return sum(cell.max_points for cell in self.cells)


@dataclass(frozen=True)
class Note:
    """Something about a submission that student and instructor should know.

    `kind` is a key of `texts`; `subject` names the cell or file concerned.
    """

    kind: str
    subject: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "subject", clean(self.subject)[:MAX_SUBJECT])


@dataclass(frozen=True)
class SubmittedNotebook:
    """A student's notebook laid over the released one, ready to run.

    `document` has the instructor's tests and metadata and the student's code;
    `unanswered` are the grade ids of solution cells left as they were released.
    """

    name: str
    document: NotebookNode
    unanswered: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Submission:
    """What one student handed in for one unit."""

    student: str
    unit: str
    notebooks: tuple[SubmittedNotebook, ...]
    notes: tuple[Note, ...] = ()
    folder: Path | None = None
    files: tuple[str, ...] = ()
    timestamp: str = ""


@dataclass(frozen=True)
class Unreadable:
    """A submission that cannot be graded, and why."""

    student: str
    unit: str
    reason: Note
    notes: tuple[Note, ...] = ()
    timestamp: str = ""


@dataclass(frozen=True)
class CellOutcome:
    """What happened to one code cell.

    `result` is the text of the cell's value, which nbgrader reads as partial
    credit; `error` and `message` are the exception's type and text.
    """

    index: int
    grade_id: str
    outcome: Outcome
    seconds: float = 0.0
    peak_mib: float = 0.0
    error: str = ""
    message: str = ""
    result: str | None = None


@dataclass(frozen=True)
class NotebookExecution:
    """An executed notebook and the outcome of each of its code cells."""

    name: str
    document: NotebookNode
    cells: tuple[CellOutcome, ...]

    def outcome(self, grade_id: str) -> CellOutcome | None:
        """The outcome of that cell, None when it was never reached."""
        for cell in self.cells:
            if cell.grade_id == grade_id:
                return cell
        return None


@dataclass(frozen=True)
class Execution:
    """The executed notebooks of one submission."""

    notebooks: tuple[NotebookExecution, ...]
    seconds: float = 0.0

    @property
    def peak_mib(self) -> float:
        """Largest memory of any cell."""
        return max(
            (cell.peak_mib for book in self.notebooks for cell in book.cells),
            default=0.0,
        )


@dataclass(frozen=True)
class CellMark:
    """The points of one graded cell; `points` is None until a person gives them."""

    notebook: str
    grade_id: str
    points: float | None
    max_points: float
    outcome: Outcome
    message: str = ""
    error: str = ""
    is_hidden: bool = False
    needs_manual_grade: bool = False
    seconds: float = 0.0


@dataclass(frozen=True)
class Marks:
    """What one submission earned.

    `unanswered` names the solution cells left as released, ``notebook/grade_id``.
    """

    student: str
    unit: str
    cells: tuple[CellMark, ...]
    status: Status = Status.GRADED
    notes: tuple[Note, ...] = ()
    seconds: float = 0.0
    peak_mib: float = 0.0
    late_penalty: float = 0.0
    unanswered: tuple[str, ...] = ()

    @property
    def score(self) -> float:
        """Points earned so far, less the late penalty."""
        return sum(cell.points or 0.0 for cell in self.cells) - self.late_penalty

    @property
    def max_score(self) -> float:
        """Points that could be earned."""
        return sum(cell.max_points for cell in self.cells)

    def of(self, exercise: Exercise) -> tuple[CellMark, ...]:
        """The marks of one exercise's cells."""
        names = {cell.grade_id for cell in exercise.cells}
        return tuple(
            cell
            for cell in self.cells
            if cell.notebook == exercise.notebook and cell.grade_id in names
        )

    def points_of(self, exercise: Exercise) -> float:
        """Points earned so far in one exercise."""
        return sum(cell.points or 0.0 for cell in self.of(exercise))

    def has_answered(self, exercise: Exercise) -> bool:
        """Whether its answer differs from what was released."""
        return f"{exercise.notebook}/{exercise.grade_id}" not in self.unanswered

    @property
    def needs_manual_grade(self) -> bool:
        """Whether a person still has to read something."""
        return any(cell.needs_manual_grade for cell in self.cells)

    def with_manual(self, given: "Given") -> "Marks":
        """The same marks with what the gradebook says a person did, on top."""
        cells = []
        for cell in self.cells:
            points, waits = given.get((cell.notebook, cell.grade_id), (None, None))
            if points is not None:
                cell = replace(cell, points=points)
            if waits is not None:
                cell = replace(cell, needs_manual_grade=waits)
            cells.append(cell)
        return replace(self, cells=tuple(cells))


# (notebook, grade id) -> points from a person's hand or None, and whether it waits
Given = dict[tuple[str, str], tuple[float | None, bool]]


def without_accents(text: str) -> str:
    """Text without accents and case, to compare what people call things."""
    apart = unicodedata.normalize("NFKD", text)
    return "".join(c for c in apart if not unicodedata.combining(c)).casefold()


def clean(text: str) -> str:
    """Text that a file can hold: half of a surrogate pair becomes a question mark."""
    return text.encode("utf-8", "replace").decode("utf-8")
