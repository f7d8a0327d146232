"""The simulated class earns exactly what each copy deserves."""

from pathlib import Path

import pytest

from autograder.build import build_assignment, list_exercises
from autograder.demo import N_STUDENTS, make_class
from autograder.pipeline import grade_unit
from autograder.records import Marks, Status
from autograder.reports import UnitReport, needs_a_look, render_report
from autograder.settings import Settings

REPOSITORY = Path(__file__).resolve().parents[2]
UNITS = ("04_perceptron", "A1_pesos")
FULL = {"04_perceptron": 35, "A1_pesos": 24}  # without the free answer
FIRST = {"04_perceptron": 5, "A1_pesos": 3}  # points of the first exercise
WHOLE = (
    "referencia", "otra-solucion-1", "otra-solucion-2", "de-windows", "desordenado",
    "ids-repetidos", "otro-kernel", "prueba-borrada", "sin-metadatos",
)  # fmt: skip
NOTHING = ("en-blanco", "json-cortado", "pruebas-editadas", "sin-notebook")
WITHOUT_THE_FIRST = ("bucle-infinito", "come-memoria", "mata-el-kernel")
OTHERS = {
    # the first three exercises; the last one, which in unit 04 needs others; and copies
    # in which every exercise has another typical mistake
    "04_perceptron": {
        "la-mitad": 17,
        "solo-el-ultimo": 0,
        "errores-1": 10,
        "errores-2": 12,
        "errores-3": 10,
        "errores-4": 13,
        "errores-5": 17,
        "errores-6": 17,
    },
    "A1_pesos": {
        "la-mitad": 10,
        "solo-el-ultimo": 5,
        "errores-1": 4,
        "errores-2": 9,
        "errores-3": 7,
        "errores-4": 7,
        "errores-5": 10,
        "errores-6": 9,
    },
}
NOTES = {
    "bucle-infinito": "timed_out",
    "come-memoria": "out_of_memory",
    "mata-el-kernel": "kernel_died",
    "json-cortado": "not_json",
    "ids-repetidos": "cell_duplicated",
    "prueba-borrada": "cell_deleted",
    "pruebas-editadas": "cell_edited",
    "sin-notebook": "no_notebook",
    "otro-kernel": "kernel_replaced",
    "de-windows": "renamed",
    "desordenado": "reordered",
    "sin-metadatos": "recognised",
}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return make_class(REPOSITORY, tmp_path_factory.mktemp("demo") / "demo")


@pytest.fixture(scope="module", params=UNITS)
def graded(
    course: Settings, request: pytest.FixtureRequest
) -> tuple[str, dict[str, Marks]]:
    unit = str(request.param)
    return unit, {m.student: m for m in grade_unit(course, unit).marks}


def test_every_copy_earns_what_it_deserves(
    graded: tuple[str, dict[str, Marks]],
) -> None:
    unit, marks = graded
    expected = (
        dict.fromkeys(WHOLE, FULL[unit])
        | dict.fromkeys(NOTHING, 0)
        | dict.fromkeys(WITHOUT_THE_FIRST, FULL[unit] - FIRST[unit])
        | OTHERS[unit]
    )

    assert {name: m.score for name, m in marks.items()} == expected
    assert len(marks) == N_STUDENTS


def test_every_typical_mistake_loses_points(
    course: Settings, graded: tuple[str, dict[str, Marks]]
) -> None:
    unit, marks = graded
    exercises = list_exercises(build_assignment(course, unit))[:-1]

    for number in range(1, 7):
        mine = marks[f"errores-{number}"]
        for exercise in exercises:
            earned = sum(cell.points or 0 for cell in mine.of(exercise))
            assert earned < exercise.max_points, (number, exercise.title)


def test_every_damage_is_said(graded: tuple[str, dict[str, Marks]]) -> None:
    _, marks = graded

    for name, kind in NOTES.items():
        assert kind in {note.kind for note in marks[name].notes}, name
        assert needs_a_look(marks[name]), name
    clean = [name for name in marks if name not in NOTES]
    assert [name for name in clean if marks[name].notes] == []
    unreadable = {n for n, m in marks.items() if m.status is Status.UNREADABLE}
    assert unreadable == {"json-cortado", "sin-notebook"}


def test_report_shows_everyone_and_opens_without_network(
    course: Settings, graded: tuple[str, dict[str, Marks]]
) -> None:
    unit, marks = graded
    exercises = list_exercises(build_assignment(course, unit))

    page = render_report([UnitReport(unit, tuple(marks.values()), exercises)])

    assert all(name in page for name in marks)
    assert "http" not in page
    assert page.count("<img") == 2
