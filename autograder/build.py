"""Source notebook -> student notebook + Assignment, by nbgrader's preprocessors."""

import logging
import math
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import replace
from fnmatch import fnmatch
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader import preprocessors as steps
from nbgrader import utils
from nbgrader.nbgraderformat import MetadataValidator
from traitlets.config import Config

from autograder.errors import SourceError, UnknownUnitError
from autograder.records import Assignment, Exercise, ReleasedCell, ReleasedNotebook
from autograder.settings import IGNORED, Settings

# Order matters: checksums come after solutions are cleared, and again after hidden
# tests are, because a student's cell is compared with what the student received.
TO_REFERENCE = (
    steps.IncludeHeaderFooter,
    steps.InstantiateTests,
    steps.LockCells,
    steps.ClearOutput,
)
TO_GRADED = (steps.ClearSolutions, steps.CheckCellMetadata, steps.ComputeChecksums)
TO_STUDENT = (steps.ClearHiddenTests, steps.ClearMarkScheme, steps.ComputeChecksums)

# these never leave the instructor's side
ANSWERS_FILE = "wrong_answers.py"
EQUIVALENT_FILE = "equivalent_mutants.toml"


def list_units(settings: Settings) -> tuple[str, ...]:
    """Names of the units that have a source notebook, sorted."""
    parent = settings.source_folder("x").parent
    found = (
        folder.name
        for folder in (parent.iterdir() if parent.is_dir() else ())
        if folder.is_dir() and any(folder.glob(f"{settings.notebook_glob}.ipynb"))
    )
    return tuple(sorted(found))


def build_assignment(settings: Settings, unit: str) -> Assignment:
    """Build the assignment of a unit from its source notebooks.

    Raises
    ------
    UnknownUnitError
        If the unit has no folder or no source notebook.
    SourceError
        If a source notebook is not one that nbgrader could release.
    """
    folder = settings.source_folder(unit)
    return Assignment(
        unit=unit,
        notebooks=tuple(
            build_notebook(path, unit, settings)
            for path in list_sources(settings, unit)
        ),
        folder=folder,
        files=tuple(list_files(folder, settings.ignored)),
    )


def list_sources(settings: Settings, unit: str) -> list[Path]:
    """The source notebooks of a unit, sorted.

    Raises
    ------
    UnknownUnitError
        If there are none.
    """
    folder = settings.source_folder(unit)
    paths = sorted(folder.glob(f"{settings.notebook_glob}.ipynb"))
    if not paths:
        known = ", ".join(list_units(settings)) or "none"
        raise UnknownUnitError(f"{folder}: no source notebook; known units: {known}")
    return paths


def build_notebook(path: Path, unit: str, settings: Settings) -> ReleasedNotebook:
    """Build the released, the graded and the reference form of one source."""
    resources: dict[str, Any] = {
        "metadata": {"path": str(path.parent.resolve())},
        "unique_key": path.stem,
        "nbgrader": {"assignment": unit, "notebook": path.stem, "student": "."},
    }
    run = partial(_run_steps, path=path, resources=resources, settings=settings)
    reference = run(TO_REFERENCE, _read_source(path))
    graded = run(TO_GRADED, reference)
    student = run(TO_STUDENT, graded)
    hidden_marker = _hidden_marker(settings.nbgrader)
    cells = tuple(_released_cells(graded, hidden_marker))
    return ReleasedNotebook(path.stem, path, reference, graded, student, cells)


def as_released(path: Path, document: NotebookNode) -> ReleasedNotebook:
    """A student copy taken as it stands, with its visible tests, as if released."""
    cells = tuple(_released_cells(document, _hidden_marker(Config())))
    return ReleasedNotebook(path.stem, path, document, document, document, cells)


def list_files(folder: Path, ignored: Iterable[str] = IGNORED) -> Iterator[str]:
    """Paths, relative to `folder`, of the data files that belong to a unit.

    Left out are links, notebooks, the named answers and what matches `ignored`.
    """
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if path.is_symlink() or not path.is_file():
            continue
        if any(fnmatch(part, glob) for part in relative.parts for glob in ignored):
            continue
        if path.suffix != ".ipynb" and path.name not in (ANSWERS_FILE, EQUIVALENT_FILE):
            yield relative.as_posix()


def _read_source(path: Path) -> NotebookNode:
    try:
        document = nbformat.read(path, as_version=4)
        document = MetadataValidator().upgrade_notebook_metadata(document)
    except Exception as error:  # nbformat and nbgrader raise almost anything here
        raise SourceError(f"not a usable notebook: {error}", str(path)) from error
    _check_ids(document, path)
    return document


def _check_ids(document: NotebookNode, path: Path) -> None:
    seen: set[str] = set()
    for number, cell in enumerate(document.cells, 1):
        known = utils.is_grade(cell) or utils.is_solution(cell) or utils.is_locked(cell)
        if not known and not utils.is_task(cell):
            continue
        grade_id = cell.metadata.nbgrader.get("grade_id") or ""
        points = cell.metadata.nbgrader.get("points", 0.0) or 0.0
        where = f"cell {number} {grade_id!r}"
        if not grade_id:
            raise SourceError(
                "a graded, solution or locked cell has no grade_id", str(path), where
            )
        if not isinstance(grade_id, str):
            raise SourceError("its grade_id is not a text", str(path), where)
        if not isinstance(points, int | float) or not math.isfinite(points):
            raise SourceError("its points are not a number", str(path), where)
        if grade_id in seen:
            raise SourceError("this grade_id is used twice", str(path), where)
        seen.add(grade_id)


def _run_steps(
    step_classes: tuple[Any, ...],
    document: NotebookNode,
    *,
    path: Path,
    resources: dict[str, Any],
    settings: Settings,
) -> NotebookNode:
    document = deepcopy(document)
    config = _rooted(settings)
    log = logging.Logger("nbgrader")  # of our own: what it says, we raise
    log.addHandler(logging.NullHandler())
    for step_class in step_classes:
        step = step_class(config=config, log=log)
        try:
            document, resources = step.preprocess(document, resources)
        except Exception as error:  # whatever it is, the source brought it about
            message = f"{step_class.__name__}: {error}"
            raise SourceError(message, str(path)) from error
    return document


def _rooted(settings: Settings) -> Config:
    """The nbgrader configuration with file names resolved from the course root."""
    config = deepcopy(settings.nbgrader)
    root = settings.root.resolve()
    for name in ("header", "footer"):
        if config.IncludeHeaderFooter.get(name):
            config.IncludeHeaderFooter[name] = str(
                root / config.IncludeHeaderFooter[name]
            )
    file_name = config.InstantiateTests.get("autotest_filename", "autotests.yml")
    if (root / file_name).exists():
        config.InstantiateTests.autotest_filename = str(root / file_name)
    return config


def _hidden_marker(config: Config) -> str:
    default = steps.ClearHiddenTests.begin_test_delimeter.default_value
    return str(config.ClearHiddenTests.get("begin_test_delimeter", default))


def _released_cells(graded: NotebookNode, hidden_marker: str) -> Iterator[ReleasedCell]:
    for cell in graded.cells:
        if not cell.metadata.get("nbgrader", {}).get("grade_id"):
            continue
        is_grade, is_task = utils.is_grade(cell), utils.is_task(cell)
        info = cell.metadata.nbgrader
        yield ReleasedCell(
            grade_id=info.grade_id,
            cell_type=cell.cell_type,
            source=cell.source,
            checksum=info.get("checksum", ""),
            max_points=float(info.get("points", 0.0)) if is_grade or is_task else 0.0,
            is_grade=is_grade,
            is_solution=utils.is_solution(cell),
            is_task=is_task,
            is_locked=utils.is_locked(cell),
            is_hidden=hidden_marker in cell.source,
        )


def list_exercises(assignment: Assignment) -> tuple[Exercise, ...]:
    """The exercises of an assignment: each answer with the tests that follow it.

    Tests before the first answer, and every graded cell of a notebook without
    answers, are exercises of their own. The title is the last heading before.
    """
    exercises: list[Exercise] = []
    for released in assignment.notebooks:
        title, current = "", None
        for cell in released.student.cells:
            title = _heading(cell) or title
            grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
            if not grade_id:
                continue
            info = released.cell(grade_id)
            if current and info.is_test and not info.is_task:
                current = replace(current, tests=(*current.tests, info))
                exercises[-1] = current
            elif info.is_solution or info.is_graded:
                opened = Exercise(
                    released.name, info.grade_id, title or grade_id, info, ()
                )
                current = opened if info.is_solution else None
                exercises.append(opened)
    return tuple(exercise for exercise in exercises if exercise.max_points)


def _heading(cell: NotebookNode) -> str:
    if cell.cell_type != "markdown":
        return ""
    lines = [line for line in cell.source.splitlines() if line.startswith("#")]
    return lines[-1].lstrip("# ").strip() if lines else ""
