"""Lay a student's cells over the released notebook.

Only what the student wrote crosses: the source of solution cells and of cells of their
own. Tests, points, metadata, tags, kernel and order are those of the release.
"""

import ast
import difflib
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from nbformat import NotebookNode, from_dict
from nbgrader.utils import compute_checksum

from autograder.records import (
    Note,
    ReleasedNotebook,
    SubmittedNotebook,
    clean,
    grade_id_of,
)

ALIKE = 0.6
MAX_TIMES_LONGER = 20


@dataclass(frozen=True)
class StudentCell:
    """A cell as handed in: what it says, and what it claims to be."""

    cell_type: str
    source: str
    grade_id: str = ""
    cell_id: str = ""
    attachments: dict[str, Any] = field(default_factory=dict)
    nbgrader: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class StudentNotebook:
    """A notebook as handed in, and which one it says it is."""

    path: Path
    cells: tuple[StudentCell, ...]
    unit: str
    notebook: str
    kernel_name: str


def lay_over(
    released: ReleasedNotebook, student: StudentNotebook
) -> tuple[SubmittedNotebook, list[Note]]:
    """Lay a student's cells over the released notebook.

    Every cell that nbgrader knows stands where the instructor put it. Cells of the
    student's own follow the known cell that they followed in the submission.
    """
    cells, notes = _recognise(released, student.cells)
    answers, followers, order = _sort_out(released, cells)
    known = [cell for cell in released.graded.cells if grade_id_of(cell)]
    expected = [grade_id_of(cell) for cell in known]
    if order != [grade_id for grade_id in expected if grade_id in set(order)]:
        notes.append(Note("reordered"))
    document = NotebookNode(released.graded)
    document.metadata = deepcopy(released.graded.metadata)
    document.cells = [own_cell(cell) for cell in followers.get("", [])]
    unanswered = set()
    for cell in known:
        grade_id = grade_id_of(cell)
        merged, more = _merge(released, cell, answers.get(grade_id, []))
        notes += more
        document.cells += merged
        document.cells += [own_cell(own) for own in followers.get(grade_id, [])]
        if is_untouched(released, merged[-1]):
            unanswered.add(grade_id)
    number_cells(document)
    return SubmittedNotebook(released.name, document, frozenset(unanswered)), notes


def is_untouched(released: ReleasedNotebook, cell: NotebookNode) -> bool:
    """Whether a solution cell of a student copy is as it was released."""
    grade_id = grade_id_of(cell)
    if not grade_id or not released.cell(grade_id).is_solution:
        return False
    return bool(compute_checksum(cell) == released.cell(grade_id).checksum)


def _recognise(
    released: ReleasedNotebook, cells: tuple[StudentCell, ...]
) -> tuple[list[StudentCell], list[Note]]:
    """Give cells that lost their metadata their name back; drop unknown names."""
    known = {cell.grade_id for cell in released.cells}
    cells_out = [c if c.grade_id in known else replace(c, grade_id="") for c in cells]
    present = {cell.grade_id for cell in cells_out}
    lost = [c for c in released.student.cells if grade_id_of(c) in known - present]
    defined = [_definitions(cell.source) if lost else set() for cell in cells_out]
    notes = []
    for wanted in lost:
        grade_id = grade_id_of(wanted)
        likeness = _likeness_to(wanted, released.cell(grade_id).is_locked)
        scores = [
            0.0 if cell.grade_id else likeness(cell, names)
            for cell, names in zip(cells_out, defined, strict=True)
        ]
        best = max(scores, default=0.0)
        if best >= ALIKE:
            index = scores.index(best)
            cells_out[index] = replace(cells_out[index], grade_id=grade_id)
            notes.append(Note("recognised", grade_id))
    return cells_out, notes


def _likeness_to(
    wanted: NotebookNode, is_locked: bool
) -> Callable[[StudentCell, set[str]], float]:
    """How like a released cell a student's is: 1 for the same id or text.

    An answer is known by what it defines, or else by how much text it shares; a locked
    cell, which is restored anyway, by nothing less than its text.
    """
    names = set() if is_locked else _definitions(wanted.source)

    def likeness(cell: StudentCell, defined: set[str]) -> float:
        if not cell.source.strip():
            return 0.0
        if cell.cell_id and cell.cell_id == wanted.get("id"):
            return 1.0
        if cell.cell_type != wanted.cell_type:
            return 0.0
        if is_locked:
            return float(cell.source == unix_text(wanted.source))
        if names:
            return 0.99 if names <= defined else 0.0
        if len(cell.source) > MAX_TIMES_LONGER * len(wanted.source) + 500:
            return 0.0
        return difflib.SequenceMatcher(None, wanted.source, cell.source).quick_ratio()

    return likeness


def _definitions(source: str) -> set[str]:
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    return {
        node.name
        for node in body
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef)
    }


def _sort_out(
    released: ReleasedNotebook, cells: list[StudentCell]
) -> tuple[dict[str, list[StudentCell]], dict[str, list[StudentCell]], list[str]]:
    """Answers by name, the student's own cells by the name they follow, the order."""
    answers: dict[str, list[StudentCell]] = {}
    followers: dict[str, list[StudentCell]] = {}
    restored = {
        cell.source for cell in released.student.cells if _is_locked(released, cell)
    }
    current = ""
    for cell in cells:
        if cell.grade_id:
            current = cell.grade_id
            answers.setdefault(current, []).append(cell)
        elif cell.source not in restored:
            followers.setdefault(current, []).append(cell)
    return answers, followers, list(answers)


def _is_locked(released: ReleasedNotebook, cell: NotebookNode) -> bool:
    grade_id = grade_id_of(cell)
    return bool(grade_id) and released.cell(grade_id).is_locked


def _merge(
    released: ReleasedNotebook, cell: NotebookNode, answers: list[StudentCell]
) -> tuple[list[NotebookNode], list[Note]]:
    """One known cell: the instructor's if locked, else what the student wrote.

    A solution cell that was split keeps all its parts; the last one is the answer.
    """
    grade_id = grade_id_of(cell)
    info = released.cell(grade_id)
    notes = _complaints(released, cell, answers)
    if info.is_locked or info.is_task or not answers:
        return [deepcopy(cell)], notes
    *parts, last = answers
    answer = deepcopy(cell)
    answer.source = last.source
    if last.attachments and cell.cell_type == "markdown":
        answer.attachments = deepcopy(last.attachments)
    own = [own_cell(replace(part, cell_type=cell.cell_type)) for part in parts]
    return [*own, answer], notes


def _complaints(
    released: ReleasedNotebook, cell: NotebookNode, answers: list[StudentCell]
) -> list[Note]:
    grade_id = grade_id_of(cell)
    info = released.cell(grade_id)
    if not answers:
        return [Note("cell_deleted", grade_id)]
    notes = []
    if len(answers) > 1:
        notes.append(Note("cell_duplicated", grade_id))
    if any(answer.cell_type != cell.cell_type for answer in answers):
        notes.append(Note("cell_retyped", grade_id))
    if info.is_locked or info.is_task:
        given = next(
            c.source for c in released.student.cells if grade_id_of(c) == grade_id
        )
        if any(answer.source != unix_text(given) for answer in answers):
            notes.append(Note("cell_edited", grade_id))
    return notes


def own_cell(cell: StudentCell) -> NotebookNode:
    """A cell of the student's own, with nothing but its source."""
    kind = "code" if cell.cell_type == "code" else "markdown"
    own: dict[str, Any] = {"cell_type": kind, "metadata": {}, "source": cell.source}
    if kind == "code":
        own |= {"outputs": [], "execution_count": None}
    elif cell.attachments:
        own["attachments"] = deepcopy(cell.attachments)
    return from_dict(own)  # nbformat.v4 would validate, slowly


def number_cells(document: NotebookNode) -> None:
    """Cell ids that are unique and do not depend on the run."""
    document.nbformat, document.nbformat_minor = 4, max(5, document.nbformat_minor)
    for number, cell in enumerate(document.cells):
        cell["id"] = f"cell-{number}"


def unix_text(source: str) -> str:
    """Unix line ends, and no half of a surrogate pair, which no file can hold."""
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    return clean(source)
