"""What a class's marks say about its exercises and about how they fail."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import StatisticsError, correlation

from autograder.records import Exercise, Marks, Outcome, Status
from autograder.texts import OUTCOMES

MIN_CLASS = 12  # with fewer students a correlation says nothing
EASY, HARD, WEAK = 0.97, 0.30, 0.10
N_FAILURES = 15
ORDINARY = (Outcome.PASSED, Outcome.NOT_RUN)
NUMBER = re.compile(r"-?\d+(?:[.,]\d+)*(?:e[+-]?\d+)?", re.I)


@dataclass(frozen=True)
class Item:
    """One exercise in a class.

    `share` of its points was earned, None while nothing of it is graded;
    `discrimination` is the correlation of its points with those of all others, None
    where there is too little to say.
    """

    exercise: Exercise
    share: float | None
    discrimination: float | None

    @property
    def remark(self) -> str:
        """Why somebody should look at the exercise; empty when nobody need."""
        if self.share is None:
            return "por corregir a mano"
        if self.discrimination is not None and self.discrimination < 0:
            return "quien más sabe lo falla más: mira sus pruebas"
        if self.share >= EASY:
            return "casi todos lo resuelven"
        if self.share < HARD:
            return "casi nadie lo resuelve"
        if self.discrimination is not None and self.discrimination < WEAK:
            return "apenas distingue quién sabe más"
        return ""


@dataclass(frozen=True)
class Failure:
    """A message that several students get from one test."""

    grade_id: str
    outcome: str
    message: str
    n_students: int
    example: str


def analyse(marks: Sequence[Marks], exercises: Sequence[Exercise]) -> list[Item]:
    """Difficulty and discrimination of each exercise."""
    graded = [m for m in marks if m.status is Status.GRADED]
    items = []
    for exercise in exercises:
        points = [m.points_of(exercise) for m in graded]
        rest = [m.score - own for m, own in zip(graded, points, strict=True)]
        share = share_earned(marks, exercise)
        items.append(Item(exercise, share, _correlation(points, rest)))
    return items


def share_earned(marks: Sequence[Marks], exercise: Exercise) -> float | None:
    """Share, from 0 to 1, of an exercise's points that the class earned."""
    cells = [cell for m in marks for cell in m.of(exercise) if cell.points is not None]
    possible = sum(cell.max_points for cell in cells)
    return sum(cell.points or 0.0 for cell in cells) / possible if possible else None


def frequent_failures(
    marks: Sequence[Marks], exercises: Sequence[Exercise]
) -> list[Failure]:
    """The messages that most students got, numbers in them aside.

    What a student did not answer is left out: it says nothing that is not known.
    """
    groups: dict[tuple[str, Outcome, str], list[tuple[str, str]]] = defaultdict(list)
    for m in marks:
        answered = [
            cell
            for exercise in exercises
            if m.has_answered(exercise)
            for cell in m.of(exercise)
        ]
        for cell in answered:
            if cell.outcome in ORDINARY:
                continue
            is_check = cell.error in ("", "AssertionError", "CheckFailed")
            text = cell.message if is_check else f"{cell.error}: {cell.message}"
            first = text.strip().partition("\n")[0][:200]
            key = (cell.grade_id, cell.outcome, NUMBER.sub("#", first))
            groups[key].append((m.student, first))
    largest = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    return [
        Failure(grade_id, OUTCOMES[outcome], found[0][1], len(found), found[0][0])
        for (grade_id, outcome, _), found in largest[:N_FAILURES]
    ]


def count_outcomes(marks: Sequence[Marks]) -> list[tuple[str, int, int]]:
    """Each outcome of tests: its name, how many cells, how many students."""
    cells: Counter[Outcome] = Counter()
    students: defaultdict[Outcome, set[str]] = defaultdict(set)
    for m in marks:
        for cell in m.cells:
            cells[cell.outcome] += 1
            students[cell.outcome].add(m.student)
    return [(OUTCOMES[o], cells[o], len(students[o])) for o in Outcome if cells[o]]


def _correlation(points: Sequence[float], rest: Sequence[float]) -> float | None:
    if len(points) < MIN_CLASS:
        return None
    try:
        return correlation(points, rest)
    except StatisticsError:  # all the same
        return None
