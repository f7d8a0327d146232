"""For students: run the visible tests of one's own notebook; it stays as it is."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from autograder.build import list_exercises
from autograder.errors import InstructorError
from autograder.intake import receive_own
from autograder.pipeline import grade_one
from autograder.records import CellMark, Exercise, Marks, Note
from autograder.settings import Kernels, Settings
from autograder.texts import note_text, visible_message


class State(StrEnum):
    """How far a student is with an exercise."""

    DONE = "hecho"
    NOT_YET = "sin hacer"
    WRONG = "mal"
    WRITTEN = "escrito"


@dataclass(frozen=True)
class ExerciseState:
    """One exercise of a student's own notebook."""

    title: str
    state: State
    points: float
    max_points: float
    message: str = ""

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do that can be seen."""
        return self.state in (State.DONE, State.WRITTEN)


def validate_file(path: Path) -> tuple[ExerciseState, ...]:
    """Run a student's notebook in a scratch folder and judge its visible tests.

    Raises
    ------
    InstructorError
        If the file is not a notebook that can be read; the message is in Spanish.
    """
    settings = Settings(root=path.parent, kernels=Kernels(sandbox=False))
    own = receive_own(path, settings.limits.notebook_mib)
    if isinstance(own, Note):
        raise InstructorError(note_text(own))
    assignment, submission = own
    marks = grade_one(assignment, submission, settings).marks
    return tuple(_state(exercise, marks) for exercise in list_exercises(assignment))


def _state(exercise: Exercise, marks: Marks) -> ExerciseState:
    mine = marks.of(exercise)
    visible = {test.grade_id for test in exercise.tests if _has_code(test.source)}
    tests = [cell for cell in mine if cell.grade_id in visible]
    failed = [cell for cell in tests if (cell.points or 0.0) < cell.max_points]
    return ExerciseState(
        title=exercise.title,
        state=_judge(exercise, marks, mine, failed),
        points=sum(cell.points or 0.0 for cell in tests),
        max_points=sum(cell.max_points for cell in tests),
        message=visible_message(failed[0]) if failed else "",
    )


def _has_code(source: str) -> bool:
    """Whether a test cell holds more than comments, as a hidden one does not."""
    lines = (line.strip() for line in source.splitlines())
    return any(line and not line.startswith("#") for line in lines)


def _judge(
    exercise: Exercise, marks: Marks, mine: tuple[CellMark, ...], failed: list[CellMark]
) -> State:
    if not marks.has_answered(exercise):
        return State.NOT_YET
    if any(cell.needs_manual_grade for cell in mine):
        return State.WRITTEN
    return State.WRONG if failed else State.DONE
