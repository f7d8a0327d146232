"""What a class's marks say about its exercises."""

import random
from dataclasses import replace

import pytest

from autograder.analysis import (
    Failure,
    Item,
    analyse,
    count_outcomes,
    frequent_failures,
)
from autograder.build import list_exercises
from autograder.records import CellMark, Exercise, Marks, Outcome
from tests.factories import build, check_cell, notebook, solution_cell


@pytest.fixture(scope="module")
def exercises(tmp_path_factory: pytest.TempPathFactory) -> tuple[Exercise, ...]:
    cells = []
    for name in ("a", "b", "c"):
        cells += [solution_cell("x = 1", name), check_cell("assert x", f"{name}_t")]
    return list_exercises(build(tmp_path_factory.mktemp("course"), notebook(*cells)))


def marked(student: str, *points: float) -> Marks:
    cells = [
        CellMark("nb", f"{name}_t", p, 1.0, Outcome.PASSED)
        for name, p in zip("abc", points, strict=True)
    ]
    return Marks(student, "u1", tuple(cells))


def test_discrimination_is_the_correlation_with_the_rest(
    exercises: tuple[Exercise, ...],
) -> None:
    draw = random.Random(0)
    marks = []
    for number in range(40):
        skill = number / 40
        noise = draw.random()
        marks.append(marked(str(number), skill, skill > noise, (1 - skill) / 4))

    a, b, c = analyse(marks, exercises)

    assert a.discrimination is not None
    assert b.discrimination is not None
    assert c.discrimination is not None
    assert c.discrimination < -0.5 < 0.5 < b.discrimination
    assert c.remark == "quien más sabe lo falla más: mira sus pruebas"


def test_few_students_or_equal_marks_say_nothing(
    exercises: tuple[Exercise, ...],
) -> None:
    few = [marked(str(n), n / 4, 1, 0) for n in range(5)]
    same = [marked(str(n), 1, 1, 0) for n in range(20)]

    assert [item.discrimination for item in analyse(few, exercises)] == [None] * 3
    assert [item.discrimination for item in analyse(same, exercises)] == [None] * 3


@pytest.mark.parametrize(
    ("share", "discrimination", "remark"),
    [
        (0.98, 0.5, "casi todos lo resuelven"),
        (0.2, 0.5, "casi nadie lo resuelve"),
        (0.6, 0.05, "apenas distingue quién sabe más"),
        (0.6, None, ""),
        (0.6, 0.4, ""),
        (None, None, "por corregir a mano"),
    ],
)
def test_exercise_that_does_not_work_gets_a_remark(
    exercises: tuple[Exercise, ...],
    share: float | None,
    discrimination: float | None,
    remark: str,
) -> None:
    assert Item(exercises[0], share, discrimination).remark == remark


def test_failures_are_grouped_by_message_whatever_its_numbers(
    exercises: tuple[Exercise, ...],
) -> None:
    def failed(student: str, message: str, outcome: Outcome = Outcome.FAILED) -> Marks:
        whole = marked(student, 1, 1, 1)
        bad = replace(whole.cells[0], points=0.0, outcome=outcome, message=message)
        return replace(whole, cells=(bad, *whole.cells[1:]))

    marks = [
        failed("ana", "esperaba 2.5 y llegó -1\nmás"),
        failed("eva", "esperaba 3 y llegó 1e-7"),
        failed("luis", "otra cosa"),
        failed("pía", "esperaba 2.5 y llegó -1", Outcome.TIMED_OUT),
    ]
    blank = replace(failed("teo", "esperaba 2.5 y llegó -1"), unanswered=("nb/a",))

    first, *others = frequent_failures([*marks, blank], exercises)

    assert first == Failure("a_t", "no superada", "esperaba 2.5 y llegó -1", 2, "ana")
    assert sorted(f.n_students for f in others) == [1, 1]
    assert count_outcomes(marks) == [
        ("superada", 8, 4), ("no superada", 3, 3), ("tiempo agotado", 1, 1),
    ]  # fmt: skip
