"""The first page of the student edition: units, links and what is done."""

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_markdown_cell

from autograder.index import INDEX, note_progress, write_index
from autograder.records import grade_id_of
from autograder.release import release
from autograder.settings import load_settings
from autograder.validate import ExerciseState, State
from tests.factories import make_course, notebook, write


@pytest.fixture
def edition(tmp_path: Path) -> Path:
    settings = load_settings(make_course(tmp_path))
    lesson = new_markdown_cell("# 01 · La suma\n\nTiempo: unos 9 s · Memoria: 1 GiB.")
    write(notebook(lesson), settings.source_folder("u1") / "leccion.ipynb")
    (settings.root / "nbgrader_config.py").write_text(
        "c = get_config()\nc.CourseDirectory.notebook_id = 'nb'\n"
    )
    release(settings, ["u1"], tmp_path / "mine")
    return tmp_path / "mine"


def text(folder: Path) -> str:
    document = nbformat.read(folder / INDEX, as_version=4)
    nbformat.validate(document)
    return str(document.cells[0].source)


def states(*chosen: State) -> tuple[ExerciseState, ...]:
    return tuple(ExerciseState(f"E{n}", state, 0, 1) for n, state in enumerate(chosen))


def test_units_are_listed_with_links_and_time(edition: Path) -> None:
    write_index(edition)

    row = "[01 · La suma](u1/leccion.ipynb) | unos 9 s | [2 ejercicios](u1/nb.ipynb)"
    assert f"| ○ | {row} | sin empezar |" in text(edition)
    assert "**0 de 2** ejercicios" in text(edition)


def test_one_exercise_is_one_exercise(edition: Path) -> None:
    path = edition / "u1/nb.ipynb"
    mine = nbformat.read(path, as_version=4)
    mine.cells = [cell for cell in mine.cells if grade_id_of(cell) != "essay"]
    write(mine, path)

    write_index(edition)

    assert "[1 ejercicio](u1/nb.ipynb)" in text(edition)
    assert "**0 de 1** ejercicio." in text(edition)


@pytest.mark.parametrize(
    ("found", "row"),
    [
        ((State.NOT_YET, State.NOT_YET), "sin empezar"),
        ((State.WRONG, State.NOT_YET), "0 de 2"),
        ((State.DONE, State.NOT_YET), "1 de 2"),
        ((State.DONE, State.WRITTEN), "completa"),
    ],
)
def test_what_validate_found_is_shown(
    edition: Path, found: tuple[State, ...], row: str
) -> None:
    write_index(edition)

    assert note_progress(edition / "u1/nb.ipynb", states(*found)) == edition / INDEX

    assert f"(u1/nb.ipynb) | {row} |" in text(edition)


def test_a_new_release_keeps_what_was_done(edition: Path) -> None:
    write_index(edition)
    note_progress(edition / "u1/nb.ipynb", states(State.DONE, State.DONE))

    write_index(edition)

    assert "| completa |" in text(edition)


def test_nothing_is_noted_outside_of_an_edition(edition: Path) -> None:
    assert note_progress(edition / "u1/nb.ipynb", states(State.DONE)) is None
    assert not (edition / INDEX).exists()


@pytest.mark.parametrize("broken", ["leccion.ipynb", "nb.ipynb", f"../{INDEX}"])
def test_a_file_that_the_student_broke_does_not_stop_it(
    edition: Path, broken: str
) -> None:
    write_index(edition)
    (edition / "u1" / broken).write_text("[")

    note_progress(edition / "u1/nb.ipynb", states(State.DONE, State.DONE))

    assert "# Curso" in text(edition)
