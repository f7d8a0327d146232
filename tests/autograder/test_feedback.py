"""One student's page: what is theirs, nothing of a hidden test, nothing that runs."""

import base64
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jinja2
import pytest
from babel.messages.pofile import read_po
from nbformat import NotebookNode
from nbformat.v4 import new_output

from autograder.build import build_assignment
from autograder.feedback import (
    MAX_OUTPUT,
    number,
    render_feedback,
    template,
    write_feedback,
)
from autograder.records import (
    Assignment,
    CellMark,
    Marks,
    Note,
    Outcome,
    Unreadable,
)
from autograder.scoring import mark_unreadable
from autograder.settings import Settings, load_settings
from autograder.texts import CATALOGUE, LOCALE
from tests.factories import (
    RIGHT,
    build,
    check_cell,
    find,
    hand_in,
    make_course,
    notebook,
    solution_cell,
    source_notebook,
    student_copy,
    write,
)

HOSTILE = "</pre></details><script>alert(1)</script><img src=x onerror='a'>\"&{{ 7*7 }}"
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(20)).decode()
PASSED = CellMark("nb", "f_visible", 1.0, 1.0, Outcome.PASSED)
HIDDEN = CellMark("nb", "f_oculta", 2.0, 2.0, Outcome.PASSED, is_hidden=True)
ESSAY = CellMark("nb", "essay", None, 3.0, Outcome.NOT_RUN, needs_manual_grade=True)


class _Page(HTMLParser):
    """The text of a page, its tags, its images and the classes of its cards."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text = ""
        self.tags: list[str] = []
        self.images: list[dict[str, str | None]] = []
        self.cards: list[str] = []
        self.open = self.boxes = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.tags.append(tag)
        if tag == "img":
            self.images.append(attributes)
        if tag == "details":
            self.open += "open" in attributes
        classes = (attributes.get("class") or "").split()
        self.boxes += "box" in classes
        if tag == "section" and "card" in classes:
            self.cards.append(classes[-1])

    def handle_endtag(self, tag: str) -> None:
        self.text += " " if tag in ("span", "style") else ""

    def handle_data(self, data: str) -> None:
        self.text += data


SECRET = """# prueba oculta
### BEGIN HIDDEN TESTS
with check("números grandes", hint="¿y el signo?"):
    assert f(41) == 42, 'secreto'
### END HIDDEN TESTS"""


@pytest.fixture(scope="module")
def assignment(tmp_path_factory: pytest.TempPathFactory) -> Assignment:
    source = source_notebook()
    find(source, "f_oculta").source = SECRET
    return build(tmp_path_factory.mktemp("course"), source)


def executed(assignment: Assignment, answer: str = RIGHT) -> NotebookNode:
    """The notebook after grading, hidden test included."""
    document = student_copy(assignment, f=answer)
    hidden = find(document, "f_oculta")
    hidden.source = find(assignment.notebooks[0].graded, "f_oculta").source
    return document


def marks(*cells: CellMark, **more: Any) -> Marks:
    return Marks("ana", "u1", cells or (PASSED, HIDDEN, ESSAY), **more)


def page(
    assignment: Assignment, mine: Marks, document: NotebookNode, **more: Any
) -> _Page:
    return _Page(render_feedback(assignment, mine, {"nb": document}, **more))


def test_page_shows_points_answer_and_output_of_each_exercise(
    assignment: Assignment,
) -> None:
    document = executed(assignment)
    find(document, "f").outputs = [new_output("stream", text="hola\n")]
    find(document, "f_visible").outputs = [
        new_output("execute_result", {"text/plain": "0.5"}, execution_count=1)
    ]
    half = replace(PASSED, points=0.5)

    got = page(assignment, marks(half, HIDDEN, ESSAY), document)

    text = " ".join(got.text.split())
    assert "Resultados · u1 Estudiante: ana 2,5 / 6 puntos" in text
    assert "E1 Sumar uno 2,5 / 3" in text
    assert "prueba visible 0,5 / 1 ✗ superada" in text
    assert "prueba oculta 2 / 2 ✓ superada" in text
    assert f"Tu respuesta {' '.join(RIGHT.split())} Salida hola 0.5" in text
    assert "E2 Explica 0 / 3 respuesta libre — / 3 … por corregir a mano" in text
    assert "Falta corregir a mano 1 respuesta: la nota es provisional." in text
    assert got.cards == ["part", "wait"]


@pytest.mark.parametrize(
    ("visible", "hidden", "state", "is_open"),
    [(1.0, 2.0, "full", 0), (0.0, 2.0, "part", 1), (0.0, 0.0, "none", 1)],
)
def test_card_tells_how_much_was_earned(
    assignment: Assignment, visible: float, hidden: float, state: str, is_open: int
) -> None:
    cells = (replace(PASSED, points=visible), replace(HIDDEN, points=hidden))
    essay = replace(ESSAY, points=3.0, needs_manual_grade=False)

    got = page(assignment, marks(*cells, essay), executed(assignment))

    assert got.cards == [state, "full"]
    assert got.open == is_open
    assert got.boxes == 0


@pytest.mark.parametrize(
    ("unanswered", "row"),
    [
        ((), "respuesta libre 2 / 3 ✓ corregida a mano"),
        (("nb/essay",), "respuesta libre 2 / 3 ✗ sin responder"),
    ],
)
def test_free_answer_says_how_it_was_graded(
    assignment: Assignment, unanswered: tuple[str, ...], row: str
) -> None:
    essay = replace(ESSAY, points=2.0, needs_manual_grade=False)

    got = page(
        assignment,
        marks(PASSED, HIDDEN, essay, unanswered=unanswered),
        executed(assignment),
    )

    assert row in " ".join(got.text.split())


def test_english_page_has_no_spanish_label(assignment: Assignment) -> None:
    failed = replace(
        HIDDEN,
        points=0.0,
        outcome=Outcome.FAILED,
        error="CheckFailed",
        message="«números grandes»: x\nPista: ¿y el signo?",
    )

    page_text = render_feedback(
        assignment,
        marks(PASSED, failed, ESSAY, late_penalty=0.25, notes=(Note("reordered"),)),
        {"nb": executed(assignment)},
        {("nb", "f"): "well done"},
        "en",
    )

    got = _Page(page_text)
    with (LOCALE / CATALOGUE.format("en")).open("rb") as file:
        messages = [m for m in read_po(file, locale="en") if isinstance(m.id, str)]
    words = {m.id for m in messages if m.id and m.id != m.string}
    assert {"Resultados", "prueba oculta", "Pista"} <= words
    assert '<html lang="en">' in page_text
    assert not [word for word in words if word in got.text]
    assert "Results" in got.text
    assert "0.75 / 6 points" in got.text
    assert "1 answer waits for a person" in got.text
    assert "«números grandes»\nHint: ¿y el signo?" in got.text
    assert "Comment: well done" in got.text
    assert "−0.25" in got.text
    assert "another order" in got.text


def test_hint_is_spanish_on_the_spanish_page(assignment: Assignment) -> None:
    failed = replace(
        PASSED, points=0.0, error="CheckFailed", message="«a»: x\nPista: mira"
    )

    assert "Pista: mira" in page(assignment, marks(failed), executed(assignment)).text


def test_nothing_of_a_hidden_test_but_name_and_hint_is_on_the_page(
    assignment: Assignment,
) -> None:
    document = executed(assignment)
    hidden = find(document, "f_oculta")
    hidden.outputs = [
        new_output("stream", text="f(41) = 7"),
        new_output("display_data", {"image/png": PNG, "text/plain": "<Figure 41>"}),
        new_output(
            "error",
            ename="CheckFailed",
            evalue="secreto",
            traceback=["assert f(41) == 42, 'secreto'"],
        ),
    ]
    failed = replace(
        HIDDEN,
        points=0.0,
        outcome=Outcome.FAILED,
        error="CheckFailed",
        message="«números grandes»: f(41): esperaba 42, secreto\nPista: ¿y el signo?",
    )

    text = render_feedback(
        assignment, marks(PASSED, failed, ESSAY), {"nb": document}, {}
    )

    assert "«números grandes»\nPista: ¿y el signo?" in _Page(text).text
    for secret in ("41", "42", "secreto", "HIDDEN", "# prueba oculta", PNG):
        assert secret not in text.split("</style>")[1], secret


@pytest.mark.parametrize("error", ["AssertionError", "NameError", "", "CellTimeout"])
def test_message_of_a_hidden_test_without_a_check_is_not_shown(
    assignment: Assignment, error: str
) -> None:
    failed = replace(HIDDEN, points=0.0, error=error, message="secreto 41\nPista: 42")

    got = page(assignment, marks(PASSED, failed, ESSAY), executed(assignment))

    assert "Una prueba oculta no se supera." in got.text
    assert "secreto" not in got.text
    assert "42" not in got.text


def test_hostile_text_is_shown_and_does_nothing(assignment: Assignment) -> None:
    document = executed(assignment, answer=f"# {HOSTILE}")
    find(document, "f_visible").outputs = [
        new_output("stream", text=HOSTILE),
        new_output("error", ename="E", evalue="", traceback=[HOSTILE]),
        new_output("display_data", {"text/html": HOSTILE, "text/plain": HOSTILE}),
        new_output("display_data", {"image/png": f'{PNG}" onerror="x'}),
        new_output("display_data", {"image/svg+xml": HOSTILE}),
    ]
    failed = replace(PASSED, points=0.0, error=HOSTILE, message=HOSTILE)
    notes = (Note("renamed", HOSTILE), Note("kernel_replaced", HOSTILE))
    mine = replace(marks(failed, HIDDEN, ESSAY, notes=notes), student=HOSTILE)

    text = render_feedback(assignment, mine, {"nb": document}, {("nb", "f"): HOSTILE})

    got = _Page(text)
    assert got.tags.count("script") == 0
    assert "<script" not in text
    assert all(set(image) == {"src", "alt"} for image in got.images)
    assert got.text.count(HOSTILE) >= 7
    assert "49" not in got.text


def test_page_needs_no_other_file_and_no_network(assignment: Assignment) -> None:
    text = render_feedback(assignment, marks(), {"nb": executed(assignment)})

    assert not re.findall(r"https?://|<link|<script|@import|url\(", text)


def test_drawings_of_answer_and_visible_tests_are_shown(assignment: Assignment) -> None:
    document = executed(assignment)
    find(document, "f").outputs = [
        new_output("display_data", {"image/png": PNG, "text/plain": "<Figure 1>"}),
        new_output("display_data", {"image/png": "no es base64"}),
        new_output("display_data", {"image/png": "ñ"}),
        new_output("display_data", {"image/png": [PNG]}),
    ]
    find(document, "f_visible").outputs = [
        new_output("execute_result", {"image/png": PNG[:12]}, execution_count=1)
    ]

    got = page(assignment, marks(), document)

    sources = [str(image["src"]) for image in got.images]
    assert f"data:image/png;base64,{PNG}" in sources
    assert f"data:image/png;base64,{PNG[:12]}" in sources
    assert {image["alt"] for image in got.images} == {"Salida: E1 Sumar uno"}
    assert "<Figure 1>" not in got.text
    for source in sources:
        base64.b64decode(source.split(",")[1], validate=True)


def test_error_of_a_visible_test_is_told_once_and_that_of_the_answer_in_full(
    assignment: Assignment,
) -> None:
    document = executed(assignment)
    for grade_id in ("f", "f_visible"):
        find(document, grade_id).outputs = [
            new_output("stream", text=f"print de {grade_id}"),
            new_output("error", ename="E", evalue="", traceback=[f"E: {grade_id}"]),
        ]

    text = render_feedback(assignment, marks(), {"nb": document})

    # the message of the visible test stands in the table
    assert '<pre tabindex="0">print de fE: f\nprint de f_visible</pre>' in text


def test_colours_of_a_terminal_are_taken_out_and_long_output_is_cut(
    assignment: Assignment,
) -> None:
    document = executed(assignment)
    find(document, "f").outputs = [
        new_output("error", ename="E", evalue="", traceback=["\x1b[0;31mE\x1b[0m: x"]),
        new_output("stream", text="☺" * MAX_OUTPUT * 2),
    ]

    got = page(assignment, marks(), document)

    assert "\x1b" not in got.text
    assert "E: x" in got.text
    assert got.text.count("☺") == MAX_OUTPUT - len("E: x\n")


def test_comments_stand_with_their_exercise(assignment: Assignment) -> None:
    comments = {("nb", "essay"): "Muy bien", ("other", "f"): "no es de aquí"}

    got = page(assignment, marks(), executed(assignment), comments=comments)

    assert "Comentario: Muy bien" in got.text
    assert got.text.index("Muy bien") > got.text.index("E2 Explica")
    assert "no es de aquí" not in got.text


def test_penalty_is_told_only_when_there_is_one(assignment: Assignment) -> None:
    late = page(assignment, marks(late_penalty=0.5), executed(assignment))

    assert "Descuento por entrega tardía: −0,5 puntos" in late.text
    assert "2,5 / 6" in late.text
    assert late.boxes == 2
    assert "Descuento" not in page(assignment, marks(), executed(assignment)).text


def test_one_point_is_one_point(assignment: Assignment) -> None:
    late = marks(PASSED, late_penalty=1.0)

    text = page(assignment, late, executed(assignment)).text

    assert "0 / 1 punto\n" in text
    assert "−1 punto\n" in text


def test_several_answers_that_wait_are_several(assignment: Assignment) -> None:
    waiting = marks(ESSAY, replace(ESSAY, grade_id="f"))

    text = page(assignment, waiting, executed(assignment)).text

    assert "Falta corregir a mano 2 respuestas: la nota" in text


def test_notes_are_told(assignment: Assignment) -> None:
    mine = marks(notes=(Note("cell_edited", "f_visible"), Note("reordered")))

    got = page(assignment, mine, executed(assignment))

    assert "Avisos sobre tu entrega" in got.text
    assert "«f_visible» es del curso" in got.text
    assert "otro orden" in got.text


def test_unreadable_submission_says_why(assignment: Assignment) -> None:
    reason = Note("not_json", "nb.ipynb")
    mine = mark_unreadable(assignment, Unreadable("ana", "u1", reason))

    got = _Page(render_feedback(assignment, mine, {}))

    assert "Tu entrega no se ha podido corregir" in got.text
    assert "«nb.ipynb» no se puede leer" in got.text
    assert "0 / 6" in got.text
    assert got.cards == ["none", "none"]
    assert "Tu respuesta" not in got.text


def test_cell_that_is_missing_from_the_document_is_left_out(
    assignment: Assignment,
) -> None:
    document = executed(assignment)
    document.cells = [c for c in document.cells if "nbgrader" not in c.metadata]

    assert "Tu respuesta" not in page(assignment, marks(), document).text


@pytest.mark.parametrize(
    ("value", "spanish", "english"),
    [
        (2.0, "2", "2"),
        (0.0, "0", "0"),
        (10.0, "10", "10"),
        (100, "100", "100"),
        (0.5, "0,5", "0.5"),
        (1 / 3, "0,33", "0.33"),
        (2.999, "3", "3"),
        (-0.25, "-0,25", "-0.25"),
    ],
)
def test_numbers_have_at_most_two_decimals(
    value: float, spanish: str, english: str
) -> None:
    assert (number(value), number(value, "en")) == (spanish, english)


def test_template_does_not_hide_a_missing_name() -> None:
    with pytest.raises(jinja2.UndefinedError, match="is undefined"):
        template("feedback.html").render()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(make_course(tmp_path))


def test_page_is_written_into_the_students_feedback_folder(settings: Settings) -> None:
    assignment = build_assignment(settings, "u1")
    document = executed(assignment)
    write(document, settings.autograded_folder("ana", "u1") / "nb.ipynb")
    other = student_copy(assignment, f="de_luis = 1")
    hand_in(settings.root, "luis", other)

    path = write_feedback(settings, assignment, marks(), {("nb", "f"): "¡Ñandú!"})

    assert path == settings.feedback_folder("ana", "u1") / "feedback.html"
    text = path.read_text(encoding="utf-8")
    assert text == render_feedback(
        assignment, marks(), {"nb": document}, {("nb", "f"): "¡Ñandú!"}
    )
    assert "de_luis" not in text


def test_page_is_written_over_the_old_one_and_without_executed_notebooks(
    settings: Settings,
) -> None:
    assignment = build_assignment(settings, "u1")
    write_feedback(settings, assignment, marks(), {("nb", "f"): "old"})

    path = write_feedback(settings, assignment, marks(), {}, "en")

    text = path.read_text(encoding="utf-8")
    assert "old" not in text.split("</style>")[1]
    assert "Results" in text


# ------------------------------------------------------------------- known bugs


def test_hidden_test_without_an_answer_before_it_is_not_shown(tmp_path: Path) -> None:
    """nbgrader courses often leave the answer cell unmarked."""
    assignment = build(tmp_path, notebook(check_cell(SECRET, "alone"), solution_cell()))
    document = assignment.notebooks[0].graded
    find(document, "alone").outputs = [
        new_output("error", ename="E", evalue="", traceback=["f(41) secreto"])
    ]
    failed = CellMark("nb", "alone", 0.0, 1.0, Outcome.FAILED, is_hidden=True)

    text = render_feedback(assignment, marks(failed), {"nb": document})

    for secret in ("41", "secreto", "HIDDEN"):
        assert secret not in text.split("</style>")[1]


@pytest.mark.parametrize("message", ["«41»: x", "«números grandes»: x\nPista: 41"])
def test_student_code_cannot_speak_in_the_name_of_a_hidden_test(
    assignment: Assignment, message: str
) -> None:
    """def f(x): raise course_utils.checks.CheckFailed("x", name=repr(x))"""
    failed = replace(HIDDEN, points=0.0, error="CheckFailed", message=message)

    text = render_feedback(assignment, marks(failed), {"nb": executed(assignment)})

    assert "41" not in text.split("</style>")[1]


def test_lone_surrogate_in_a_message_can_be_written(settings: Settings) -> None:
    assignment = build_assignment(settings, "u1")
    failed = replace(PASSED, points=0.0, error="Exception", message="\ud800")

    assert write_feedback(settings, assignment, marks(failed), {}).exists()


ODD_OUTPUTS = {
    "traceback of numbers": {"output_type": "error", "traceback": [1, None]},
    "text is null": {"output_type": "stream", "name": "stdout", "text": None},
    "data is a list": {"output_type": "display_data", "data": ["text/plain"]},
    "no data": {"output_type": "display_data"},
}


@pytest.mark.parametrize("output", ODD_OUTPUTS.values(), ids=ODD_OUTPUTS)
def test_output_in_bad_shape_does_not_stop_the_class(
    assignment: Assignment, output: dict[str, Any]
) -> None:
    """A student's process can send any message in the kernel's name."""
    document = executed(assignment)
    find(document, "f").outputs = [NotebookNode(output)]

    assert "E1 Sumar uno" in page(assignment, marks(), document).text


def test_traceback_that_is_a_number_does_not_stop_the_class(
    assignment: Assignment,
) -> None:
    document = executed(assignment)
    find(document, "f").outputs = [NotebookNode(output_type="error", traceback=5)]

    assert "E1 Sumar uno" in page(assignment, marks(), document).text
