"""Write the student edition: nothing solved, nothing hidden, nothing overwritten.

A list of what was released lies beside it. A file that the student changed since is
never touched: the new version is put next to it under another name.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.build import build_assignment, list_files
from autograder.errors import MachineError, SourceError
from autograder.settings import Settings

SECRETS = ("BEGIN SOLUTION", "BEGIN HIDDEN TESTS")
MANIFEST = ".curso.json"
BESIDE = ".nuevo"  # in the name of a version put next to the student's
EDITION_FILES = ("LEEME.md", "environment.yml", "constraints.txt", "pyproject.toml")
EDITION_FOLDERS = ("course_utils", "autograder", "kernels")


class FileState(StrEnum):
    """What happened to a released file."""

    NEW = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    BESIDE = "beside"


@dataclass(frozen=True)
class ReleasedFile:
    """One file of the student edition and where it was put."""

    path: Path
    state: FileState


def release(
    settings: Settings, units: Sequence[str], target: Path, *, edition: bool = False
) -> list[ReleasedFile]:
    """Write the student copies of units into `target`.

    Parameters
    ----------
    edition
        Also what a student needs to work alone: instructions, environment and the
        package that the notebooks import.

    Raises
    ------
    InstructorError
        If a unit cannot be built; nothing of it was written.
    MachineError
        If the folder cannot be written.
    """
    contents = {
        name: data for unit in units for name, data in _unit_files(settings, unit)
    }
    if edition:
        contents |= dict(_edition_files(settings.root))
    try:
        return _write_all(target, contents)
    except OSError as error:
        raise MachineError(f"{target}: {error}") from error


def _unit_files(settings: Settings, unit: str) -> Iterator[tuple[str, bytes]]:
    assignment = build_assignment(settings, unit)
    graded = {notebook.name: notebook.student for notebook in assignment.notebooks}
    for path in sorted(assignment.folder.glob("*.ipynb")):
        document = graded.get(path.stem)
        if document is None:
            document = _read_ungraded(path)
        yield f"{unit}/{path.name}", (nbformat.writes(document) + "\n").encode()
    for name in assignment.files:
        yield f"{unit}/{name}", (assignment.folder / name).read_bytes()


def _read_ungraded(path: Path) -> NotebookNode:
    """A lesson, which is released as it stands and so must hold nothing secret."""
    try:
        document = nbformat.read(path, as_version=4)
    except Exception as error:  # nbformat raises almost anything
        raise SourceError(f"not a usable notebook: {error!r}", str(path)) from error
    for number, cell in enumerate(document.cells, 1):
        info = cell.metadata.get("nbgrader", {})
        is_graded = any(info.get(key) for key in ("grade", "solution"))
        if is_graded or any(marker in cell.source for marker in SECRETS):
            raise SourceError(
                "a solution or a test in a notebook that is not graded: remove it",
                str(path),
                f"cell {number}",
            )
    return document


def _edition_files(root: Path) -> Iterator[tuple[str, bytes]]:
    for name in EDITION_FILES:
        if (root / name).is_file():
            yield name, (root / name).read_bytes()
    for folder in EDITION_FOLDERS:
        for name in list_files(root / folder) if (root / folder).is_dir() else ():
            yield f"{folder}/{name}", (root / folder / name).read_bytes()


def _write_all(target: Path, contents: dict[str, bytes]) -> list[ReleasedFile]:
    target.mkdir(parents=True, exist_ok=True)
    manifest = _read_manifest(target / MANIFEST)
    written = []
    for name, data in contents.items():
        written.append(_write_one(target, name, data, manifest))
        text = json.dumps(manifest, indent=1, sort_keys=True)
        (target / MANIFEST).write_text(text)
    return written


def _read_manifest(path: Path) -> dict[str, str]:
    """What was released before; nothing, when that cannot be read."""
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return manifest if isinstance(manifest, dict) else {}


def _write_one(
    target: Path, name: str, data: bytes, manifest: dict[str, str]
) -> ReleasedFile:
    """Write a file unless the student's differs from what was released before."""
    path, last_release = target / name, manifest.get(name, "")
    manifest[name] = _hash(data)
    present = path.read_bytes() if path.exists() else None
    if present == data:
        return ReleasedFile(path, FileState.UNCHANGED)
    if present is None or _hash(present) == last_release:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        state = FileState.NEW if present is None else FileState.UPDATED
        return ReleasedFile(path, state)
    if _hash(data) == last_release:  # only the student's copy changed
        return ReleasedFile(path, FileState.UNCHANGED)
    beside = next(p for p in _names_beside(path) if _is_free(p, target, manifest))
    beside.write_bytes(data)
    manifest[beside.relative_to(target).as_posix()] = _hash(data)
    return ReleasedFile(beside, FileState.BESIDE)


def _names_beside(path: Path) -> Iterator[Path]:
    for number in count(1):
        mark = BESIDE if number == 1 else f"{BESIDE}-{number}"
        yield path.with_name(f"{path.stem}{mark}{path.suffix}")


def _is_free(path: Path, target: Path, manifest: dict[str, str]) -> bool:
    """Whether there is nothing of the student's at a path."""
    released = manifest.get(path.relative_to(target).as_posix())
    return not path.exists() or _hash(path.read_bytes()) == released


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
