"""The student edition: nothing solved, nothing hidden, nothing overwritten."""

import json
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from autograder.errors import InstructorError, MachineError, UnknownUnitError
from autograder.release import MANIFEST, FileState, ReleasedFile, release
from autograder.settings import Settings, load_settings
from tests.factories import (
    check_cell,
    find,
    make_course,
    notebook,
    solution_cell,
    source_notebook,
    write,
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    root = tmp_path / "course"
    root.mkdir()
    return load_settings(make_course(root))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home" / "curso"


def grade_only_nb(settings: Settings) -> None:
    """Other notebooks of a unit are lessons."""
    (settings.root / "nbgrader_config.py").write_text(
        "c = get_config()\nc.CourseDirectory.notebook_id = 'nb'\n"
    )


def put(settings: Settings, name: str, text: str, unit: str = "u1") -> None:
    path = settings.source_folder(unit) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def states(released: list[ReleasedFile], home: Path) -> dict[str, str]:
    return {r.path.relative_to(home).as_posix(): str(r.state) for r in released}


def contents(home: Path) -> dict[str, str]:
    return {
        path.relative_to(home).as_posix(): path.read_text()
        for path in sorted(home.rglob("*"))
        if path.is_file() and path.name != MANIFEST
    }


def test_student_edition_has_nothing_solved_and_nothing_hidden(
    settings: Settings, home: Path
) -> None:
    put(settings, "data/deep/a.csv", "1")
    put(settings, "wrong_answers.py", "# %% wrong f x\nreturn x + 1")

    released = release(settings, ["u1"], home)

    names = ["u1/nb.ipynb", "u1/data/deep/a.csv"]
    assert states(released, home) == dict.fromkeys(names, "new")
    assert set(contents(home)) == set(names)
    text = contents(home)["u1/nb.ipynb"]
    for secret in ("x + 1", "secreto", "f(41)", "Respuesta modelo", "SOLUTION"):
        assert secret not in text
    document = nbformat.read(home / "u1" / "nb.ipynb", as_version=4)
    assert "NotImplementedError" in find(document, "f").source


def test_notebook_that_is_not_graded_is_released_as_it_is(
    settings: Settings, home: Path
) -> None:
    grade_only_nb(settings)
    write(
        notebook(new_markdown_cell("# Lección"), new_code_cell("x = 1")),
        settings.source_folder("u1") / "leccion.ipynb",
    )

    release(load_settings(settings.root), ["u1"], home)

    document = nbformat.read(home / "u1" / "leccion.ipynb", as_version=4)
    assert [cell.source for cell in document.cells] == ["# Lección", "x = 1"]


def test_released_text_ends_with_a_line_end(settings: Settings, home: Path) -> None:
    release(settings, ["u1"], home)

    assert contents(home)["u1/nb.ipynb"].endswith("}\n")


def test_several_units_go_into_folders_of_their_own(
    settings: Settings, home: Path
) -> None:
    make_course(settings.root, "u2")

    released = release(settings, ["u2", "u1"], home)

    assert list(states(released, home)) == ["u2/nb.ipynb", "u1/nb.ipynb"]


def test_second_release_without_changes_touches_nothing(
    settings: Settings, home: Path
) -> None:
    release(settings, ["u1"], home)
    before = contents(home)

    released = release(settings, ["u1"], home)

    assert states(released, home) == {"u1/nb.ipynb": "unchanged"}
    assert contents(home) == before


def test_file_that_nobody_changed_is_updated(settings: Settings, home: Path) -> None:
    put(settings, "a.txt", "one")
    release(settings, ["u1"], home)
    put(settings, "a.txt", "two")

    released = release(settings, ["u1"], home)

    assert states(released, home)["u1/a.txt"] == "updated"
    assert contents(home)["u1/a.txt"] == "two"
    assert set(contents(home)) == {"u1/nb.ipynb", "u1/a.txt"}


def test_file_that_only_the_student_changed_is_left_alone(
    settings: Settings, home: Path
) -> None:
    put(settings, "a.txt", "one")
    release(settings, ["u1"], home)
    (home / "u1" / "a.txt").write_text("mine")

    released = release(settings, ["u1"], home)

    assert states(released, home)["u1/a.txt"] == "unchanged"
    assert contents(home)["u1/a.txt"] == "mine"
    assert set(contents(home)) == {"u1/nb.ipynb", "u1/a.txt"}


def test_file_that_both_changed_is_kept_and_the_new_one_put_beside(
    settings: Settings, home: Path
) -> None:
    put(settings, "a.txt", "one")
    release(settings, ["u1"], home)
    (home / "u1" / "a.txt").write_text("mine")
    put(settings, "a.txt", "two")

    for state in ("beside", "unchanged"):
        released = release(settings, ["u1"], home)

        name = "u1/a.nuevo.txt" if state == "beside" else "u1/a.txt"
        assert states(released, home)[name] == state
        assert contents(home)["u1/a.txt"] == "mine"
        assert contents(home)["u1/a.nuevo.txt"] == "two"


def test_file_of_the_student_that_was_there_before_is_kept(
    settings: Settings, home: Path
) -> None:
    (home / "u1").mkdir(parents=True)
    (home / "u1" / "nb.ipynb").write_text("mine")
    (home / "notes.txt").write_text("mine too")

    released = release(settings, ["u1"], home)

    assert states(released, home) == {"u1/nb.nuevo.ipynb": "beside"}
    assert contents(home)["u1/nb.ipynb"] == "mine"
    assert contents(home)["notes.txt"] == "mine too"


def test_student_who_takes_the_new_version_is_up_to_date(
    settings: Settings, home: Path
) -> None:
    put(settings, "a.txt", "one")
    release(settings, ["u1"], home)
    (home / "u1" / "a.txt").write_text("mine")
    put(settings, "a.txt", "two")
    release(settings, ["u1"], home)
    (home / "u1" / "a.nuevo.txt").rename(home / "u1" / "a.txt")
    put(settings, "a.txt", "three")

    released = release(settings, ["u1"], home)

    assert states(released, home)["u1/a.txt"] == "updated"
    assert contents(home)["u1/a.txt"] == "three"


def test_deleted_file_is_written_again(settings: Settings, home: Path) -> None:
    release(settings, ["u1"], home)
    (home / "u1" / "nb.ipynb").unlink()

    assert states(release(settings, ["u1"], home), home) == {"u1/nb.ipynb": "new"}


def test_list_of_released_files_knows_all_units(settings: Settings, home: Path) -> None:
    make_course(settings.root, "u2")
    release(settings, ["u1"], home)

    release(settings, ["u2"], home)

    manifest = json.loads((home / MANIFEST).read_text())
    assert set(manifest) == {"u1/nb.ipynb", "u2/nb.ipynb"}


def test_interrupted_release_goes_on_where_it_stopped(
    settings: Settings, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(settings, "a.txt", "one")
    put(settings, "b.txt", "one")
    write_bytes = Path.write_bytes

    def fill_disk(path: Path, data: bytes) -> int:
        if path.name == "b.txt":
            raise OSError(28, "No space left on device")
        return write_bytes(path, data)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", fill_disk)
        with pytest.raises(MachineError, match="No space left") as raised:
            release(settings, ["u1"], home)
    assert raised.value.exit_code == 3
    put(settings, "a.txt", "two")

    released = release(settings, ["u1"], home)

    assert states(released, home) == {
        "u1/nb.ipynb": "unchanged",
        "u1/a.txt": "updated",
        "u1/b.txt": "new",
    }


def test_unit_that_cannot_be_built_leaves_nothing_written(
    settings: Settings, home: Path
) -> None:
    make_course(settings.root, "u2", source=notebook(solution_cell(), solution_cell()))

    for units in (["u1", "u2"], ["u1", "u9"]):
        with pytest.raises(InstructorError):
            release(settings, units, home)

    assert not home.exists()
    with pytest.raises(UnknownUnitError):
        release(settings, ["u9"], home)


def test_target_that_is_a_file_raises_machine_error(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("mine")

    with pytest.raises(MachineError, match="file"):
        release(settings, ["u1"], tmp_path / "file")

    assert (tmp_path / "file").read_text() == "mine"


def test_edition_brings_what_a_student_needs_to_work_alone(
    settings: Settings, home: Path
) -> None:
    wanted = [
        "LEEME.md",
        "environment.yml",
        "constraints.txt",
        "pyproject.toml",
        "course_utils/data.py",
        "autograder/cli.py",
    ]
    for name in (*wanted, "other/x.py", "notes.md"):
        path = settings.root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")

    release(settings, ["u1"], home)
    assert set(contents(home)) == {"u1/nb.ipynb"}

    released = release(settings, ["u1"], home, edition=True)

    assert states(released, home) == {
        "u1/nb.ipynb": "unchanged",
        **dict.fromkeys(wanted, "new"),
    }
    assert released[0] == ReleasedFile(home / "u1" / "nb.ipynb", FileState.UNCHANGED)


def test_edition_of_a_course_without_such_files_is_the_units_alone(
    settings: Settings, home: Path
) -> None:
    released = release(settings, ["u1"], home, edition=True)

    assert states(released, home) == {"u1/nb.ipynb": "new"}


# ------------------------------------------------------------------- known bugs


def test_file_beside_that_the_student_changed_is_kept(
    settings: Settings, home: Path
) -> None:
    put(settings, "a.txt", "one")
    release(settings, ["u1"], home)
    (home / "u1" / "a.txt").write_text("mine")
    put(settings, "a.txt", "two")
    release(settings, ["u1"], home)
    (home / "u1" / "a.nuevo.txt").write_text("hours of work")
    put(settings, "a.txt", "three")

    release(settings, ["u1"], home)

    assert {"mine", "hours of work", "three"} <= set(contents(home).values())


def test_solutions_of_a_notebook_that_is_not_graded_are_not_released(
    settings: Settings, home: Path
) -> None:
    grade_only_nb(settings)
    write(source_notebook(), settings.source_folder("u1") / "nb_old.ipynb")

    try:
        release(load_settings(settings.root), ["u1"], home)
    except InstructorError:
        return

    assert "return x + 1" not in "".join(contents(home).values())


def test_lesson_that_is_no_notebook_is_the_instructors_mistake(
    settings: Settings, home: Path
) -> None:
    grade_only_nb(settings)
    put(settings, "leccion.ipynb", "{")

    with pytest.raises(InstructorError, match=r"leccion\.ipynb"):
        release(load_settings(settings.root), ["u1"], home)


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"'])
def test_damaged_list_of_released_files_loses_nothing(
    settings: Settings, home: Path, text: str
) -> None:
    release(settings, ["u1"], home)
    (home / MANIFEST).write_text(text)

    assert states(release(settings, ["u1"], home), home) == {"u1/nb.ipynb": "unchanged"}


def test_files_that_the_course_ignores_are_not_released(
    settings: Settings, home: Path
) -> None:
    (settings.root / "nbgrader_config.py").write_text(
        "c = get_config()\nc.CourseDirectory.ignore = ['solutions.*']\n"
    )
    put(settings, "solutions.py", "f = 1")

    release(load_settings(settings.root), ["u1"], home)

    assert set(contents(home)) == {"u1/nb.ipynb"}


def test_solution_without_metadata_in_a_lesson_is_not_released(
    settings: Settings, home: Path
) -> None:
    grade_only_nb(settings)
    write(
        notebook(new_code_cell("### BEGIN SOLUTION\nx = 7\n### END SOLUTION")),
        settings.source_folder("u1") / "leccion.ipynb",
    )

    with pytest.raises(InstructorError, match="cell 1"):
        release(load_settings(settings.root), ["u1"], home)


@pytest.mark.parametrize("cell", [check_cell(), solution_cell("x = 1")])
def test_graded_cell_of_a_notebook_that_is_not_graded_is_not_released(
    settings: Settings, home: Path, cell: NotebookNode
) -> None:
    grade_only_nb(settings)
    write(notebook(cell), settings.source_folder("u1") / "nb_old.ipynb")

    with pytest.raises(InstructorError, match="cell 1"):
        release(load_settings(settings.root), ["u1"], home)


def test_file_beside_that_nobody_changed_is_updated(
    settings: Settings, home: Path
) -> None:
    put(settings, "a.txt", "one")
    release(settings, ["u1"], home)
    (home / "u1" / "a.txt").write_text("mine")

    for text in ("two", "three"):
        put(settings, "a.txt", text)
        release(settings, ["u1"], home)

        files = contents(home)
        assert set(files) == {"u1/nb.ipynb", "u1/a.txt", "u1/a.nuevo.txt"}
        assert (files["u1/a.txt"], files["u1/a.nuevo.txt"]) == ("mine", text)
