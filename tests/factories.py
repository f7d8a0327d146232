"""Notebooks, course folders and submissions built inside the tests."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.build import build_assignment
from autograder.records import Assignment, CellOutcome, NotebookExecution, Outcome
from autograder.settings import load_settings

PYTHON = {"name": "python3", "display_name": "Python 3", "language": "python"}
SOLUTION = "def f(x):\n    ### BEGIN SOLUTION\n    return x + 1\n    ### END SOLUTION"
RIGHT = "def f(x):\n    return 1 + x"
WRONG = "def f(x):\n    return x"
VISIBLE = "assert f(1) == 2"
HIDDEN = (
    "# prueba oculta\n"
    "### BEGIN HIDDEN TESTS\nassert f(41) == 42, 'secreto'\n### END HIDDEN TESTS"
)


def graded(source: str, grade_id: str, **info: Any) -> NotebookNode:
    """A cell that nbgrader knows; keywords change its metadata."""
    cell_type = info.pop("cell_type", "code")
    make = new_code_cell if cell_type == "code" else new_markdown_cell
    meta = {
        "schema_version": 3,
        "grade_id": grade_id,
        "grade": False,
        "solution": False,
        "locked": False,
        "task": False,
    }
    return make(source, metadata={"nbgrader": meta | info})


def solution_cell(
    source: str = SOLUTION, grade_id: str = "f", **info: Any
) -> NotebookNode:
    return graded(source, grade_id, solution=True, **info)


def check_cell(
    source: str = VISIBLE, grade_id: str = "f_visible", points: float = 1.0
) -> NotebookNode:
    return graded(source, grade_id, grade=True, locked=True, points=points)


def essay_cell(
    source: str = "Respuesta modelo", grade_id: str = "essay"
) -> NotebookNode:
    return graded(
        source, grade_id, grade=True, solution=True, points=3.0, cell_type="markdown"
    )


def notebook(*cells: NotebookNode, **metadata: Any) -> NotebookNode:
    return new_notebook(cells=list(cells), metadata={"kernelspec": PYTHON} | metadata)


def source_notebook() -> NotebookNode:
    """Two tests of one function, an essay: 1 + 2 + 3 points."""
    return notebook(
        new_markdown_cell("# Unidad"),
        new_markdown_cell("## E1 Sumar uno"),
        solution_cell(),
        check_cell(),
        check_cell(HIDDEN, "f_oculta", 2.0),
        new_markdown_cell("## E2 Explica"),
        essay_cell(),
    )


def write(document: NotebookNode, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(document, path)
    return path


def make_course(
    root: Path, unit: str = "u1", source: NotebookNode | None = None
) -> Path:
    """A plain nbgrader course with one unit of one notebook, `nb`."""
    write(source or source_notebook(), root / "source" / unit / "nb.ipynb")
    (root / "submitted").mkdir(exist_ok=True)
    return root


def hand_in(
    root: Path, student: str, document: NotebookNode, unit: str = "u1", name: str = "nb"
) -> Path:
    return write(document, root / "submitted" / student / unit / f"{name}.ipynb")


def find(document: NotebookNode, grade_id: str) -> NotebookNode:
    """The cell of that grade id."""
    for cell in document.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id:
            return cell
    raise KeyError(grade_id)


def build(
    root: Path, source: NotebookNode | None = None, unit: str = "u1"
) -> Assignment:
    """The assignment of a new course with one unit."""
    return build_assignment(load_settings(make_course(root, unit, source)), unit)


def student_copy(assignment: Assignment, **answers: str) -> NotebookNode:
    """The first notebook as released, with these answers filled in."""
    document = deepcopy(assignment.notebooks[0].student)
    for grade_id, source in answers.items():
        find(document, grade_id).source = source
    return document


def ran(
    name: str = "nb", document: NotebookNode | None = None, **outcomes: Outcome
) -> NotebookExecution:
    """An executed notebook without any execution: an outcome per grade id."""
    cells = (CellOutcome(i, *pair) for i, pair in enumerate(outcomes.items()))
    return NotebookExecution(name, document or notebook(), tuple(cells))
