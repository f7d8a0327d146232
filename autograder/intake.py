"""Received bytes -> Submission. Executes nothing and trusts nothing.

Only what the student wrote crosses: the source of solution cells and of cells of
their own. Tests, points, metadata, tags, kernel and order come from the released
notebook.
"""

import ast
import difflib
import glob
import json
import os
import re
import stat
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.utils import compute_checksum

from autograder.build import as_released
from autograder.records import (
    Assignment,
    Note,
    ReleasedNotebook,
    Submission,
    SubmittedNotebook,
    Unreadable,
    clean,
)
from autograder.settings import IGNORED, Settings

MAX_CELLS = 5000
ALIKE = 0.6
MAX_TIMES_LONGER = 20
TIMESTAMP_FILE = "timestamp.txt"
COPY_MARK = re.compile(
    r"(\s*\(\d+\)|[\s_-]*(copy|copia|copie|kopie)\s*\d*|-checkpoint)+$", re.I
)


class _BadNotebook(Exception):
    """Internal: this file cannot be read; carries the note for the student."""

    def __init__(self, kind: str, subject: str) -> None:
        super().__init__(kind, subject)
        self.note = Note(kind, subject)


@dataclass(frozen=True)
class _StudentCell:
    """A cell as handed in: what it says, and what it claims to be."""

    cell_type: str
    source: str
    grade_id: str = ""
    cell_id: str = ""
    attachments: dict[str, Any] = field(default_factory=dict)
    nbgrader: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _StudentNotebook:
    path: Path
    cells: tuple[_StudentCell, ...]
    unit: str
    notebook: str
    kernel_name: str


def list_students(settings: Settings, unit: str) -> tuple[str, ...]:
    """Students who handed in something for a unit, sorted."""
    anyone = settings.submitted_folder("\0", unit).relative_to(settings.root)
    pattern = glob.escape(str(anyone)).replace("\0", "*")
    place = next(i for i, part in enumerate(anyone.parts) if "\0" in part)
    expression = re.compile(re.escape(anyone.parts[place]).replace("\0", "(.*)"))
    students = set()
    for found in settings.root.glob(pattern):
        match = expression.fullmatch(found.relative_to(settings.root).parts[place])
        if match and not match[1].startswith("."):
            students.add(match[1])
    excluded = settings.nbgrader.CourseDirectory.get("student_id_exclude", "")
    return tuple(sorted(students - set(excluded.split(","))))


def receive(
    settings: Settings, assignment: Assignment, student: str
) -> Submission | Unreadable:
    """Read what a student handed in for a unit.

    Never raises for anything that a student can put into the folder.
    """
    folder = settings.submitted_folder(student, assignment.unit)
    rights = os.R_OK | os.X_OK
    if folder.is_dir() and not os.access(folder, rights, effective_ids=True):
        reason = Note("no_permission", folder.name)
        return Unreadable(student, assignment.unit, reason)
    if folder.is_symlink() or not folder.is_dir():
        reason = Note("symlink" if folder.is_symlink() else "no_notebook", folder.name)
        return Unreadable(student, assignment.unit, reason)
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".ipynb")
    received = receive_notebooks(
        assignment, student, paths, settings.limits.notebook_mib
    )
    timestamp = _timestamp(folder / TIMESTAMP_FILE)
    if isinstance(received, Unreadable):
        return replace(received, timestamp=timestamp)
    files, notes = _data_files(folder, settings.limits.files_mib, settings.ignored)
    return replace(
        received,
        folder=folder,
        files=files,
        notes=received.notes + notes,
        timestamp=timestamp,
    )


def receive_notebooks(
    assignment: Assignment, student: str, paths: Iterable[Path], max_mib: int = 20
) -> Submission | Unreadable:
    """Match notebook files to the notebooks of an assignment."""
    readable, problems = _read_all(paths, max_mib)
    chosen, notes = _assign(assignment, readable)
    missing = [book for book in assignment.notebooks if book.name not in chosen]
    if not chosen:
        reason = _reason(assignment, readable, problems)
        others = tuple(note for note in problems if note != reason)
        return Unreadable(student, assignment.unit, reason, others)
    laid = []
    for released in assignment.notebooks:
        if released.name in chosen:
            notebook, cell_notes = lay_over(released, chosen[released.name])
            laid.append(notebook)
            notes += cell_notes
    notes += [Note("notebook_missing", book.name) for book in missing]
    return Submission(student, assignment.unit, tuple(laid), (*problems, *notes))


def _read_all(
    paths: Iterable[Path], max_mib: int
) -> tuple[list[_StudentNotebook], list[Note]]:
    readable, problems = [], []
    for path in paths:
        try:
            readable.append(_read(path, max_mib))
        except _BadNotebook as bad:
            problems.append(bad.note)
    return readable, problems


def _read(path: Path, max_mib: int) -> _StudentNotebook:
    text = _text(path, max_mib)
    try:
        raw = json.loads(text)
    except RecursionError:
        raise _BadNotebook("too_deep", path.name) from None
    except ValueError:
        raise _BadNotebook("not_json", path.name) from None
    if not isinstance(raw, dict) or not isinstance(raw.get("nbformat"), int):
        raise _BadNotebook("not_notebook", path.name)
    if raw["nbformat"] != 4:
        raise _BadNotebook("old_format", path.name)
    if not isinstance(raw.get("cells"), list) or len(raw["cells"]) > MAX_CELLS:
        raise _BadNotebook("not_notebook", path.name)
    metadata = _mapping(raw.get("metadata"))
    course = _mapping(metadata.get("curso"))
    return _StudentNotebook(
        path=path,
        cells=tuple(_student_cell(cell, path.name) for cell in raw["cells"]),
        unit=clean(str(course.get("unit", ""))),
        notebook=clean(str(course.get("notebook", ""))),
        kernel_name=clean(str(_mapping(metadata.get("kernelspec")).get("name", ""))),
    )


def _text(path: Path, max_mib: int) -> str:
    """The file's text, read without following a link or waiting on a device."""
    try:
        status = path.lstat()
    except OSError:
        raise _BadNotebook("no_permission", path.name) from None
    if stat.S_ISLNK(status.st_mode):
        raise _BadNotebook("symlink", path.name)
    if not stat.S_ISREG(status.st_mode):
        raise _BadNotebook("not_a_file", path.name)
    if status.st_size > max_mib * 2**20:
        raise _BadNotebook("too_large", path.name)
    if status.st_size == 0:
        raise _BadNotebook("empty", path.name)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        with open(descriptor, "rb") as file:
            return file.read(max_mib * 2**20 + 1).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _BadNotebook("not_utf8", path.name) from None
    except OSError:
        raise _BadNotebook("no_permission", path.name) from None


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _student_cell(raw: object, name: str) -> _StudentCell:
    cell = _mapping(raw)
    source = cell.get("source", "")
    if isinstance(source, list):
        source = "".join(str(line) for line in source)
    is_known = cell.get("cell_type") in ("code", "markdown", "raw")
    if not is_known or not isinstance(source, str):
        raise _BadNotebook("not_notebook", name)
    info = _nbgrader_info(_mapping(_mapping(cell.get("metadata")).get("nbgrader")))
    return _StudentCell(
        cell_type=cell["cell_type"],
        source=_clean(source),
        grade_id=info.get("grade_id", ""),
        cell_id=clean(str(cell.get("id", ""))),
        attachments=_attachments(_mapping(cell.get("attachments"))),
        nbgrader=info,
    )


def _nbgrader_info(raw: dict[str, Any]) -> dict[str, Any]:
    """What a cell claims to be, as far as it has the right form."""
    if not isinstance(raw.get("grade_id"), str) or not raw["grade_id"]:
        return {}
    info = {
        name: raw.get(name) is True for name in ("grade", "solution", "locked", "task")
    }
    points, checksum = raw.get("points", 0), raw.get("checksum", "")
    is_number = isinstance(points, int | float) and 0 <= points < float("inf")
    return info | {
        "schema_version": 3,
        "grade_id": clean(raw["grade_id"]),
        "points": points if is_number else 0,
        "checksum": checksum if isinstance(checksum, str) else "",
    }


def _attachments(raw: dict[str, Any]) -> dict[str, Any]:
    """Images pasted into a text cell: name -> kind -> base64 text, or nothing."""
    kept = {}
    for name, image in raw.items():
        parts = _mapping(image)
        if parts and all(isinstance(text, str) for text in parts.values()):
            kept[clean(name)] = {clean(k): clean(text) for k, text in parts.items()}
    return kept


def _clean(source: str) -> str:
    """Unix line ends, and no half of a surrogate pair, which no file can hold."""
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    return clean(source)


def _assign(
    assignment: Assignment, readable: list[_StudentNotebook]
) -> tuple[dict[str, _StudentNotebook], list[Note]]:
    """Which file is which notebook: by name, then by what it says of itself."""
    chosen: dict[str, _StudentNotebook] = {}
    notes: list[Note] = []
    ours = [book for book in readable if book.unit in ("", assignment.unit)]
    for released in assignment.notebooks:
        exact = [book for book in ours if book.path.stem == released.name]
        claims = exact or _claimants(assignment, released, ours)
        if len(claims) == 1:
            chosen[released.name] = claims[0]
            if not exact:
                notes.append(Note("renamed", claims[0].path.name))
            if claims[0].kernel_name not in ("", released.kernel_name):
                notes.append(Note("kernel_replaced", claims[0].kernel_name))
    used = {book.path for book in chosen.values()}
    notes += [Note("file_ignored", b.path.name) for b in readable if b.path not in used]
    return chosen, notes


def _claimants(
    assignment: Assignment, released: ReleasedNotebook, ours: list[_StudentNotebook]
) -> list[_StudentNotebook]:
    names = {book.name for book in assignment.notebooks}
    others = [book for book in ours if book.path.stem not in names]
    by_metadata = [b for b in others if b.unit and b.notebook == released.name]
    by_name = [b for b in others if _stem(b.path.stem) == _stem(released.name)]
    # a notebook that says it is another one (a lesson, say) is no candidate
    unnamed = [b for b in others if b.notebook in ("", released.name)]
    only = unnamed if len(assignment.notebooks) == 1 else []
    return by_metadata or by_name or only


def _stem(name: str) -> str:
    """A file name without copy marks, accents and case."""
    plain = unicodedata.normalize("NFKD", COPY_MARK.sub("", name))
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold().strip()


def _reason(
    assignment: Assignment, readable: list[_StudentNotebook], problems: list[Note]
) -> Note:
    elsewhere = [b for b in readable if b.unit not in ("", assignment.unit)]
    if len(readable) > len(elsewhere) + 1:
        return Note("several_notebooks", ", ".join(b.path.name for b in readable))
    if problems:
        return problems[0]
    if elsewhere:
        return Note("wrong_unit", f"{elsewhere[0].path.name}: {elsewhere[0].unit}")
    return Note("no_notebook", assignment.unit)


def receive_own(path: Path, max_mib: int = 20) -> tuple[Assignment, Submission] | Note:
    """A student's own notebook as assignment and submission at once.

    Returns
    -------
    The pair, or a note that says why the file cannot be read.
    """
    try:
        student = _read(path, max_mib)
    except _BadNotebook as bad:
        return bad.note
    document = _own_document(student)
    released = as_released(path, document)
    files, notes = _data_files(path.parent, max_mib)
    unanswered = frozenset(
        _grade_id(cell) for cell in document.cells if _is_untouched(released, cell)
    )
    unit = student.unit or path.parent.name
    assignment = Assignment(unit, (released,), path.parent, files)
    notebook = SubmittedNotebook(path.stem, document, unanswered)
    return assignment, Submission("", unit, (notebook,), notes)


def _own_document(student: _StudentNotebook) -> NotebookNode:
    """A student copy with what it says of its cells, and nothing else."""
    kernel = {"name": student.kernel_name or "python3", "display_name": "Python 3"}
    document = new_notebook(metadata={"kernelspec": kernel})
    for cell in student.cells:
        own = _own_cell(cell)
        if cell.nbgrader:
            own.metadata["nbgrader"] = cell.nbgrader
        document.cells.append(own)
    _number(document)
    return document


def _is_untouched(released: ReleasedNotebook, cell: NotebookNode) -> bool:
    """Whether a solution cell of a student copy is as it was released."""
    grade_id = _grade_id(cell)
    if not grade_id or not released.cell(grade_id).is_solution:
        return False
    return bool(compute_checksum(cell) == released.cell(grade_id).checksum)


def lay_over(
    released: ReleasedNotebook, student: _StudentNotebook
) -> tuple[SubmittedNotebook, list[Note]]:
    """Lay a student's cells over the released notebook.

    Every cell that nbgrader knows stands where the instructor put it. Cells of the
    student's own follow the known cell that they followed in the submission.
    """
    cells, notes = _recognise(released, student.cells)
    answers, followers, order = _sort_out(released, cells)
    known = [cell for cell in released.graded.cells if _grade_id(cell)]
    expected = [_grade_id(cell) for cell in known]
    if order != [grade_id for grade_id in expected if grade_id in set(order)]:
        notes.append(Note("reordered"))
    document = deepcopy(released.graded)
    document.cells = [_own_cell(cell) for cell in followers.get("", [])]
    unanswered = set()
    for cell in known:
        grade_id = _grade_id(cell)
        merged, more = _merge(released, cell, answers.get(grade_id, []))
        notes += more
        document.cells += merged
        document.cells += [_own_cell(own) for own in followers.get(grade_id, [])]
        is_solution = released.cell(grade_id).is_solution
        if (
            is_solution
            and compute_checksum(merged[-1]) == released.cell(grade_id).checksum
        ):
            unanswered.add(grade_id)
    _number(document)
    return SubmittedNotebook(released.name, document, frozenset(unanswered)), notes


def _grade_id(cell: NotebookNode) -> str:
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def _recognise(
    released: ReleasedNotebook, cells: tuple[_StudentCell, ...]
) -> tuple[list[_StudentCell], list[Note]]:
    """Give cells that lost their metadata their name back; drop unknown names."""
    known = {cell.grade_id for cell in released.cells}
    cells_out = [c if c.grade_id in known else replace(c, grade_id="") for c in cells]
    present = {cell.grade_id for cell in cells_out}
    lost = [c for c in released.student.cells if _grade_id(c) in known - present]
    defined = [_definitions(cell.source) if lost else set() for cell in cells_out]
    notes = []
    for wanted in lost:
        grade_id = _grade_id(wanted)
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
) -> Callable[[_StudentCell, set[str]], float]:
    """How like a released cell a student's is: 1 for the same id or text.

    An answer is known by what it defines, or else by how much text it shares; a locked
    cell, which is restored anyway, by nothing less than its text.
    """
    names = set() if is_locked else _definitions(wanted.source)

    def likeness(cell: _StudentCell, defined: set[str]) -> float:
        if not cell.source.strip():
            return 0.0
        if cell.cell_id and cell.cell_id == wanted.get("id"):
            return 1.0
        if cell.cell_type != wanted.cell_type:
            return 0.0
        if is_locked:
            return float(cell.source == _clean(wanted.source))
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
    released: ReleasedNotebook, cells: list[_StudentCell]
) -> tuple[dict[str, list[_StudentCell]], dict[str, list[_StudentCell]], list[str]]:
    """Answers by name, the student's own cells by the name they follow, the order."""
    answers: dict[str, list[_StudentCell]] = {}
    followers: dict[str, list[_StudentCell]] = {}
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
    grade_id = _grade_id(cell)
    return bool(grade_id) and released.cell(grade_id).is_locked


def _merge(
    released: ReleasedNotebook, cell: NotebookNode, answers: list[_StudentCell]
) -> tuple[list[NotebookNode], list[Note]]:
    """One known cell: the instructor's if locked, else what the student wrote.

    A solution cell that was split keeps all its parts; the last one is the answer.
    """
    grade_id = _grade_id(cell)
    info = released.cell(grade_id)
    notes = _complaints(released, cell, answers)
    if info.is_locked or info.is_task or not answers:
        return [deepcopy(cell)], notes
    *parts, last = answers
    answer = deepcopy(cell)
    answer.source = last.source
    if last.attachments and cell.cell_type == "markdown":
        answer.attachments = deepcopy(last.attachments)
    own = [_own_cell(replace(part, cell_type=cell.cell_type)) for part in parts]
    return [*own, answer], notes


def _complaints(
    released: ReleasedNotebook, cell: NotebookNode, answers: list[_StudentCell]
) -> list[Note]:
    grade_id = _grade_id(cell)
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
            c.source for c in released.student.cells if _grade_id(c) == grade_id
        )
        if any(answer.source != _clean(given) for answer in answers):
            notes.append(Note("cell_edited", grade_id))
    return notes


def _own_cell(cell: _StudentCell) -> NotebookNode:
    """A cell of the student's own, with nothing but its source."""
    if cell.cell_type == "code":
        return new_code_cell(cell.source)
    own = new_markdown_cell(cell.source)
    if cell.attachments:
        own.attachments = deepcopy(cell.attachments)
    return own


def _number(document: NotebookNode) -> None:
    """Cell ids that are unique and do not depend on the run."""
    document.nbformat, document.nbformat_minor = 4, max(5, document.nbformat_minor)
    for number, cell in enumerate(document.cells):
        cell["id"] = f"cell-{number}"


def _timestamp(path: Path) -> str:
    """First line of nbgrader's timestamp file, empty when there is none."""
    try:
        text = _text(path, 1)
    except (_BadNotebook, OSError):
        return ""
    return text.strip().splitlines()[0] if text.strip() else ""


def _data_files(
    folder: Path, max_mib: int, ignored: tuple[str, ...] = IGNORED
) -> tuple[tuple[str, ...], tuple[Note, ...]]:
    """Plain files beside the notebooks, while they fit into the limit."""
    names, notes, room = [], [], max_mib * 2**20
    for path in _walk(folder, ignored):
        name = path.relative_to(folder).as_posix()
        try:
            status = path.lstat()
            is_usable = stat.S_ISREG(status.st_mode) and os.access(
                path, os.R_OK, effective_ids=True
            )
        except OSError:
            is_usable = False
        if not is_usable or name != clean(name):
            notes.append(Note("file_ignored", name))
        elif status.st_size > room:
            notes.append(Note("file_too_large", name))
        else:
            room -= status.st_size
            names.append(name)
    return tuple(names), tuple(notes)


def _walk(folder: Path, ignored: tuple[str, ...]) -> Iterator[Path]:
    """Files below a folder, and links to folders, which are not followed."""

    def is_wanted(name: str) -> bool:
        return not any(fnmatch(name, pattern) for pattern in ignored)

    for base, folders, files in os.walk(folder, followlinks=False):
        folders[:] = filter(is_wanted, sorted(folders))
        yield from (Path(base, f) for f in folders if Path(base, f).is_symlink())
        for name in filter(is_wanted, sorted(files)):
            path = Path(base, name)
            is_notebook = path.suffix.lower() == ".ipynb" and path.parent == folder
            if not is_notebook and name != TIMESTAMP_FILE:
                yield path
