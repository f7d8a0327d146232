"""Write the student edition: nothing solved, nothing hidden, nothing overwritten.

A list of what was released lies beside it. A file that the student changed since is
never touched: the new version is put next to it under another name.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import nbformat

from autograder.build import build_assignment, list_files
from autograder.errors import MachineError
from autograder.settings import Settings

MANIFEST = ".curso.json"
EDITION_FILES = ("LEEME.md", "environment.yml", "constraints.txt", "pyproject.toml")
EDITION_FOLDERS = ("course_utils", "autograder", "kernels")
BESIDE = "{stem}.nuevo{suffix}"


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
            document = nbformat.read(path, as_version=4)
        yield f"{unit}/{path.name}", (nbformat.writes(document) + "\n").encode()
    for name in list_files(assignment.folder):
        yield f"{unit}/{name}", (assignment.folder / name).read_bytes()


def _edition_files(root: Path) -> Iterator[tuple[str, bytes]]:
    for name in EDITION_FILES:
        if (root / name).is_file():
            yield name, (root / name).read_bytes()
    for folder in EDITION_FOLDERS:
        for name in list_files(root / folder) if (root / folder).is_dir() else ():
            yield f"{folder}/{name}", (root / folder / name).read_bytes()


def _write_all(target: Path, contents: dict[str, bytes]) -> list[ReleasedFile]:
    target.mkdir(parents=True, exist_ok=True)
    manifest_path = target / MANIFEST
    manifest = json.loads(manifest_path.read_text()) if manifest_path.exists() else {}
    written = []
    for name, data in contents.items():
        written.append(_write_one(target / name, data, manifest.get(name, "")))
        manifest[name] = _hash(data)
        manifest_path.write_text(json.dumps(manifest, indent=1, sort_keys=True))
    return written


def _write_one(path: Path, data: bytes, last_release: str) -> ReleasedFile:
    """Write a file unless the student's differs from what was released before."""
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
    beside = path.with_name(BESIDE.format(stem=path.stem, suffix=path.suffix))
    beside.write_bytes(data)
    return ReleasedFile(beside, FileState.BESIDE)


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
