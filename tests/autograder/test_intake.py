"""Whatever a student hands in is read, or refused with a reason; never an exception.

nbgrader's own preprocessors say what a restored notebook must look like.
"""

import ast
import difflib
import json
import os
import random
import socket
import tempfile
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import nbgrader
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.utils import compute_checksum, is_grade, is_locked, is_solution

from autograder import intake, matching
from autograder.build import build_assignment, build_notebook
from autograder.intake import (
    list_students,
    receive,
    receive_notebooks,
    receive_own,
)
from autograder.records import (
    Assignment,
    Note,
    ReleasedCell,
    Submission,
    Unreadable,
)
from autograder.settings import Limits, Settings, load_settings
from tests.factories import (
    HIDDEN,
    RIGHT,
    VISIBLE,
    check_cell,
    essay_cell,
    find,
    graded,
    hand_in,
    make_course,
    notebook,
    solution_cell,
    source_notebook,
    student_copy,
    write,
)

FIXTURES = Path(nbgrader.__file__).parent / "tests" / "apps" / "files"
NOBODY = 65534
IDS = ["f", "f_visible", "f_oculta", "essay"]
EMPTY: dict[str, Any] = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}}


class Course:
    """A course of one unit in which `ana` hands in."""

    def __init__(self, root: Path, source: NotebookNode | None = None) -> None:
        self.settings: Settings = load_settings(make_course(root, source=source))
        self.assignment: Assignment = build_assignment(self.settings, "u1")
        self.folder = self.settings.submitted_folder("ana", "u1")

    def copy(self, **answers: str) -> NotebookNode:
        return student_copy(self.assignment, **answers)

    def put(
        self, content: NotebookNode | dict[str, Any] | str | bytes, name: str
    ) -> None:
        """Put a file into the submission as it stands."""
        if isinstance(content, dict):
            content = json.dumps(content)
        raw = content if isinstance(content, bytes) else content.encode()
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_bytes(raw)

    def receive(
        self, *contents: Any, name: str = "nb.ipynb"
    ) -> Submission | Unreadable:
        """Put the files, the first under `name`, and read them."""
        for number, content in enumerate(contents):
            self.put(content, name if not number else f"other{number}.ipynb")
        return receive(self.settings, self.assignment, "ana")

    def graded(self, *contents: Any, name: str = "nb.ipynb") -> Submission:
        received = self.receive(*contents, name=name)
        assert isinstance(received, Submission), received
        return received

    def refused(self, *contents: Any, name: str = "nb.ipynb") -> Note:
        received = self.receive(*contents, name=name)
        assert isinstance(received, Unreadable), received
        assert (received.student, received.unit) == ("ana", "u1")
        return received.reason


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return Course(tmp_path)


def ids(document: NotebookNode) -> list[str]:
    names = (c.metadata.get("nbgrader", {}).get("grade_id") for c in document.cells)
    return [name for name in names if name]


def sources(document: NotebookNode) -> list[str]:
    return [cell.source for cell in document.cells]


def kinds(submission: Submission) -> list[tuple[str, str]]:
    return [(note.kind, note.subject) for note in submission.notes]


def with_cells(*cells: Any) -> dict[str, Any]:
    return EMPTY | {"cells": list(cells)}


# ---------------------------------------------------------------- what is read


def test_answered_copy_becomes_the_instructors_notebook_with_the_answers(
    course: Course,
) -> None:
    received = course.graded(course.copy(f=RIGHT, essay="Porque sí."))

    [mine] = received.notebooks
    released = course.assignment.notebooks[0].graded
    assert kinds(received) == []
    assert ids(mine.document) == IDS
    assert find(mine.document, "f").source == RIGHT
    assert find(mine.document, "essay").source == "Porque sí."
    assert find(mine.document, "f_oculta").source == HIDDEN
    assert "# Unidad" in sources(mine.document)
    assert mine.document.metadata == released.metadata
    for grade_id in IDS:
        theirs, ours = find(released, grade_id), find(mine.document, grade_id)
        assert ours.metadata == theirs.metadata
    assert mine.unanswered == frozenset()
    assert received.folder == course.folder
    assert (received.student, received.unit) == ("ana", "u1")
    nbformat.validate(mine.document)


def test_reading_changes_neither_submission_nor_assignment(course: Course) -> None:
    before = deepcopy(course.assignment)
    course.put(course.copy(f=RIGHT), "nb.ipynb")
    raw = (course.folder / "nb.ipynb").read_bytes()

    received = course.receive()
    received.notebooks[0].document.cells[0].source = "changed"

    assert course.assignment == before
    assert (course.folder / "nb.ipynb").read_bytes() == raw


def test_untouched_copy_is_unanswered_in_all_its_answers(course: Course) -> None:
    [mine] = course.graded(course.copy()).notebooks

    assert mine.unanswered == {"f", "essay"}


def test_answer_is_unanswered_only_while_as_released(course: Course) -> None:
    [mine] = course.graded(course.copy(f=RIGHT)).notebooks

    assert mine.unanswered == {"essay"}


def test_cells_of_the_students_own_stay_where_they_were(course: Course) -> None:
    copy = course.copy(f=RIGHT)
    copy.cells.insert(0, new_code_cell("a = 0"))
    copy.cells.insert(4, new_code_cell("b = 1"))  # after the answer
    copy.cells.append(new_markdown_cell("fin"))

    [mine] = course.graded(copy).notebooks

    texts = sources(mine.document)
    assert texts.index("a = 0") < texts.index(RIGHT) < texts.index("b = 1")
    assert texts.index("b = 1") < texts.index(VISIBLE)
    assert texts[-1] == "fin"
    assert [cell.id for cell in mine.document.cells] == [
        f"cell-{n}" for n in range(len(texts))
    ]


def test_tags_and_metadata_of_the_submission_are_ignored(course: Course) -> None:
    copy = course.copy(f=RIGHT)
    for cell in copy.cells:
        cell.metadata.tags = ["skip-execution", "raises-exception", "parameters"]
    info = find(copy, "f_visible").metadata.nbgrader
    info.update(points=100, locked=False, solution=True, grade=False, task=True)
    find(copy, "f").metadata.nbgrader.update(grade=True, points=50, solution=False)
    copy.metadata.update(papermill={"x": 1}, language_info={"name": "ruby"})
    own = new_code_cell("x = 1", metadata={"tags": ["skip-execution"], "trusted": True})
    copy.cells.append(own)

    received = course.graded(copy)

    [mine] = received.notebooks
    released = course.assignment.notebooks[0].graded
    assert kinds(received) == []
    assert mine.document.metadata == released.metadata
    for cell in mine.document.cells:
        assert "tags" not in cell.metadata
    for grade_id in IDS:
        expected = find(released, grade_id).metadata
        assert find(mine.document, grade_id).metadata == expected
    assert mine.document.cells[-1].metadata == {}


def test_outputs_and_counts_of_the_submission_are_dropped(course: Course) -> None:
    copy = course.copy(f=RIGHT)
    cell = find(copy, "f_visible")
    cell.execution_count = 7
    cell.outputs = [nbformat.v4.new_output("stream", text="todo bien")]

    [mine] = course.graded(copy).notebooks

    assert "todo bien" not in nbformat.writes(mine.document)
    assert find(mine.document, "f_visible").execution_count is None


def test_wrong_kernel_name_is_noted_and_replaced(course: Course) -> None:
    copy = course.copy()
    copy.metadata.kernelspec = {"name": "conda-env-dl", "display_name": "dl"}

    received = course.graded(copy)

    assert kinds(received) == [("kernel_replaced", "conda-env-dl")]
    assert received.notebooks[0].document.metadata.kernelspec.name == "python3"


@pytest.mark.parametrize("metadata", [{}, {"kernelspec": {}}, {"kernelspec": "x"}])
def test_missing_kernel_name_is_nothing_to_tell(
    course: Course, metadata: dict[str, Any]
) -> None:
    copy = json.loads(nbformat.writes(course.copy()))

    assert kinds(course.graded(copy | {"metadata": metadata})) == []


# ----------------------------------------------- cells that are not as released


def test_edited_tests_are_restored_and_reported(course: Course) -> None:
    copy = course.copy(f=RIGHT, f_visible="pass", f_oculta="assert True")

    received = course.graded(copy)

    [mine] = received.notebooks
    assert find(mine.document, "f_visible").source == VISIBLE
    assert find(mine.document, "f_oculta").source == HIDDEN
    assert kinds(received) == [
        ("cell_edited", "f_visible"),
        ("cell_edited", "f_oculta"),
    ]


def test_deleted_cells_are_put_back_and_reported(course: Course) -> None:
    copy = course.copy()
    copy.cells = [c for c in copy.cells if c.cell_type == "raw"]

    received = course.graded(copy)

    [mine] = received.notebooks
    assert ids(mine.document) == IDS
    assert kinds(received) == [("cell_deleted", grade_id) for grade_id in IDS]
    assert mine.unanswered == {"f", "essay"}
    for grade_id in IDS:
        released = find(course.assignment.notebooks[0].graded, grade_id)
        assert find(mine.document, grade_id).source == released.source


def test_duplicated_test_runs_once_and_is_reported(course: Course) -> None:
    copy = course.copy(f=RIGHT)
    copy.cells.append(deepcopy(find(copy, "f_visible")))

    received = course.graded(copy)

    [mine] = received.notebooks
    assert ids(mine.document) == IDS
    assert sources(mine.document).count(VISIBLE) == 1
    assert ("cell_duplicated", "f_visible") in kinds(received)


def test_duplicated_test_without_its_metadata_is_dropped(course: Course) -> None:
    copy = course.copy(f=RIGHT)
    copy.cells.insert(3, new_code_cell(VISIBLE))

    [mine] = course.graded(copy).notebooks

    assert sources(mine.document).count(VISIBLE) == 1


def test_answer_in_several_cells_keeps_them_all_and_the_last_counts(
    course: Course,
) -> None:
    copy = course.copy(f="import math")
    copy.cells.insert(3, solution_cell(RIGHT))

    received = course.graded(copy)

    [mine] = received.notebooks
    texts = sources(mine.document)
    assert texts.index("import math") == texts.index(RIGHT) - 1
    assert ids(mine.document) == IDS
    assert find(mine.document, "f").source == RIGHT
    assert kinds(received) == [("cell_duplicated", "f")]


def test_retyped_cells_are_restored_and_reported(course: Course) -> None:
    copy = json.loads(nbformat.writes(course.copy(f=RIGHT, essay="print(1)")))
    for cell in copy["cells"]:
        turned = {"code": "markdown", "markdown": "code"}[cell["cell_type"]]
        if "nbgrader" in cell["metadata"]:
            cell["cell_type"] = turned

    received = course.graded(copy)

    [mine] = received.notebooks
    types = [find(mine.document, grade_id).cell_type for grade_id in IDS]
    assert types == ["code", "code", "code", "markdown"]
    assert find(mine.document, "f").source == RIGHT
    assert [kind for kind, _ in kinds(received)] == ["cell_retyped"] * 4
    nbformat.validate(mine.document)


def test_part_of_an_answer_that_was_retyped_runs_as_code(course: Course) -> None:
    copy = course.copy(f=RIGHT)
    part = new_markdown_cell("y = 1")
    part.metadata.nbgrader = deepcopy(find(copy, "f").metadata.nbgrader)
    copy.cells.insert(2, part)

    [mine] = course.graded(copy).notebooks

    [own] = [cell for cell in mine.document.cells if cell.source == "y = 1"]
    assert own.cell_type == "code"


def test_reordered_cells_are_put_back_and_reported_once(course: Course) -> None:
    copy = course.copy(f=RIGHT)
    copy.cells.reverse()

    received = course.graded(copy)

    assert ids(received.notebooks[0].document) == IDS
    assert kinds(received) == [("reordered", "")]


def test_order_is_right_although_a_cell_is_missing(course: Course) -> None:
    copy = course.copy(f=RIGHT)
    copy.cells.remove(find(copy, "f_visible"))

    assert ("reordered", "") not in kinds(course.graded(copy))


def test_cell_with_an_unknown_name_is_the_students_own(course: Course) -> None:
    copy = course.copy(f=RIGHT)
    copy.cells.append(check_cell("y = 2", grade_id="invented", points=100.0))

    [mine] = course.graded(copy).notebooks

    assert ids(mine.document) == IDS
    assert mine.document.cells[-1].source == "y = 2"
    assert mine.document.cells[-1].metadata == {}


def stripped(document: NotebookNode, *, keep_ids: bool = False) -> NotebookNode:
    """The notebook as an editor leaves it that drops all metadata."""
    document = deepcopy(document)
    for number, cell in enumerate(document.cells):
        cell.metadata = NotebookNode()
        cell.id = cell.id if keep_ids else f"new{number}"
    return document


def test_cells_that_lost_their_metadata_are_known_by_their_text(course: Course) -> None:
    received = course.graded(stripped(course.copy(f=RIGHT, f_visible=VISIBLE)))

    [mine] = received.notebooks
    assert ids(mine.document) == IDS
    assert find(mine.document, "f").source == RIGHT
    assert sources(mine.document).count(VISIBLE) == 1
    assert ("recognised", "f") in kinds(received)


def test_cells_that_lost_their_metadata_are_known_by_their_id(course: Course) -> None:
    copy = course.copy(f="g = lambda x: 1 + x", essay="otra cosa", f_oculta="")

    received = course.graded(stripped(copy, keep_ids=True))

    [mine] = received.notebooks
    assert find(mine.document, "f").source == "g = lambda x: 1 + x"
    assert find(mine.document, "essay").source == "otra cosa"
    assert ("recognised", "essay") in kinds(received)
    assert ("cell_deleted", "f_oculta") in kinds(received)  # an empty one is nothing


def test_own_cell_unlike_any_other_is_not_taken_for_an_answer(course: Course) -> None:
    copy = course.copy()
    copy.cells = [
        new_code_cell("zzz = 5"),
        new_code_cell("def g(x):\n    return 1"),
        new_code_cell("def f(:"),
        new_markdown_cell("ñandú"),
    ]

    received = course.graded(copy)

    assert [kind for kind, _ in kinds(received)] == ["cell_deleted"] * 4
    assert sources(received.notebooks[0].document)[:4] == sources(copy)


def test_id_of_a_lost_cell_counts_more_than_what_it_defines(course: Course) -> None:
    copy = course.copy(f="g = 1")
    found = find(copy, "f")
    found.metadata = NotebookNode()
    copy.cells.insert(0, new_code_cell(RIGHT))

    [mine] = course.graded(copy).notebooks

    assert find(mine.document, "f").source == "g = 1"


def test_code_in_a_text_cell_is_no_answer(course: Course) -> None:
    received = course.graded(with_cells({"cell_type": "markdown", "source": RIGHT}))

    assert ("cell_deleted", "f") in kinds(received)


HOSTILE_CODE = {
    "signs": "-" * 100_000 + "1",
    "brackets": "(" * 1000 + ")" * 1000,
    "attributes": "a." * 50_000 + "a",
    "zeros": "x = 1\0",
    "no utf-8": "x = '\ud800'",
    "broken": "def f(:",
    "indented": "  x\n y",
}


@pytest.mark.parametrize("source", HOSTILE_CODE.values(), ids=HOSTILE_CODE)
def test_code_that_cannot_be_parsed_is_the_students_own(
    course: Course, source: str
) -> None:
    cell = {"cell_type": "code", "source": source}

    received = course.graded(json.dumps(with_cells(cell)))

    assert len(received.notebooks[0].document.cells) == len(IDS) + 1


def test_cell_that_was_recognised_is_not_recognised_twice(tmp_path: Path) -> None:
    course = Course(tmp_path, notebook(essay_cell("Explica.", "a"), check_cell()))
    write(
        notebook(essay_cell("Explica.", "a"), essay_cell("Explica!", "b")),
        tmp_path / "source" / "u1" / "nb.ipynb",
    )
    course.assignment = build_assignment(course.settings, "u1")
    text = find(course.copy(), "a").source

    received = course.graded(with_cells({"cell_type": "markdown", "source": text}))

    assert kinds(received) == [("recognised", "a"), ("cell_deleted", "b")]


@pytest.mark.parametrize(
    "kept", ["class f:\n    pass", "async def f(x):\n    return x", "x = 1\n" + RIGHT]
)
def test_answer_is_known_by_the_names_that_it_defines(
    course: Course, kept: str
) -> None:
    received = course.graded(with_cells({"cell_type": "code", "source": kept}))

    assert find(received.notebooks[0].document, "f").source == kept
    assert ("recognised", "f") in kinds(received)


def test_most_alike_cell_is_the_lost_one(tmp_path: Path) -> None:
    text = "Explica con tus palabras qué es un gradiente y para qué sirve"
    course = Course(tmp_path, notebook(essay_cell(text), solution_cell("x = 1", "g")))
    copy = course.copy()
    near = find(copy, "essay").source
    copy.cells = [
        new_markdown_cell(near[::-1][3:] + " o no"),
        new_markdown_cell(near + "."),
        new_markdown_cell(near[2:]),
    ]

    received = course.graded(copy)

    assert find(received.notebooks[0].document, "essay").source == near + "."


def test_task_description_is_restored_and_its_answer_follows(tmp_path: Path) -> None:
    task = graded("Haz", "task", task=True, points=2.0, cell_type="markdown")
    course = Course(tmp_path, notebook(task, check_cell()))
    copy = course.copy(task="Haz menos")
    copy.cells.insert(1, new_code_cell("y = 5"))

    received = course.graded(copy)

    assert sources(received.notebooks[0].document) == ["Haz", "y = 5", VISIBLE]
    assert kinds(received) == [("cell_edited", "task")]


def test_named_cell_that_is_not_locked_keeps_what_the_student_wrote(
    tmp_path: Path,
) -> None:
    course = Course(tmp_path, notebook(graded("x = 0", "free"), check_cell()))

    received = course.graded(course.copy(free="x = 5"))

    assert find(received.notebooks[0].document, "free").source == "x = 5"
    assert kinds(received) == []
    assert received.notebooks[0].unanswered == frozenset()


def test_attachments_of_written_answers_are_kept(course: Course) -> None:
    picture = {"a.png": {"image/png": "aGk="}}
    copy = json.loads(nbformat.writes(course.copy(f=RIGHT)))
    copy["cells"] += [
        {"cell_type": t, "source": t, "metadata": {}, "attachments": picture}
        for t in ("markdown", "code", "raw")
    ]
    for cell in copy["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") in ("essay", "f"):
            cell["attachments"] = picture

    [mine] = course.graded(copy).notebooks

    assert find(mine.document, "essay").attachments == picture
    assert "attachments" not in find(mine.document, "f")
    *_, text, code, raw = mine.document.cells
    assert text.attachments == raw.attachments == picture
    assert "attachments" not in code
    nbformat.validate(mine.document)


FAMILY = (
    "submitted-unchanged.ipynb",
    "submitted-changed.ipynb",
    "submitted-grade-cell-changed.ipynb",
    "submitted-locked-cell-changed.ipynb",
    "submitted-cheat-attempt.ipynb",
    "submitted-cheat-attempt-alternative.ipynb",
)


@pytest.mark.parametrize("name", FAMILY)
def test_fixture_is_restored_as_nbgrader_restores_it(tmp_path: Path, name: str) -> None:
    """nbgrader overwrites locked sources; the checksum says what it arrives at."""
    settings = Settings(root=tmp_path)
    source = tmp_path / "p1.ipynb"
    source.write_bytes((FIXTURES / "submitted-unchanged.ipynb").read_bytes())
    released = build_notebook(source, "ps1", settings)
    assignment = Assignment("ps1", (released,), tmp_path)
    theirs = nbformat.read(FIXTURES / name, as_version=4)

    received = receive_notebooks(assignment, "foo", [FIXTURES / name])

    assert isinstance(received, Submission)
    document = received.notebooks[0].document
    assert ids(document) == ids(released.graded)
    for cell in document.cells:
        if is_locked(cell):
            info = released.cell(cell.metadata.nbgrader.grade_id)
            assert compute_checksum(cell) == info.checksum
            assert is_grade(cell) == info.is_grade
        elif is_solution(cell):
            grade_id = cell.metadata.nbgrader.grade_id
            assert cell.source == find(theirs, grade_id).source


def test_random_shuffles_never_change_what_the_instructor_wrote(
    course: Course,
) -> None:
    seed = 7
    rng = random.Random(seed)
    released = course.assignment.notebooks[0].graded
    for round_number in range(40):
        copy = course.copy(f=RIGHT)
        for _ in range(rng.randrange(1, 8)):
            cells = copy.cells
            place = rng.randrange(len(cells)) if cells else 0
            match rng.randrange(6):
                case 0 if cells:
                    cells.pop(place)
                case 1 if cells:
                    cells.insert(rng.randrange(len(cells)), deepcopy(cells[place]))
                case 2:
                    rng.shuffle(cells)
                case 3 if cells:
                    cells[place].source = rng.choice(["", "pass", VISIBLE, RIGHT])
                case 4 if cells:
                    cells[place].metadata = NotebookNode()
                case _:
                    cells.insert(place, new_code_cell(rng.choice(["x = 1", RIGHT])))
        for number, cell in enumerate(copy.cells):
            cell.id = f"c{number}"

        [mine] = course.graded(copy).notebooks

        assert ids(mine.document) == IDS, (seed, round_number)
        for grade_id in ("f_visible", "f_oculta"):
            same = (
                find(mine.document, grade_id).source == find(released, grade_id).source
            )
            assert same, (seed, round_number)
        nbformat.validate(mine.document)


# --------------------------------------------------------- text in odd clothes


def test_windows_line_ends_are_read_as_unix_ones(course: Course) -> None:
    copy = json.loads(nbformat.writes(course.copy()))
    for cell in copy["cells"]:
        cell["source"] = "".join(cell["source"]).replace("\n", "\r\n")

    received = course.graded(copy)

    assert kinds(received) == []
    assert received.notebooks[0].unanswered == {"f", "essay"}
    assert "\r" not in "".join(sources(received.notebooks[0].document))


def test_old_mac_line_ends_are_read_as_unix_ones(course: Course) -> None:
    [mine] = course.graded(course.copy(f=RIGHT.replace("\n", "\r"))).notebooks

    assert find(mine.document, "f").source == RIGHT


def test_byte_order_mark_is_no_obstacle(course: Course) -> None:
    raw = b"\xef\xbb\xbf" + json.dumps(course.copy(f=RIGHT)).encode()

    assert find(course.graded(raw).notebooks[0].document, "f").source == RIGHT


def test_lone_surrogate_in_an_answer_can_be_written(course: Course) -> None:
    copy = course.copy(f="x = '\ud800ñ'")

    [mine] = course.graded(json.dumps(copy)).notebooks

    assert find(mine.document, "f").source == "x = '?ñ'"
    nbformat.writes(mine.document).encode()


def test_cell_without_source_is_empty(course: Course) -> None:
    [mine] = course.graded(with_cells({"cell_type": "raw"})).notebooks

    assert mine.document.cells[0].source == ""


def test_source_as_a_list_of_lines_is_joined(course: Course) -> None:
    cell = {"cell_type": "code", "source": ["def f(x):\n", "    return 7"]}

    [mine] = course.graded(with_cells(cell)).notebooks

    assert find(mine.document, "f").source == "def f(x):\n    return 7"


CELLS_READ = {
    "no source": {"cell_type": "code", "metadata": {}},
    "no metadata": {"cell_type": "code", "source": "x = 1"},
    "metadata is a list": {"cell_type": "code", "source": "x = 1", "metadata": [1]},
    "nbgrader is a text": {
        "cell_type": "code",
        "source": "x = 1",
        "metadata": {"nbgrader": "f"},
    },
    "grade_id is a list": {
        "cell_type": "code",
        "source": "x = 1",
        "metadata": {"nbgrader": {"grade_id": ["f"], "points": "?"}},
    },
    "grade_id is null": {
        "cell_type": "code",
        "source": "x = 1",
        "metadata": {"nbgrader": {"grade_id": None}},
    },
    "numbers among lines": {"cell_type": "raw", "source": ["a", 5, None]},
    "attachments is a list": {
        "cell_type": "markdown",
        "source": "x",
        "attachments": ["a"],
    },
    "id is a number": {"cell_type": "code", "source": "x = 1", "id": 5},
}


@pytest.mark.parametrize("cell", CELLS_READ.values(), ids=CELLS_READ)
def test_cell_in_bad_shape_is_read_as_the_students_own(
    course: Course, cell: dict[str, Any]
) -> None:
    received = course.graded(with_cells(cell))

    [mine] = received.notebooks
    assert ids(mine.document) == IDS
    assert len(mine.document.cells) == len(IDS) + 1
    nbformat.validate(mine.document)


# ------------------------------------------------------------- what is refused


BAD_INPUT = {
    "not json": ("{", "not_json"),
    "html": ("<!DOCTYPE html><html></html>", "not_json"),
    "cut off": ('{"nbformat": 4, "cells": [', "not_json"),
    "zeros": (b"\0" * 64, "not_json"),
    "endless number": ('{"nbformat": ' + "4" * 5000 + "}", "not_json"),
    "empty": (b"", "empty"),
    "not utf-8": (b'{"a": "\xf1"}', "not_utf8"),
    "utf-16": ('{"nbformat": 4}'.encode("utf-16"), "not_utf8"),
    "deep": ("[" * 100_000, "too_deep"),
    "deep objects": ('{"a":' * 100_000, "too_deep"),
    "list": ("[]", "not_notebook"),
    "null": ("null", "not_notebook"),
    "no format": ("{}", "not_notebook"),
    "format is a text": ('{"nbformat": "4", "cells": []}', "not_notebook"),
    "format 3": ('{"nbformat": 3, "worksheets": []}', "old_format"),
    "format 2": ('{"nbformat": 2, "worksheets": []}', "old_format"),
    "no cells": ('{"nbformat": 4}', "not_notebook"),
    "cells is an object": ('{"nbformat": 4, "cells": {}}', "not_notebook"),
    "cells of numbers": (with_cells(1, 2), "not_notebook"),
    "cell without type": (with_cells({"source": ""}), "not_notebook"),
    "unknown type": (with_cells({"cell_type": "heading"}), "not_notebook"),
    "type is a list": (with_cells({"cell_type": ["code"]}), "not_notebook"),
    "source is null": (
        with_cells({"cell_type": "code", "source": None}),
        "not_notebook",
    ),
    "source is an object": (
        with_cells({"cell_type": "code", "source": {}}),
        "not_notebook",
    ),
}


@pytest.mark.parametrize(("content", "kind"), BAD_INPUT.values(), ids=BAD_INPUT)
def test_bad_input_is_unreadable_and_says_why(
    course: Course, content: Any, kind: str
) -> None:
    assert course.refused(content) == Note(kind, "nb.ipynb")


def test_random_bytes_and_random_damage_never_raise(course: Course) -> None:
    seed = 11
    rng = random.Random(seed)
    whole = json.dumps(course.copy(f=RIGHT)).encode()
    for _ in range(150):
        raw = bytearray(whole)
        for _ in range(rng.randrange(1, 6)):
            place = rng.randrange(len(raw))
            match rng.randrange(3):
                case 0:
                    raw[place] = rng.randrange(256)
                case 1:
                    del raw[place : place + rng.randrange(1, 50)]
                case 2:
                    raw[place:place] = rng.choice([b"{", b"[", b'"', b"null", b"\xff"])
            if not raw:
                break

        received = course.receive(bytes(raw))

        assert isinstance(received, Submission | Unreadable), seed


def test_random_values_in_place_of_any_part_never_raise(course: Course) -> None:
    seed = 13
    rng = random.Random(seed)
    values = [None, True, 0, -1.5, "", "f", [], {}, ["f"], {"f": 1}, [None], [{}]]

    def damage(node: Any) -> None:
        while True:
            keys = list(node) if isinstance(node, dict) else list(range(len(node)))
            key = rng.choice(keys)
            inner = node[key]
            if not isinstance(inner, dict | list) or not inner or rng.random() < 0.3:
                node[key] = deepcopy(rng.choice(values))
                return
            node = inner

    for _ in range(300):
        copy = json.loads(json.dumps(course.copy(f=RIGHT)))
        for _ in range(rng.randrange(1, 4)):
            damage(copy)

        received = course.receive(json.dumps(copy))

        assert isinstance(received, Submission | Unreadable), seed
        if isinstance(received, Submission):
            nbformat.validate(received.notebooks[0].document)


def test_huge_number_of_cells_is_refused(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "MAX_CELLS", 20)
    cell = {"cell_type": "code", "source": "x = 1"}

    assert course.refused(with_cells(*[cell] * 21)) == Note("not_notebook", "nb.ipynb")
    assert course.graded(with_cells(*[cell] * 20))


def test_file_larger_than_the_limit_is_refused(course: Course) -> None:
    course.settings = replace(course.settings, limits=Limits(notebook_mib=1))
    copy = course.copy()
    size = len(json.dumps(copy))

    largest = json.dumps(copy) + " " * (2**20 - size)
    assert course.graded(largest)
    assert course.refused(largest + " ") == Note("too_large", "nb.ipynb")


def test_file_that_grew_while_it_was_read_is_cut_at_the_limit(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    course.put(" " * (2**20 + 100) + json.dumps(course.copy()), "nb.ipynb")
    small = os.stat_result([0o100644, *[0] * 5, 10, *[0] * 3])
    monkeypatch.setattr(Path, "lstat", lambda path: small)

    received = receive_notebooks(
        course.assignment, "ana", [course.folder / "nb.ipynb"], 1
    )

    assert isinstance(received, Unreadable)


def test_folder_in_place_of_a_notebook_is_refused(course: Course) -> None:
    (course.folder / "nb.ipynb").mkdir(parents=True)

    assert course.refused() == Note("not_a_file", "nb.ipynb")


def test_fifo_is_refused_without_waiting_for_it(course: Course) -> None:
    course.folder.mkdir(parents=True)
    os.mkfifo(course.folder / "nb.ipynb")

    assert course.refused() == Note("not_a_file", "nb.ipynb")


def test_socket_is_refused(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    course.folder.mkdir(parents=True)
    descriptor = os.open(course.folder, os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"/proc/self/fd/{descriptor}/nb.ipynb")  # a short name
    os.close(descriptor)

    assert course.refused() == Note("not_a_file", "nb.ipynb")


def test_symlink_to_a_notebook_is_refused(course: Course) -> None:
    outside = write(course.copy(f=RIGHT), course.settings.root / "other" / "nb.ipynb")
    course.folder.mkdir(parents=True)
    (course.folder / "nb.ipynb").symlink_to(outside)

    assert course.refused() == Note("symlink", "nb.ipynb")


def test_file_that_becomes_a_symlink_is_not_followed(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = write(course.copy(f=RIGHT), course.settings.root / "other" / "nb.ipynb")
    course.folder.mkdir(parents=True)
    (course.folder / "nb.ipynb").symlink_to(outside)
    monkeypatch.setattr(Path, "lstat", lambda path: path.stat())

    received = receive_notebooks(course.assignment, "ana", [course.folder / "nb.ipynb"])

    assert received.reason == Note("no_permission", "nb.ipynb")


def test_symlink_in_place_of_the_folder_is_refused(course: Course) -> None:
    hand_in(course.settings.root, "luis", course.copy(f=RIGHT))
    course.folder.parent.mkdir(parents=True)
    course.folder.symlink_to(course.settings.submitted_folder("luis", "u1"))

    assert course.refused() == Note("symlink", "u1")


def test_file_that_cannot_be_opened_is_refused(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "denied")

    course.put(course.copy(), "nb.ipynb")
    monkeypatch.setattr(intake.os, "open", refuse)

    assert course.refused() == Note("no_permission", "nb.ipynb")


def test_file_that_vanished_is_refused(course: Course) -> None:
    received = receive_notebooks(course.assignment, "ana", [course.folder / "nb.ipynb"])

    assert isinstance(received, Unreadable)
    assert received.reason == Note("no_permission", "nb.ipynb")


def test_missing_or_empty_folder_holds_no_notebook(course: Course) -> None:
    assert course.refused() == Note("no_notebook", "u1")
    course.folder.mkdir(parents=True)
    assert course.refused() == Note("no_notebook", "u1")


def test_file_in_place_of_the_folder_holds_no_notebook(course: Course) -> None:
    course.folder.parent.mkdir(parents=True)
    course.folder.write_text("")

    assert course.refused() == Note("no_notebook", "u1")


# ------------------------------------------------------ which file is the one


@pytest.mark.parametrize(
    "name",
    [
        "nb (1).ipynb",
        "nb(2).ipynb",
        "NB.ipynb",
        "nb.IPYNB",
        "nb-copia.ipynb",
        "nb copy 2.ipynb",
        "nb_Copy1.ipynb",
        "Ñandú (1) copia.ipynb",
        "nb\u0301.ipynb",
        "entrega final ana.ipynb",
    ],
)
def test_only_notebook_of_a_submission_counts_under_any_name(
    course: Course, name: str
) -> None:
    received = course.graded(course.copy(f=RIGHT), name=name)

    [mine] = received.notebooks
    assert mine.name == "nb"
    assert find(mine.document, "f").source == RIGHT
    expected = [] if name == "nb.IPYNB" else [("renamed", name)]
    assert kinds(received) == expected


def test_right_name_wins_over_a_copy(course: Course) -> None:
    received = course.graded(course.copy(f=RIGHT), course.copy(f="x = 1"))

    assert find(received.notebooks[0].document, "f").source == RIGHT
    assert kinds(received) == [("file_ignored", "other1.ipynb")]


def test_copy_wins_over_other_names(course: Course) -> None:
    received = course.graded(
        course.copy(f=RIGHT), course.copy(f="x = 1"), name="nb (1).ipynb"
    )

    assert find(received.notebooks[0].document, "f").source == RIGHT
    assert kinds(received) == [
        ("renamed", "nb (1).ipynb"),
        ("file_ignored", "other1.ipynb"),
    ]


def test_two_candidates_are_not_decided_between(course: Course) -> None:
    course.put(course.copy(), "nb (2).ipynb")

    reason = course.refused(course.copy(), name="nb (1).ipynb")

    assert reason == Note("several_notebooks", "nb (1).ipynb, nb (2).ipynb")


def test_two_files_of_the_right_name_are_not_decided_between(course: Course) -> None:
    course.put(course.copy(), "nb.IPYNB")

    reason = course.refused(course.copy())

    assert reason == Note("several_notebooks", "nb.IPYNB, nb.ipynb")


def said(document: NotebookNode, **course: str) -> NotebookNode:
    document = deepcopy(document)
    document.metadata.curso = course
    return document


def test_notebook_that_names_its_unit_wins_over_a_likely_name(course: Course) -> None:
    own = said(course.copy(f=RIGHT), unit="u1", notebook="nb")

    received = course.graded(course.copy(), own, name="nb (1).ipynb")

    assert find(received.notebooks[0].document, "f").source == RIGHT
    assert kinds(received) == [
        ("renamed", "other1.ipynb"),
        ("file_ignored", "nb (1).ipynb"),
    ]


def test_notebook_that_names_no_unit_is_known_by_its_file_name(course: Course) -> None:
    stray = said(course.copy(), notebook="nb")

    received = course.graded(course.copy(f=RIGHT), stray, name="nb (1).ipynb")

    assert find(received.notebooks[0].document, "f").source == RIGHT


@pytest.mark.parametrize(
    "name", ["Práctica (1).ipynb", "Practica.ipynb", "PRA\u0301CTICA - copia.ipynb"]
)
def test_accents_and_capitals_of_a_copy_do_not_matter(
    tmp_path: Path, name: str
) -> None:
    make_course(tmp_path)
    write(source_notebook(), tmp_path / "source" / "u1" / "práctica.ipynb")
    course = Course(tmp_path)

    received = course.graded(course.copy(f=RIGHT), name=name)

    assert [book.name for book in received.notebooks] == ["práctica"]
    assert ("renamed", name) in kinds(received)


def test_notebook_of_another_unit_is_refused(course: Course) -> None:
    reason = course.refused(said(course.copy(), unit="u2", notebook="nb"))

    assert reason == Note("wrong_unit", "nb.ipynb: u2")


def test_notebook_of_another_unit_beside_the_right_one_is_ignored(
    course: Course,
) -> None:
    received = course.graded(course.copy(f=RIGHT), said(course.copy(), unit="u2"))

    assert kinds(received) == [("file_ignored", "other1.ipynb")]


def test_lesson_alone_is_no_submission(course: Course) -> None:
    lesson = said(course.copy(), unit="u1", notebook="leccion")

    assert course.refused(lesson, name="leccion.ipynb") == Note("no_notebook", "u1")


def test_broken_file_is_the_reason_rather_than_another_unit(course: Course) -> None:
    course.put("{", "broken.ipynb")

    reason = course.refused(said(course.copy(), unit="u2"))

    assert reason == Note("not_json", "broken.ipynb")


def test_broken_files_are_all_told(course: Course) -> None:
    received = course.receive("{", b"")

    assert isinstance(received, Unreadable)
    assert received.reason == Note("not_json", "nb.ipynb")
    assert received.notes == (Note("empty", "other1.ipynb"),)


def test_broken_file_beside_a_good_copy_is_told(course: Course) -> None:
    received = course.graded("{", course.copy(f=RIGHT))

    assert kinds(received) == [("not_json", "nb.ipynb"), ("renamed", "other1.ipynb")]


def test_notebooks_of_a_unit_with_several_are_told_apart(tmp_path: Path) -> None:
    make_course(tmp_path)
    write(
        notebook(solution_cell("x = 1", "g")),
        tmp_path / "source" / "u1" / "ejercicios.ipynb",
    )
    course = Course(tmp_path)
    second, first = course.assignment.notebooks
    assert (first.name, second.name) == ("nb", "ejercicios")

    course.put(first.student, "nb (1).ipynb")
    course.put(said(second.student, unit="u1", notebook="ejercicios"), "otro.ipynb")
    received = course.graded()

    assert [book.name for book in received.notebooks] == ["ejercicios", "nb"]
    assert kinds(received)[:2] == [
        ("renamed", "otro.ipynb"),
        ("renamed", "nb (1).ipynb"),
    ]

    (course.folder / "otro.ipynb").rename(course.folder / "nb.ipynb")
    received = course.graded()
    assert [book.name for book in received.notebooks] == ["nb"]
    assert ("notebook_missing", "ejercicios") in kinds(received)
    assert ("file_ignored", "nb (1).ipynb") in kinds(received)


def test_any_name_does_not_count_where_a_unit_has_several_notebooks(
    tmp_path: Path,
) -> None:
    make_course(tmp_path)
    write(source_notebook(), tmp_path / "source" / "u1" / "nb2.ipynb")
    course = Course(tmp_path)

    assert course.refused(course.copy(), name="x.ipynb") == Note("no_notebook", "u1")


def test_accents_in_the_name_of_a_unit_and_a_student_are_no_obstacle(
    tmp_path: Path,
) -> None:
    unit, student = "Introducción", "María Ñ"
    settings = load_settings(make_course(tmp_path, unit))
    assignment = build_assignment(settings, unit)
    hand_in(tmp_path, student, student_copy(assignment, f=RIGHT), unit)

    received = receive(settings, assignment, student)

    assert list_students(settings, unit) == (student,)
    assert isinstance(received, Submission)
    assert (received.student, received.unit) == (student, unit)


# --------------------------------------------------- files beside the notebook


def test_files_beside_the_notebook_are_listed_but_for_links_and_devices(
    course: Course,
) -> None:
    course.put(course.copy(), "nb.ipynb")
    for name in (
        "b.txt",
        "data/c.csv",
        "data/nb.ipynb",
        "__pycache__/x.pyc",
        ".ipynb_checkpoints/nb-checkpoint.ipynb",
        "timestamp.txt",
    ):
        (course.folder / name).parent.mkdir(exist_ok=True)
        (course.folder / name).write_text("x")
    (course.folder / "a.txt").symlink_to("/etc/passwd")
    (course.folder / "etc").symlink_to("/etc")
    os.mkfifo(course.folder / "data" / "pipe")

    received = course.graded()

    assert received.files == ("b.txt", "data/c.csv", "data/nb.ipynb")
    assert [note for note in kinds(received) if note[1] != "etc"] == [
        ("file_ignored", "a.txt"),
        ("file_ignored", "data/pipe"),
    ]


def test_files_over_the_limit_are_left_out_one_by_one(course: Course) -> None:
    course.settings = replace(course.settings, limits=Limits(files_mib=1))
    course.put(course.copy(), "nb.ipynb")
    course.put("x" * (2**20 - 10), "a.bin")
    course.put("x" * 11, "b.bin")
    course.put("x" * 10, "c.bin")
    course.put("x", "d.bin")

    received = course.graded()

    assert received.files == ("a.bin", "c.bin")
    assert kinds(received) == [("file_too_large", "b.bin"), ("file_too_large", "d.bin")]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("2025-01-01 10:00:00 UTC\n", "2025-01-01 10:00:00 UTC"),
        ("\n  2025-01-01\nsecond line", "2025-01-01"),
        ("", ""),
        (" \n", ""),
        (b"\xff\xfe", ""),
        ("x" * (2**20 + 1), ""),
    ],
)
def test_timestamp_is_the_first_line_or_nothing(
    course: Course, content: str | bytes, expected: str
) -> None:
    course.put(content, "timestamp.txt")

    assert course.graded(course.copy()).timestamp == expected
    course.put("{", "nb.ipynb")
    assert course.receive().timestamp == expected


def test_timestamp_that_is_a_link_or_missing_is_nothing(course: Course) -> None:
    assert course.graded(course.copy()).timestamp == ""
    (course.settings.root / "t").write_text("2025-01-01")
    (course.folder / "timestamp.txt").symlink_to(course.settings.root / "t")
    assert course.graded(course.copy()).timestamp == ""


# --------------------------------------------------------------- who handed in


def test_students_are_the_folders_with_the_unit_sorted(tmp_path: Path) -> None:
    settings = load_settings(make_course(tmp_path))
    for name in ("b/u1", "a/u1", "c/u2", ".hidden/u1"):
        (tmp_path / "submitted" / name).mkdir(parents=True)
    (tmp_path / "submitted" / "file").write_text("")

    assert list_students(settings, "u1") == ("a", "b")
    assert list_students(settings, "u3") == ()


def test_excluded_students_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "nbgrader_config.py").write_text(
        "c = get_config()\nc.CourseDirectory.student_id_exclude = 'a,c'\n"
    )
    settings = load_settings(make_course(tmp_path))
    for name in ("a", "b", "c"):
        (tmp_path / "submitted" / name / "u1").mkdir(parents=True)

    assert list_students(settings, "u1") == ("b",)


@pytest.mark.parametrize(
    ("structure", "folder"),
    [
        ("{assignment_id}/{nbgrader_step}/{student_id}", "u1/submitted/ana"),
        ("{nbgrader_step}/s-{student_id}.d/{assignment_id}", "submitted/s-ana.d/u1"),
    ],
)
def test_students_are_found_in_any_folder_structure(
    tmp_path: Path, structure: str, folder: str
) -> None:
    settings = replace(load_settings(make_course(tmp_path)), structure=structure)
    (tmp_path / folder).mkdir(parents=True)

    assert list_students(settings, "u1") == ("ana",)


# ------------------------------------------------------- a student's own copy


def test_own_notebook_is_assignment_and_submission_at_once(course: Course) -> None:
    copy = course.copy(f=RIGHT)
    find(copy, "f_visible").metadata.tags = ["skip-execution"]
    find(copy, "essay").source += "\r"
    path = write(copy, course.settings.root / "home" / "nb.ipynb")
    (path.parent / "data.csv").write_text("1")

    received = receive_own(path)

    assert isinstance(received, tuple)
    assignment, submission = received
    assert (assignment.unit, submission.unit) == ("home", "home")
    assert assignment.files == ("data.csv",)
    assert assignment.folder == path.parent
    assert [cell.grade_id for cell in assignment.notebooks[0].cells] == IDS
    [mine] = submission.notebooks
    assert mine.name == "nb"
    assert "tags" not in find(mine.document, "f_visible").metadata
    assert "\r" not in find(mine.document, "essay").source
    assert mine.document.cells[-1].id == f"cell-{len(copy.cells) - 1}"
    assert submission.student == ""
    assert find(mine.document, "f").source == RIGHT


def test_own_notebook_knows_what_is_unanswered(course: Course) -> None:
    path = write(course.copy(f=RIGHT), course.settings.root / "nb.ipynb")

    received = receive_own(path)

    assert isinstance(received, tuple)
    assert received[1].notebooks[0].unanswered == {"essay"}


def test_own_notebook_that_says_its_unit_belongs_to_it(course: Course) -> None:
    copy = said(course.copy(), unit="u1", notebook="nb")
    path = write(copy, course.settings.root / "nb.ipynb")

    received = receive_own(path)

    assert isinstance(received, tuple)
    assert received[0].unit == received[1].unit == "u1"


def own_cell(course: Course, **info: Any) -> ReleasedCell | None:
    """What a student's own notebook is taken to say of its one cell."""
    meta = {"nbgrader": {"grade_id": "t", "grade": True, "points": 1} | info}
    course.put(
        json.dumps(with_cells({"cell_type": "code", "source": "", "metadata": meta})),
        "nb.ipynb",
    )
    received = receive_own(course.folder / "nb.ipynb")
    assert isinstance(received, tuple)
    cells = received[0].notebooks[0].cells
    return cells[0] if cells else None


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        (2, 2.0),
        (0.5, 0.5),
        (0, 0.0),
        (-1, 0.0),
        ("2", 0.0),
        (None, 0.0),
        ([1], 0.0),
        (float("nan"), 0.0),
        (float("inf"), 0.0),
        pytest.param(
            10**400,
            0.0,
            marks=pytest.mark.xfail(
                strict=True, raises=OverflowError, reason="a whole number is finite"
            ),
        ),
    ],
)
def test_points_in_an_own_notebook_count_when_they_are_a_number(
    course: Course, points: object, expected: float
) -> None:
    cell = own_cell(course, points=points)

    assert cell is not None
    assert (cell.max_points, cell.is_test) == (expected, True)


def test_what_an_own_notebook_says_counts_in_the_right_form_only(
    course: Course,
) -> None:
    assert own_cell(course, grade_id="") is None
    assert own_cell(course, grade_id=5) is None
    odd = own_cell(course, grade=1, locked="yes", checksum=[1])
    assert odd is not None
    assert (odd.is_grade, odd.is_locked, odd.checksum) == (False, False, "")
    plain = own_cell(course, solution=True, checksum="abc")
    assert plain is not None
    assert (plain.is_solution, plain.checksum) == (True, "abc")


@pytest.mark.parametrize(("content", "kind"), BAD_INPUT.values(), ids=BAD_INPUT)
def test_own_notebook_that_is_bad_input_is_a_note(
    course: Course, content: Any, kind: str
) -> None:
    course.put(content, "nb.ipynb")

    assert receive_own(course.folder / "nb.ipynb") == Note(kind, "nb.ipynb")


def test_own_notebook_over_the_limit_is_a_note(course: Course) -> None:
    course.put(" " * (2**20 + 1), "nb.ipynb")

    received = receive_own(course.folder / "nb.ipynb", max_mib=1)

    assert received == Note("too_large", "nb.ipynb")


# ------------------------------------------------------------------- known bugs


def storable(submission: Submission) -> None:
    """What the pipeline does with everything that crosses."""
    for book in submission.notebooks:
        nbformat.writes(book.document).encode()
    for note in submission.notes:
        note.subject.encode()
    for name in submission.files:
        name.encode()


ATTACHMENTS = {
    "number": {"a.png": 5},
    "nested": {"a.png": {"image/png": {"deep": [{}]}}},
    "surrogate": {"a.png": {"image/png": "\ud800"}},
}


@pytest.mark.parametrize("attachments", ATTACHMENTS.values(), ids=ATTACHMENTS)
def test_attachments_of_a_wrong_shape_do_not_cross(
    course: Course, attachments: dict[str, Any]
) -> None:
    cell = {"cell_type": "markdown", "source": "x", "attachments": attachments}

    received = course.graded(with_cells(cell))

    storable(received)
    nbformat.validate(received.notebooks[0].document)


def test_deeply_nested_attachments_never_raise(course: Course) -> None:
    nested = '{"a":' * 600 + "1" + "}" * 600
    cell = f'{{"cell_type": "markdown", "source": "", "attachments": {nested}}}'

    received = course.receive(json.dumps(with_cells(0)).replace("[0]", f"[{cell}]"))

    assert isinstance(received, Submission | Unreadable)


@pytest.mark.parametrize(
    "metadata", [{"kernelspec": {"name": "\ud800"}}, {"curso": {"unit": "\ud800"}}]
)
def test_lone_surrogate_in_metadata_can_be_written(
    course: Course, metadata: dict[str, Any]
) -> None:
    copy = json.loads(nbformat.writes(course.copy())) | {"metadata": metadata}

    received = course.receive(json.dumps(copy))

    if isinstance(received, Submission):
        storable(received)
    else:
        received.reason.subject.encode()


@pytest.mark.parametrize("name", [b"\xff.ipynb", b"\xff.txt"])
def test_file_name_that_is_not_utf8_can_be_written(course: Course, name: bytes) -> None:
    course.put(course.copy(f=RIGHT), os.fsdecode(name))
    if not name.endswith(b"ipynb"):
        course.put(course.copy(f=RIGHT), "nb.ipynb")

    storable(course.graded())


def test_numbered_notebooks_of_a_unit_are_not_mixed_up(tmp_path: Path) -> None:
    make_course(tmp_path)
    folder = tmp_path / "source" / "u1"
    (folder / "nb.ipynb").rename(folder / "tarea 1.ipynb")
    write(source_notebook(), folder / "tarea 2.ipynb")
    course = Course.__new__(Course)
    course.settings = load_settings(tmp_path)
    course.assignment = build_assignment(course.settings, "u1")
    course.folder = course.settings.submitted_folder("ana", "u1")

    received = course.graded(course.copy(f=RIGHT), name="tarea 1 (1).ipynb")

    assert [book.name for book in received.notebooks] == ["tarea 1"]
    assert ("notebook_missing", "tarea 2") in kinds(received)


def test_own_cell_like_a_deleted_locked_cell_still_runs(tmp_path: Path) -> None:
    setup = graded("import numpy as np\nimport random", "setup", locked=True)
    course = Course(tmp_path, notebook(setup, solution_cell(), check_cell()))
    copy = course.copy(f=RIGHT)
    own = "import numpy as np\nimport random\nimport math"
    copy.cells[0] = new_code_cell(own)

    received = course.graded(copy)

    assert own in sources(received.notebooks[0].document)


def test_link_to_a_folder_is_reported(course: Course) -> None:
    course.put(course.copy(), "nb.ipynb")
    (course.folder / "etc").symlink_to("/etc")

    received = course.graded()

    assert received.files == ()
    assert kinds(received) == [("file_ignored", "etc")]


def test_each_cell_is_parsed_once_when_metadata_are_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = [solution_cell(f"def f{n}(x):\n    return x", f"f{n}") for n in range(10)]
    course = Course(tmp_path, notebook(*wanted))
    own = [{"cell_type": "code", "source": f"x = {n}"} for n in range(50)]
    parsed: list[str] = []

    def parse(text: str) -> ast.Module:
        parsed.append(text)
        return ast.parse(text)

    fake = SimpleNamespace(**{**vars(ast), "parse": parse})
    monkeypatch.setattr(matching, "ast", fake)

    course.graded(with_cells(*own))

    assert len(parsed) <= len(own) + len(wanted)


def test_brackets_in_the_name_of_a_unit_are_no_pattern(tmp_path: Path) -> None:
    settings = load_settings(make_course(tmp_path, "tarea [1]"))
    hand_in(tmp_path, "ana", source_notebook(), "tarea [1]")

    assert list_students(settings, "tarea [1]") == ("ana",)


OWN_BROKEN = {
    "no metadata": {"cell_type": "code", "source": "x = 1"},
    "metadata is a list": {"cell_type": "code", "source": "x", "metadata": [1]},
    "nbgrader is a text": {
        "cell_type": "code",
        "source": "x",
        "metadata": {"nbgrader": "f"},
    },
    "points is a text": {
        "cell_type": "code",
        "source": "x",
        "metadata": {"nbgrader": {"grade_id": "f", "grade": True, "points": "x"}},
    },
    "numbers among lines": {"cell_type": "raw", "source": ["a", 5], "metadata": {}},
    "attachments is a list": {
        "cell_type": "markdown",
        "source": "x",
        "metadata": {},
        "attachments": ["a"],
    },
}


@pytest.mark.filterwarnings("ignore::nbformat.warnings.MissingIDFieldWarning")
@pytest.mark.parametrize("cell", OWN_BROKEN.values(), ids=OWN_BROKEN)
def test_own_notebook_with_a_cell_in_bad_shape_never_raises(
    course: Course, cell: dict[str, Any]
) -> None:
    course.put(with_cells(cell), "nb.ipynb")

    received = receive_own(course.folder / "nb.ipynb")

    assert isinstance(received, tuple | Note)


@pytest.mark.parametrize("minor", [None, "5", 5.5])
def test_own_notebook_with_an_odd_minor_version_never_raises(
    course: Course, minor: object
) -> None:
    copy = json.loads(nbformat.writes(course.copy())) | {"nbformat_minor": minor}
    course.put({k: v for k, v in copy.items() if v is not None}, "nb.ipynb")

    received = receive_own(course.folder / "nb.ipynb")

    assert isinstance(received, tuple | Note)


def test_long_cell_is_not_compared_with_a_short_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cell of 14 MB takes ten seconds for each answer that is missing."""
    course = Course(tmp_path, notebook(essay_cell("x"), solution_cell("x = 1", "g")))
    lengths: list[int] = []

    class Matcher(difflib.SequenceMatcher[str]):
        def __init__(self, junk: None, a: str, b: str) -> None:
            lengths.append(max(len(a), len(b)))
            super().__init__(junk, a, b)

    fake = SimpleNamespace(SequenceMatcher=Matcher)
    monkeypatch.setattr(matching, "difflib", fake)
    long = "x = 1\n" * 1000

    received = course.graded(
        with_cells(
            {"cell_type": "code", "source": long},
            {"cell_type": "markdown", "source": long},
            {"cell_type": "code", "source": "y = 1"},
        )
    )

    assert [kind for kind, _ in kinds(received)] == ["cell_deleted"] * 2
    assert lengths
    assert max(lengths) < 1000


def test_note_holds_no_more_than_a_name(course: Course) -> None:
    copy = json.loads(nbformat.writes(course.copy()))
    copy["metadata"]["kernelspec"] = {"name": "x" * 10**6}

    assert len(course.graded(copy).notes[0].subject) < 1000


@pytest.fixture
def plain_course() -> Iterator[Course]:
    """A course whose files are read without the rights of root."""
    with tempfile.TemporaryDirectory() as folder:
        course = Course(Path(folder))
        is_root = os.geteuid() == 0
        if is_root:
            for path in (Path(folder), *Path(folder).rglob("*")):
                os.chown(path, NOBODY, NOBODY)
            os.seteuid(NOBODY)
        try:
            yield course
        finally:
            for path in course.folder.rglob("*"):
                path.chmod(0o700)
            if is_root:
                os.seteuid(0)


def test_folder_that_cannot_be_listed_is_refused(plain_course: Course) -> None:
    plain_course.put(plain_course.copy(), "nb.ipynb")
    plain_course.folder.chmod(0)
    try:
        received = plain_course.receive()
    finally:
        plain_course.folder.chmod(0o700)

    assert isinstance(received, Unreadable)


def test_file_that_cannot_be_read_is_ignored(plain_course: Course) -> None:
    plain_course.put(plain_course.copy(), "nb.ipynb")
    plain_course.put("1", "a.csv")
    (plain_course.folder / "a.csv").chmod(0)

    received = plain_course.graded()

    assert received.files == ()
    assert kinds(received) == [("file_ignored", "a.csv")]


def test_folder_that_cannot_be_entered_is_ignored(plain_course: Course) -> None:
    plain_course.put(plain_course.copy(), "nb.ipynb")
    (plain_course.folder / "data").mkdir()
    plain_course.put("1", "data/a.csv")
    (plain_course.folder / "data").chmod(0o400)
    try:
        received = plain_course.graded()
    finally:
        (plain_course.folder / "data").chmod(0o700)

    assert received.files == ()


def test_notebook_that_cannot_be_read_is_refused(plain_course: Course) -> None:
    plain_course.put(plain_course.copy(), "nb.ipynb")
    (plain_course.folder / "nb.ipynb").chmod(0)

    assert plain_course.refused() == Note("no_permission", "nb.ipynb")
