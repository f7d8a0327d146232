"""Releasing as nbgrader does; nbgrader's own converter is the oracle."""

import json
import logging
import shutil
import warnings
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import nbformat
import nbgrader
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_output
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.preprocessors import SaveCells
from nbgrader.utils import compute_checksum, is_locked

from autograder.build import (
    _rooted,
    as_released,
    build_assignment,
    build_notebook,
    list_exercises,
    list_files,
    list_units,
)
from autograder.errors import SourceError, UnknownUnitError
from autograder.records import Exercise
from autograder.settings import Settings, load_settings
from tests.factories import (
    HIDDEN,
    VISIBLE,
    build,
    check_cell,
    essay_cell,
    find,
    graded,
    make_course,
    notebook,
    solution_cell,
    source_notebook,
    write,
)

PACKAGE = Path(nbgrader.__file__).parent
FIXTURES = PACKAGE / "tests" / "apps" / "files"
GUIDE = PACKAGE / "docs" / "source" / "user_guide"
FIXTURE_NAMES = (
    "test.ipynb",
    "test-hidden-tests.ipynb",
    "test-v0.ipynb",
    "test-v1.ipynb",
    "test-v2.ipynb",
    "test-with-output.ipynb",
    "submitted-unchanged.ipynb",
    "validation-zero-points.ipynb",
)


def release_with_nbgrader(root: Path, unit: str) -> dict[str, NotebookNode]:
    """What ``nbgrader generate_assignment`` writes; no database, no kernel."""
    config = deepcopy(load_settings(root).nbgrader)
    config.CourseDirectory.root = str(root)
    config.CourseDirectory.assignment_id = unit
    config.GenerateAssignment.no_database = True
    header = config.IncludeHeaderFooter.get("header")
    if header:
        config.IncludeHeaderFooter.header = str(root / header)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nbgrader's own
        converter = GenerateAssignment(
            coursedir=CourseDirectory(config=config),
            config=config,
            log=logging.getLogger("nbgrader.oracle"),
        )
        converter.preprocessors = [
            step for step in converter.preprocessors if step is not SaveCells
        ]
        converter.start()
    folder = root / "release" / unit
    return {p.stem: nbformat.read(p, as_version=4) for p in folder.glob("*.ipynb")}


def shape(document: NotebookNode) -> list[tuple[object, ...]]:
    """All that a student receives, but for cell ids, which nbgrader renews."""
    return [
        (cell.cell_type, cell.source, cell.metadata, cell.get("outputs"))
        for cell in document.cells
    ]


@pytest.fixture
def unit(tmp_path: Path) -> Settings:
    return load_settings(make_course(tmp_path))


def test_sample_course_is_released_as_by_nbgrader(tmp_path: Path) -> None:
    shutil.copytree(GUIDE / "source", tmp_path / "source")
    (tmp_path / "nbgrader_config.py").write_text(
        "c = get_config()\n"
        "c.IncludeHeaderFooter.header = 'source/header.ipynb'\n"
        "c.ClearSolutions.text_stub = 'AQUÍ'\n"
    )
    settings = load_settings(tmp_path)

    assignment = build_assignment(settings, "ps1")

    theirs = release_with_nbgrader(tmp_path, "ps1")
    assert [book.name for book in assignment.notebooks] == ["problem1", "problem2"]
    assert assignment.files == ("jupyter.png",)
    for book in assignment.notebooks:
        assert "AQUÍ" in nbformat.writes(book.student) or book.name == "problem2"
        assert shape(book.student) == shape(theirs[book.name])
        assert book.student.metadata == theirs[book.name].metadata


def test_fixtures_of_all_formats_are_released_as_by_nbgrader(tmp_path: Path) -> None:
    for name in FIXTURE_NAMES:
        target = tmp_path / "ours" / "source" / "ps1" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(FIXTURES / name, target)
        document = nbformat.read(target, as_version=4)
        document = MetadataValidator().upgrade_notebook_metadata(document)
        write(document, tmp_path / "theirs" / "source" / "ps1" / name)

    assignment = build_assignment(load_settings(tmp_path / "ours"), "ps1")

    theirs = release_with_nbgrader(tmp_path / "theirs", "ps1")
    assert len(assignment.notebooks) == len(FIXTURE_NAMES)
    for book in assignment.notebooks:
        assert shape(book.student) == shape(theirs[book.name]), book.name


def test_each_form_keeps_no_more_than_it_may(unit: Settings) -> None:
    [book] = build_assignment(unit, "u1").notebooks

    solution = [find(d, "f").source for d in (book.reference, book.graded)]
    hidden = [find(d, "f_oculta").source for d in (book.graded, book.student)]
    assert "return x + 1" in solution[0]
    assert solution[1] == find(book.student, "f").source
    assert "return x + 1" not in solution[1]
    assert hidden == [HIDDEN, "# prueba oculta"]
    assert "secreto" in nbformat.writes(book.reference)
    assert "secreto" not in nbformat.writes(book.student)
    assert "Respuesta modelo" not in nbformat.writes(book.graded)


def test_outputs_of_the_source_are_not_released(tmp_path: Path) -> None:
    source = source_notebook()
    find(source, "f").outputs = [new_output("stream", text="pista")]

    [book] = build(tmp_path, source).notebooks

    assert "pista" not in nbformat.writes(book.reference)


def test_released_cells_know_what_nbgrader_knows(unit: Settings) -> None:
    [book] = build_assignment(unit, "u1").notebooks

    rows = [
        (c.grade_id, c.max_points, c.is_grade, c.is_solution, c.is_locked, c.is_hidden)
        for c in book.cells
    ]
    assert rows == [
        ("f", 0.0, False, True, False, False),
        ("f_visible", 1.0, True, False, True, False),
        ("f_oculta", 2.0, True, False, True, True),
        ("essay", 3.0, True, True, False, False),
    ]
    for cell in book.cells:
        node = find(book.graded, cell.grade_id)
        assert cell.checksum == compute_checksum(node)
        assert cell.source == node.source
        assert cell.is_locked == is_locked(node)
        assert not cell.is_task
    assert book.cell("essay").cell_type == "markdown"


def test_points_of_a_cell_without_grade_are_ignored(tmp_path: Path) -> None:
    locked = graded("x = 1", "setup", locked=True, points=5.0)
    task = graded("Haz", "task", task=True, points=2.0, cell_type="markdown")
    free = graded("Haz", "free", task=True, cell_type="markdown")

    assignment = build(tmp_path, notebook(locked, task, free))

    assert [c.max_points for c in assignment.notebooks[0].cells] == [0.0, 2.0, 0.0]
    assert assignment.max_score == 2.0


def test_hidden_marker_of_the_course_is_used(tmp_path: Path) -> None:
    (tmp_path / "nbgrader_config.py").write_text(
        "c = get_config()\n"
        "c.ClearHiddenTests.begin_test_delimeter = 'EMPIEZA'\n"
        "c.ClearHiddenTests.end_test_delimeter = 'ACABA'\n"
    )
    source = notebook(
        check_cell("### EMPIEZA\nassert 1\n### ACABA", "a"), check_cell(HIDDEN, "b")
    )

    [book] = build(tmp_path, source).notebooks

    assert [cell.is_hidden for cell in book.cells] == [True, False]
    assert find(book.student, "a").source == ""


def test_source_is_not_changed(unit: Settings) -> None:
    path = unit.source_folder("u1") / "nb.ipynb"
    before = path.read_bytes()

    build_assignment(unit, "u1")

    assert path.read_bytes() == before


def test_header_is_found_from_the_root_of_the_course(tmp_path: Path) -> None:
    write(notebook(new_markdown_cell("cabecera")), tmp_path / "header.ipynb")
    write(notebook(new_markdown_cell("pie")), tmp_path / "footer.ipynb")
    (tmp_path / "nbgrader_config.py").write_text(
        "c = get_config()\n"
        "c.IncludeHeaderFooter.header = 'header.ipynb'\n"
        "c.IncludeHeaderFooter.footer = 'footer.ipynb'\n"
    )
    settings = load_settings(make_course(tmp_path))

    [book] = build_assignment(settings, "u1").notebooks

    cells = book.student.cells
    assert (cells[0].source, cells[-1].source) == ("cabecera", "pie")
    assert settings.nbgrader.IncludeHeaderFooter.header == "header.ipynb"


def test_missing_header_raises_source_error(tmp_path: Path) -> None:
    (tmp_path / "nbgrader_config.py").write_text(
        "c = get_config()\nc.IncludeHeaderFooter.header = 'missing.ipynb'\n"
    )

    with pytest.raises(SourceError, match=r"IncludeHeaderFooter: .*missing"):
        build_assignment(load_settings(make_course(tmp_path)), "u1")


@pytest.mark.parametrize(
    ("name", "config"),
    [
        ("autotests.yml", ""),
        ("mine.yml", "c.InstantiateTests.autotest_filename = 'mine.yml'"),
    ],
)
def test_autotest_templates_are_found_from_the_root_of_the_course(
    tmp_path: Path, name: str, config: str
) -> None:
    """Nothing is instantiated (that would need a kernel), only looked for."""
    (tmp_path / "nbgrader_config.py").write_text(f"c = get_config()\n{config}\n")
    settings = load_settings(tmp_path)
    before = _rooted(settings).InstantiateTests.get("autotest_filename", name)

    (tmp_path / name).write_text("")

    assert before == name
    assert _rooted(settings).InstantiateTests.autotest_filename == str(tmp_path / name)


UNUSABLE = {
    "not json": "{",
    "empty": "",
    "too new": '{"nbformat": 99}',
    "no cells": '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}}',
}


@pytest.mark.parametrize("text", UNUSABLE.values(), ids=UNUSABLE)
def test_source_that_is_no_notebook_raises_source_error_that_names_it(
    unit: Settings, text: str
) -> None:
    path = unit.source_folder("u1") / "nb.ipynb"
    path.write_text(text)

    with pytest.raises(SourceError, match="not a usable notebook") as raised:
        build_assignment(unit, "u1")

    assert raised.value.path == str(path)
    assert raised.value.exit_code == 2


def test_lone_surrogate_in_a_source_raises_source_error(unit: Settings) -> None:
    document = source_notebook()
    find(document, "f_visible").source = "assert '\ud800'"
    path = unit.source_folder("u1") / "nb.ipynb"
    path.write_text(json.dumps(document))

    with pytest.raises(SourceError, match="surrogates not allowed"):
        build_assignment(unit, "u1")


def test_missing_source_raises_source_error(unit: Settings) -> None:
    with pytest.raises(SourceError, match="not a usable notebook"):
        build_notebook(unit.root / "missing.ipynb", "u1", unit)


WRONG_CELLS = {
    "no id": (
        (solution_cell(), check_cell(grade_id="")),
        r"cell 2 '': a graded, solution or locked cell has no grade_id",
    ),
    "no id, locked only": (
        (graded("x", "", locked=True),),
        r"cell 1 '': a graded, solution or locked cell has no grade_id",
    ),
    "id twice": (
        (solution_cell(), check_cell(grade_id="f")),
        r"cell 2 'f': this grade_id is used twice",
    ),
    "task id twice": (
        tuple(
            graded("Haz", "t", task=True, points=1.0, cell_type="markdown")
            for _ in range(2)
        ),
        r"cell 2 't': this grade_id is used twice",
    ),
    "open solution": (
        (solution_cell("### BEGIN SOLUTION\nx = 1"),),
        "ClearSolutions: ",
    ),
    "open hidden test": (
        (check_cell("### BEGIN HIDDEN TESTS\nassert 1"),),
        "ClearHiddenTests: ",
    ),
    "solution outside": ((check_cell("### BEGIN SOLUTION\n1"),), "ClearSolutions: "),
    "negative points": ((check_cell(points=-1.0),), "CheckCellMetadata: "),
    "no number": ((check_cell(points="dos"),), "its points are not a number"),
    "test in markdown": (
        (graded("x", "m", grade=True, points=1.0, cell_type="markdown"),),
        "CheckCellMetadata: ",
    ),
}


@pytest.mark.parametrize(("cells", "message"), WRONG_CELLS.values(), ids=WRONG_CELLS)
def test_source_that_nbgrader_could_not_release_raises_source_error(
    tmp_path: Path, cells: tuple[NotebookNode, ...], message: str
) -> None:
    with pytest.raises(SourceError, match=message) as raised:
        build(tmp_path, notebook(*cells))

    assert raised.value.path.endswith("nb.ipynb")


def test_cells_that_nbgrader_does_not_use_may_share_a_name(tmp_path: Path) -> None:
    assignment = build(tmp_path, notebook(graded("x", ""), graded("y", "")))

    assert assignment.notebooks[0].cells == ()


def test_unknown_unit_raises_error_that_names_the_known_ones(unit: Settings) -> None:
    make_course(unit.root, "u2")

    with pytest.raises(UnknownUnitError, match=r"u9: no source notebook.*u1, u2"):
        build_assignment(unit, "u9")


def test_course_without_units_says_so(tmp_path: Path) -> None:
    with pytest.raises(UnknownUnitError, match="known units: none"):
        build_assignment(load_settings(tmp_path), "u1")


def test_units_are_the_folders_with_a_notebook_that_counts(tmp_path: Path) -> None:
    settings = replace(load_settings(tmp_path), notebook_glob="ejer*")
    assert list_units(settings) == ()
    for unit, name in (("b", "ejercicios"), ("a", "ejer"), ("c", "leccion")):
        write(source_notebook(), tmp_path / "source" / unit / f"{name}.ipynb")
    (tmp_path / "source" / "temario.toml").write_text("")

    assert list_units(settings) == ("a", "b")


def test_files_of_a_unit_leave_out_notebooks_answers_and_links(tmp_path: Path) -> None:
    for name in (
        "data/a.csv",
        "z.txt",
        "sub/nb.ipynb",
        "nb.ipynb",
        "wrong_answers.py",
        "sub/wrong_answers.py",
        "__pycache__/x.txt",
        "sub/.ipynb_checkpoints/y.txt",
        "x.pyc",
        "helper.py",
    ):
        path = tmp_path / "unit" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    (tmp_path / "secret.txt").write_text("")
    (tmp_path / "unit" / "link.txt").symlink_to(tmp_path / "secret.txt")
    (tmp_path / "unit" / "folder").symlink_to(tmp_path)

    assert list(list_files(tmp_path / "unit")) == ["data/a.csv", "helper.py", "z.txt"]


def test_student_copy_taken_as_it_stands_keeps_its_visible_tests(
    unit: Settings,
) -> None:
    student = build_assignment(unit, "u1").notebooks[0].student

    book = as_released(Path("mine.ipynb"), student)

    assert book.name == "mine"
    assert book.graded is student
    assert [(c.grade_id, c.is_test) for c in book.cells] == [
        ("f", False),
        ("f_visible", True),
        ("f_oculta", True),
        ("essay", False),
    ]


def exercises(root: Path, *cells: NotebookNode) -> list[tuple[object, ...]]:
    def row(exercise: Exercise) -> tuple[object, ...]:
        tests = [test.grade_id for test in exercise.tests]
        return exercise.title, exercise.grade_id, tests, exercise.max_points

    return [row(e) for e in list_exercises(build(root, notebook(*cells)))]


def test_exercise_is_an_answer_with_the_tests_that_follow(tmp_path: Path) -> None:
    got = exercises(
        tmp_path,
        new_markdown_cell("# Unidad\ntexto\n## E1 Sumar"),
        solution_cell(),
        check_cell(),
        new_markdown_cell("sin título"),
        check_cell(VISIBLE, "f_2", 2.0),
        new_markdown_cell("### E2 Explica ###\nalgo"),
        essay_cell(),
        graded("Haz", "task", task=True, points=4.0, cell_type="markdown"),
        check_cell(VISIBLE, "alone", 0.5),
    )

    assert got == [
        ("E1 Sumar", "f", ["f_visible", "f_2"], 3.0),
        ("E2 Explica ###", "essay", [], 3.0),
        ("E2 Explica ###", "task", [], 4.0),
        ("E2 Explica ###", "alone", [], 0.5),
    ]


def test_tests_without_an_answer_are_exercises_of_their_own(tmp_path: Path) -> None:
    got = exercises(
        tmp_path,
        graded("import x", "setup", locked=True),
        check_cell(VISIBLE, "a"),
        check_cell(VISIBLE, "b"),
        solution_cell(),
        check_cell(),
    )

    assert got == [
        ("a", "a", [], 1.0),
        ("b", "b", [], 1.0),
        ("f", "f", ["f_visible"], 1.0),
    ]


def test_locked_cell_between_answer_and_tests_does_not_part_them(
    tmp_path: Path,
) -> None:
    got = exercises(
        tmp_path,
        solution_cell(),
        graded("import math", "setup", locked=True),
        check_cell(),
    )

    assert got == [("f", "f", ["f_visible"], 1.0)]


def test_answer_without_points_is_no_exercise(tmp_path: Path) -> None:
    got = exercises(tmp_path, solution_cell(), solution_cell("x", "g"), check_cell())

    assert got == [("g", "g", ["f_visible"], 1.0)]


def test_exercises_of_two_notebooks_do_not_mix(tmp_path: Path) -> None:
    settings = load_settings(make_course(tmp_path, source=notebook(solution_cell())))
    write(notebook(check_cell()), tmp_path / "source" / "u1" / "nb2.ipynb")

    got = list_exercises(build_assignment(settings, "u1"))

    assert [(e.notebook, e.grade_id) for e in got] == [("nb2", "f_visible")]


def test_configuration_is_not_changed_by_a_build(tmp_path: Path) -> None:
    (tmp_path / "nbgrader_config.py").write_text(
        "c = get_config()\nc.InstantiateTests.autotest_filename = 'mine.yml'\n"
    )
    (tmp_path / "mine.yml").write_text("")
    settings = load_settings(make_course(tmp_path))

    build_assignment(settings, "u1")

    # an empty section appears when traitlets is asked for it
    sections = {k: v for k, v in settings.nbgrader.items() if v}
    assert sections == {"InstantiateTests": {"autotest_filename": "mine.yml"}}


# ------------------------------------------------------------------- known bugs


ODD_SOURCES = {
    "list": "[]",
    "null": "null",
    "too deep": "[" * 100_000,
    "cells is a number": '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, '
    '"cells": 5}',
}


@pytest.mark.parametrize("text", ODD_SOURCES.values(), ids=ODD_SOURCES)
def test_source_that_is_json_but_no_notebook_raises_source_error(
    unit: Settings, text: str
) -> None:
    (unit.source_folder("u1") / "nb.ipynb").write_text(text)

    with pytest.raises(SourceError, match="not a usable notebook"):
        build_assignment(unit, "u1")


@pytest.mark.parametrize(
    "change",
    [
        {"schema_version": "3"},
        {"schema_version": None},
        {"grade_id": ["f"]},
        {"points": float("nan")},
        {"points": float("inf")},
    ],
    ids=str,
)
def test_source_with_odd_metadata_raises_source_error(
    unit: Settings, change: dict[str, object]
) -> None:
    path = unit.source_folder("u1") / "nb.ipynb"
    document = source_notebook()
    find(document, "f_visible").metadata.nbgrader.update(change)
    write(document, path)

    with pytest.raises(SourceError):
        build_assignment(unit, "u1")


def test_source_of_a_newer_nbgrader_raises_source_error(unit: Settings) -> None:
    path = unit.source_folder("u1") / "nb.ipynb"
    shutil.copyfile(FIXTURES / "too-new.ipynb", path)

    with pytest.raises(SourceError, match="too new"):
        build_assignment(unit, "u1")


def test_source_with_a_mistake_is_raised_and_not_logged(
    unit: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """Log or raise, never both; only cli.py prints."""
    path = unit.source_folder("u1") / "nb.ipynb"
    write(notebook(check_cell(points=-1.0)), path)

    with pytest.raises(SourceError, match="CheckCellMetadata"):
        build_assignment(unit, "u1")

    assert caplog.records == []


def test_files_that_the_course_ignores_are_not_released(tmp_path: Path) -> None:
    """nbgrader itself leaves them out of the release."""
    (tmp_path / "nbgrader_config.py").write_text(
        "c = get_config()\nc.CourseDirectory.ignore = ['solutions.*', '.DS_Store']\n"
    )
    settings = load_settings(make_course(tmp_path))
    for name in ("solutions.py", ".DS_Store", "data.csv"):
        (settings.source_folder("u1") / name).write_text("")

    assert build_assignment(settings, "u1").files == ("data.csv",)
