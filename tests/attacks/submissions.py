"""Attacks as files: read `cases/NN_name.py` and hand it in as a notebook.

A case is a Python file in percent format. Its docstring says the idea, who falls for
it and, in lines of their own, what the grader has to know::

    Honest points: 2
    Channel: yes            our channel only, means nothing to nbgrader
    Harmful: yes            would hurt a machine without sandbox
    Limits: cell_seconds=2  other limits than the suite's
    Never shown: TEXT       must not be in what the student gets

Cells begin with ``# %%``. A grade id after it says which released cell it answers,
duplicates or replaces; JSON after that changes metadata, stored outputs, or deletes
the cell: ``# %% media_visible {"tags": ["skip-execution"]}``. A cell without a grade
id is the student's own; ``{"file": "torch.py"}`` makes it a file beside the notebook.
"""

import ast
import json
import re
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from autograder.build import build_assignment
from autograder.intake import receive
from autograder.pipeline import Graded, grade_one
from autograder.records import Assignment
from autograder.settings import Limits, Settings, load_settings
from tests.attacks.source import NOTEBOOK, UNIT, source_notebook
from tests.factories import find, make_course, student_copy, write

CASES = Path(__file__).parent / "cases"
HEADER = re.compile(r"^# %%[ ]*(\w*)[ ]*(\{.*\})?$", re.M)


@dataclass(frozen=True)
class Piece:
    """One cell of a case: whose place it takes, and what is odd about it."""

    grade_id: str
    source: str
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """One attack, and the points that its honest part deserves."""

    name: str
    honest: float
    is_channel: bool
    is_harmful: bool
    limits: dict[str, float]
    never_shown: str
    pieces: tuple[Piece, ...]

    @property
    def group(self) -> str:
        """The first digit: kinds of attacks stand together."""
        return self.name[0]


def read_cases() -> tuple[Case, ...]:
    """All cases, by number."""
    return tuple(read_case(path) for path in sorted(CASES.glob("[0-9]*.py")))


def read_case(path: Path) -> Case:
    """The case of one file."""
    text = path.read_text(encoding="utf-8")
    about = ast.get_docstring(ast.parse(text)) or ""
    limits = dict(pair.split("=") for pair in _said(about, "Limits").split())
    return Case(
        name=path.stem,
        honest=float(_said(about, "Honest points")),
        is_channel=_said(about, "Channel") == "yes",
        is_harmful=_said(about, "Harmful") == "yes",
        limits={name: float(value) for name, value in limits.items()},
        never_shown=_said(about, "Never shown"),
        pieces=tuple(_pieces(text)),
    )


def _said(about: str, name: str) -> str:
    found = re.search(rf"^{name}: (.*)$", about, re.M)
    return found[1].strip() if found else ""


def _pieces(text: str) -> list[Piece]:
    headers = list(HEADER.finditer(text))
    ends = [header.start() for header in headers[1:]] + [len(text)]
    return [
        Piece(
            header[1],
            text[header.end() : end].strip("\n"),
            json.loads(header[2] or "{}"),
        )
        for header, end in zip(headers, ends, strict=True)
    ]


LIMITS = Limits(cell_seconds=20.0, submission_seconds=120, memory_mib=2500)


@dataclass(frozen=True)
class Course:
    """The assignment, and the folder in which the cases are handed in."""

    settings: Settings
    assignment: Assignment

    def hand_in(self, case: Case) -> None:
        """Write a case into the folder as the submission of a student of its name."""
        folder = self.settings.submitted_folder(case.name, UNIT)
        folder.mkdir(parents=True)
        files = [piece for piece in case.pieces if "file" in piece.options]
        for piece in files:
            (folder / piece.options["file"]).write_text(piece.source, encoding="utf-8")
        cells = [piece for piece in case.pieces if piece not in files]
        document = fill_in(self.assignment.notebooks[0].student, cells)
        text = json.dumps(document, ensure_ascii=False)  # nbformat would mend it
        (folder / f"{NOTEBOOK}.ipynb").write_text(text, encoding="utf-8")

    def grade(self, case: Case) -> Graded:
        """Grade a case that was handed in."""
        limits = {k: type(getattr(LIMITS, k))(v) for k, v in case.limits.items()}
        settings = replace(self.settings, limits=replace(LIMITS, **limits))
        submission = receive(self.settings, self.assignment, case.name)
        return grade_one(self.assignment, submission, settings)

    def grade_copy(self, document: NotebookNode, name: str) -> Graded:
        """Hand in and grade a copy that is no case."""
        folder = self.settings.submitted_folder(name, UNIT)
        write(document, folder / f"{NOTEBOOK}.ipynb")
        submission = receive(self.settings, self.assignment, name)
        return grade_one(self.assignment, submission, self.settings)

    def reference(self) -> NotebookNode:
        """A copy with the instructor's own solutions."""
        answers = {
            cell.metadata.nbgrader.grade_id: cell.source
            for cell in self.assignment.notebooks[0].reference.cells
            if cell.metadata.get("nbgrader", {}).get("solution")
        }
        return student_copy(self.assignment, **answers)


def make_attacked_course(root: Path) -> Course:
    """A new course in `root`, judged apart from the students' processes."""
    make_course(root, UNIT, source_notebook())
    (root / "autograder.toml").write_text('judge = "separate"\n')
    settings = replace(load_settings(root), limits=LIMITS)
    return Course(settings, build_assignment(settings, UNIT))


def fill_in(released: NotebookNode, pieces: list[Piece]) -> NotebookNode:
    """The student's copy with the cells of a case in it."""
    document = deepcopy(released)
    position, seen = 0, set()
    for piece in pieces:
        if not piece.grade_id:
            position += 1
            document.cells.insert(position, new_code_cell(piece.source))
            continue
        cell = find(document, piece.grade_id)
        if piece.grade_id in seen:
            cell = deepcopy(cell)
            position += 1
            document.cells.insert(position, cell)
        seen.add(piece.grade_id)
        position = next(i for i, c in enumerate(document.cells) if c is cell)
        if piece.options.get("delete"):
            del document.cells[position]
            position -= 1
            continue
        cell.source = piece.source or cell.source
        cell.outputs = piece.options.get("outputs", [])
        cell.metadata.update(
            {k: v for k, v in piece.options.items() if k not in ("delete", "outputs")}
        )
    return document
