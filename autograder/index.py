"""The first page of a student edition: its units and how far the student is.

A notebook of text, so that JupyterLab shows it at once and its links open notebooks.
What `validate` found last is kept in its metadata; everything else is read from the
units beside it, so it can be written anew at any time.
"""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_markdown_cell, new_notebook

from autograder.build import list_exercises
from autograder.intake import receive_own
from autograder.records import Note
from autograder.release import BESIDE
from autograder.runner import LESSON
from autograder.validate import ExerciseState, State

INDEX = "indice.ipynb"
TITLE = re.compile(r"^# (.+)$", re.MULTILINE)
TIME = re.compile(r"^Tiempo: ([^·(]+)", re.MULTILINE)
HEAD = """# Curso de aprendizaje profundo

Cada unidad tiene una lección y unos ejercicios. Lo que llevas hecho lo dice
`autograder validate UNIDAD/ejercicios.ipynb`; después, vuelve a abrir esta página.

| | Lección | Tiempo | Ejercicios | |
|---|---|---|---|---|"""


@dataclass(frozen=True)
class UnitState:
    """One row: a unit and how many of its exercises are done."""

    folder: str
    title: str
    time: str
    exercises: str
    done: int
    of: int
    is_begun: bool

    @property
    def is_complete(self) -> bool:
        """Whether all its exercises are done."""
        return 0 < self.of == self.done

    @property
    def text(self) -> str:
        """In words, as a student reads it."""
        if self.is_complete:
            return "completa"
        return f"{self.done} de {self.of}" if self.is_begun else "sin empezar"


def write_index(folder: Path) -> Path:
    """Write the index of the units in a folder; what was done before stays noted."""
    return _write(folder, _read_progress(folder / INDEX))


def note_progress(notebook: Path, states: tuple[ExerciseState, ...]) -> Path | None:
    """Note in the index what `validate` found in a unit's exercises.

    Returns
    -------
    The index, or None where the notebook is not in a student edition, or that cannot
    be written.
    """
    folder = notebook.resolve().parent.parent
    if not os.access(folder / INDEX, os.W_OK):
        return None
    progress = _read_progress(folder / INDEX)
    done = sum(state.is_done for state in states)
    begun = any(state.state is not State.NOT_YET for state in states)
    progress[notebook.resolve().parent.name] = {"done": done, "begun": begun}
    return _write(folder, progress)


def _write(folder: Path, progress: dict[str, Any]) -> Path:
    units = list(_units(folder, progress))
    lines = [HEAD, *map(_row, units)]
    done, of = sum(u.done for u in units), sum(u.of for u in units)
    lines.append(f"\nHas hecho **{done} de {of}** {_noun(of)}.")
    cell = new_markdown_cell("\n".join(lines), id="indice")
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)"}
    metadata = {"curso": {"progress": progress}, "kernelspec": kernel}
    document = new_notebook(cells=[cell], metadata=metadata)
    path = folder / INDEX
    path.write_text(nbformat.writes(document) + "\n", encoding="utf-8")
    return path


def _row(unit: UnitState) -> str:
    lesson = f"[{unit.title}]({unit.folder}/{LESSON}.ipynb)"
    link = f"[{unit.of} {_noun(unit.of)}]({unit.folder}/{unit.exercises})"
    mark = "●" if unit.is_complete else "◐" if unit.is_begun else "○"
    return f"| {mark} | {lesson} | {unit.time} | {link} | {unit.text} |"


def _noun(n_exercises: int) -> str:
    return "ejercicio" if n_exercises == 1 else "ejercicios"


def _units(folder: Path, progress: dict[str, Any]) -> Iterator[UnitState]:
    for lesson in sorted(folder.glob(f"*/{LESSON}.ipynb")):
        text = _first_cell(lesson)
        for path in sorted(lesson.parent.glob("*.ipynb")):
            own = None if path == lesson or BESIDE in path.name else receive_own(path)
            if own is None or isinstance(own, Note):
                continue
            note = progress.get(lesson.parent.name, {})
            n_exercises = len(list_exercises(own[0]))
            yield UnitState(
                folder=lesson.parent.name,
                title=_first(TITLE, text) or lesson.parent.name,
                time=_first(TIME, text),
                exercises=path.name,
                done=min(int(note.get("done", 0)), n_exercises),
                of=n_exercises,
                is_begun=bool(note.get("begun")),
            )


def _first_cell(path: Path) -> str:
    """What a lesson says of itself; nothing where the student broke the file."""
    try:
        return str(nbformat.read(path, as_version=4).cells[0].source)
    except Exception:  # nbformat raises almost anything
        return ""


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1].strip() if found else ""


def _read_progress(path: Path) -> dict[str, Any]:
    """What the index notes; nothing when it is not there or cannot be read."""
    try:
        progress = json.loads(path.read_text(encoding="utf-8"))
        progress = progress["metadata"]["curso"]["progress"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return progress if isinstance(progress, dict) else {}
