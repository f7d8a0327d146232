"""What one student may see of their marks: one HTML page per unit.

Own code, points, messages of visible tests; of hidden tests only the name of the
check and its hint. Nothing of another student is at hand here.
"""

import base64
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jinja2
import nbformat
from babel.numbers import format_decimal
from nbformat import NotebookNode

from autograder.build import list_exercises
from autograder.records import (
    Assignment,
    CellMark,
    Exercise,
    Marks,
    Status,
    grade_id_of,
)
from autograder.settings import Settings
from autograder.texts import (
    LABELS,
    POINTS,
    load_catalogue,
    note_texts,
    outcome_text,
    translate,
    visible_message,
)

ANSI = re.compile(r"\x1b\[[0-9;]*m")
MAX_OUTPUT = 4000


@dataclass(frozen=True)
class _Line:
    """One graded cell as a row of the page."""

    kind: str
    points: str
    max_points: str
    outcome: str
    is_good: bool
    message: str


@dataclass(frozen=True)
class _Card:
    """One exercise as a card of the page."""

    title: str
    points: str
    max_points: str
    state: str
    lines: tuple[_Line, ...]
    code: str
    text: str
    images: tuple[str, ...]
    comment: str


def render_feedback(
    assignment: Assignment,
    marks: Marks,
    documents: dict[str, NotebookNode],
    comments: dict[tuple[str, str], str] | None = None,
    language: str = "es",
) -> str:
    """The page of one student.

    Parameters
    ----------
    documents
        The executed notebooks by name; what is missing is left out of the page.
    comments
        What a person wrote, by (notebook, grade id).
    """
    exercises = list_exercises(assignment)
    cards = [
        _card(
            exercise, marks, documents.get(exercise.notebook), comments or {}, language
        )
        for exercise in exercises
    ]
    return template("feedback.html", language).render(
        marks=marks,
        score=number(marks.score, language),
        max_score=_points(marks.max_score, language),
        penalty=_points(marks.late_penalty, language) if marks.late_penalty else "",
        notes=note_texts(marks.notes, language),
        is_unreadable=marks.status is Status.UNREADABLE,
        n_waiting=sum(cell.needs_manual_grade for cell in marks.cells),
        cards=cards,
    )


def write_feedback(
    settings: Settings,
    assignment: Assignment,
    marks: Marks,
    comments: dict[tuple[str, str], str],
    language: str = "es",
) -> Path:
    """Write the page of one student into the course's feedback folder."""
    autograded = settings.autograded_folder(marks.student, marks.unit)
    documents = {
        path.stem: nbformat.read(path, as_version=4)
        for path in sorted(autograded.glob("*.ipynb"))
    }
    page = render_feedback(assignment, marks, documents, comments, language)
    folder = settings.feedback_folder(marks.student, marks.unit)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "feedback.html"
    path.write_text(page, encoding="utf-8", errors="replace")
    return path


def zip_feedback(
    pages: Mapping[str, Path], prefixes: Mapping[str, str], unit: str, target: Path
) -> None:
    """All pages in one archive, named as the students' files were when they came.

    Parameters
    ----------
    pages, prefixes
        By student; without a prefix a page lies in a folder of the student's name.
    """
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for student, page in sorted(pages.items()):
            prefix = prefixes.get(student, f"{student}/")
            archive.write(page, f"{prefix}{unit}.html")


def template(name: str, language: str = "es") -> jinja2.Template:
    """One of the package's page templates; everything put into it is escaped."""
    catalogue = load_catalogue(language)
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("autograder"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.globals |= {
        "language": language.replace("_", "-"),  # pt_BR is pt-BR in HTML
        "_": catalogue.gettext,
        "ngettext": catalogue.ngettext,
    }
    return environment.get_template(name)


def number(value: float, language: str = "es") -> str:
    """A number with at most two decimals, with the decimal sign of the language."""
    return format_decimal(value, "0.##", locale=language)


def _points(value: float, language: str) -> str:
    """A number of points, with its unit."""
    text = number(value, language)
    n = int(text) if text.isdigit() else 2  # what is not whole is several
    return translate(POINTS, language, n).format(text)


def _card(
    exercise: Exercise,
    marks: Marks,
    document: NotebookNode | None,
    comments: dict[tuple[str, str], str],
    language: str,
) -> _Card:
    mine = marks.of(exercise)
    earned = marks.points_of(exercise)
    is_secret = exercise.answer.is_hidden
    answer = None if is_secret else _find_cell(document, exercise.grade_id)
    sources = {cell.grade_id: cell.source for cell in exercise.cells}
    is_full = earned >= exercise.max_points
    state = "full" if is_full else "none" if earned == 0 else "part"
    if any(cell.needs_manual_grade for cell in mine):
        state = "wait"
    shown = [answer] + [_find_cell(document, t.grade_id) for t in _visible(exercise)]
    return _Card(
        title=exercise.title,
        points=number(earned, language),
        max_points=number(exercise.max_points, language),
        state=state,
        lines=tuple(
            _free_line(cell, marks.has_answered(exercise), language)
            if cell.grade_id == exercise.grade_id
            else _line(cell, sources[cell.grade_id], language)
            for cell in mine
        ),
        code=answer.source if answer else "",
        text="".join(_output_text(c, c is answer) for c in shown)[:MAX_OUTPUT],
        images=tuple(image for cell in shown for image in _output_images(cell)),
        comment=comments.get((exercise.notebook, exercise.grade_id), ""),
    )


def _visible(exercise: Exercise) -> list[Any]:
    return [test for test in exercise.tests if not test.is_hidden]


def _free_line(cell: CellMark, is_answered: bool, language: str) -> _Line:
    """The row of an answer that a person grades."""
    state = "waits" if cell.needs_manual_grade else "by_hand"
    return replace(
        _line(cell, "", language),
        kind=translate(LABELS["free"], language),
        outcome=translate(LABELS[state if is_answered else "unanswered"], language),
        is_good=bool(cell.points) and is_answered,
        message="",
    )


def _line(cell: CellMark, source: str, language: str) -> _Line:
    is_good = cell.points is not None and cell.points >= cell.max_points
    return _Line(
        kind=translate(LABELS["hidden" if cell.is_hidden else "visible"], language),
        points="—" if cell.points is None else number(cell.points, language),
        max_points=number(cell.max_points, language),
        outcome=outcome_text(cell, language),
        is_good=is_good,
        message=visible_message(cell, language, source),
    )


def _find_cell(document: NotebookNode | None, grade_id: str) -> NotebookNode | None:
    for cell in document.cells if document else ():
        if grade_id_of(cell) == grade_id:
            return cell
    return None


def _output_text(cell: NotebookNode | None, with_errors: bool) -> str:
    """What a cell printed, its value and perhaps its error, without colours."""
    parts = []
    for output in cell.get("outputs", []) if cell else []:
        data = _data(output)
        if output.get("output_type") == "stream":
            parts.append(str(output.get("text") or ""))
        elif output.get("output_type") == "error" and with_errors:
            lines = output.get("traceback")
            parts += [f"{x}\n" for x in (lines if isinstance(lines, list) else ())]
        elif "text/plain" in data and "image/png" not in data:
            parts.append(f"{data['text/plain']}\n")
    return ANSI.sub("", "".join(parts))


def _output_images(cell: NotebookNode | None) -> list[str]:
    """The PNG images that a cell drew, as base64 text that decodes."""
    images = []
    for output in cell.get("outputs", []) if cell else []:
        image = _data(output).get("image/png")
        if isinstance(image, str):
            try:
                images.append(base64.b64encode(base64.b64decode(image)).decode())
            except ValueError:
                continue
    return images


def _data(output: NotebookNode) -> dict[str, Any]:
    """An output's data; empty when a process sent something else in their place."""
    data = output.get("data", {})
    return data if isinstance(data, dict) else {}
