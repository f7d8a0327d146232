"""Received bytes -> Submission. Executes nothing and trusts nothing.

Here files become cells; which released cell each of them is, `matching` finds out.
"""

import glob
import json
import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_notebook

from autograder.build import as_released
from autograder.matching import (
    StudentCell,
    StudentNotebook,
    is_untouched,
    lay_over,
    number_cells,
    own_cell,
    unix_text,
)
from autograder.records import (
    Assignment,
    Note,
    ReleasedNotebook,
    Submission,
    SubmittedNotebook,
    Unreadable,
    clean,
    grade_id_of,
    without_accents,
)
from autograder.settings import IGNORED, Settings

MAX_CELLS = 5000
TIMESTAMP_FILE = "timestamp.txt"
COPY_MARK = re.compile(
    r"(\s*\(\d+\)|[\s_-]*(copy|copia|copie|kopie)\s*\d*|-checkpoint)+$", re.I
)


class _BadNotebook(Exception):
    """Internal: this file cannot be read; carries the note for the student."""

    def __init__(self, kind: str, subject: str) -> None:
        super().__init__(kind, subject)
        self.note = Note(kind, subject)


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
    timestamp = read_timestamp(folder)
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
) -> tuple[list[StudentNotebook], list[Note]]:
    readable, problems = [], []
    for path in paths:
        try:
            readable.append(_read(path, max_mib))
        except _BadNotebook as bad:
            problems.append(bad.note)
    return readable, problems


def _read(path: Path, max_mib: int) -> StudentNotebook:
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
    return StudentNotebook(
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


def _student_cell(raw: object, name: str) -> StudentCell:
    cell = _mapping(raw)
    source = cell.get("source", "")
    if isinstance(source, list):
        source = "".join(str(line) for line in source)
    is_known = cell.get("cell_type") in ("code", "markdown", "raw")
    if not is_known or not isinstance(source, str):
        raise _BadNotebook("not_notebook", name)
    info = _nbgrader_info(_mapping(_mapping(cell.get("metadata")).get("nbgrader")))
    return StudentCell(
        cell_type=cell["cell_type"],
        source=unix_text(source),
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


def _assign(
    assignment: Assignment, readable: list[StudentNotebook]
) -> tuple[dict[str, StudentNotebook], list[Note]]:
    """Which file is which notebook: by name, then by what it says of itself."""
    chosen: dict[str, StudentNotebook] = {}
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
    assignment: Assignment, released: ReleasedNotebook, ours: list[StudentNotebook]
) -> list[StudentNotebook]:
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
    return without_accents(COPY_MARK.sub("", name)).strip()


def _reason(
    assignment: Assignment, readable: list[StudentNotebook], problems: list[Note]
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
        grade_id_of(cell) for cell in document.cells if is_untouched(released, cell)
    )
    unit = student.unit or path.parent.name
    assignment = Assignment(unit, (released,), path.parent, files)
    notebook = SubmittedNotebook(path.stem, document, unanswered)
    return assignment, Submission("", unit, (notebook,), notes)


def _own_document(student: StudentNotebook) -> NotebookNode:
    """A student copy with what it says of its cells, and nothing else."""
    kernel = {"name": student.kernel_name or "python3", "display_name": "Python 3"}
    document = new_notebook(metadata={"kernelspec": kernel})
    for cell in student.cells:
        own = own_cell(cell)
        if cell.nbgrader:
            own.metadata["nbgrader"] = cell.nbgrader
        document.cells.append(own)
    number_cells(document)
    return document


def read_timestamp(folder: Path) -> str:
    """First line of nbgrader's timestamp file, empty when there is none."""
    try:
        text = _text(folder / TIMESTAMP_FILE, 1)
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
