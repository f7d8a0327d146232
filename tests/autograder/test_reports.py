"""What staff see of a class."""

import base64
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pytest
from matplotlib.figure import Figure

from autograder import reports
from autograder.analysis import share_earned
from autograder.build import list_exercises
from autograder.records import (
    CellMark,
    Exercise,
    Marks,
    Note,
    Outcome,
    Status,
)
from autograder.reports import (
    LOOK_NOTES,
    UnitReport,
    needs_a_look,
    render_report,
)
from autograder.similarity import Pair
from tests.factories import build

HOSTILE = "<script>alert(1)</script>\"'&"


@pytest.fixture(scope="module")
def exercises(tmp_path_factory: pytest.TempPathFactory) -> tuple[Exercise, ...]:
    return list_exercises(build(tmp_path_factory.mktemp("course")))


def marks(
    student: str, visible: float, hidden: float, essay: float | None, **more: Any
) -> Marks:
    cells = (
        CellMark("nb", "f_visible", visible, 1.0, Outcome.PASSED),
        CellMark("nb", "f_oculta", hidden, 2.0, Outcome.PASSED, is_hidden=True),
        CellMark(
            "nb", "essay", essay, 3.0, Outcome.NOT_RUN, needs_manual_grade=essay is None
        ),
    )
    return Marks(student, "u1", cells, **more)


ANA = marks("ana", 1.0, 1.0, 1.0, seconds=1.234, peak_mib=100.4)
LUIS = marks("luis", 1.0, 0.0, None)
ZOE = replace(
    marks("zoe", 0.0, 0.0, 0.0),
    status=Status.UNREADABLE,
    notes=(Note("not_json", "nb.ipynb"),),
)


class _Tables(HTMLParser):
    """The rows of all tables, and the images."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.images: list[dict[str, str | None]] = []
        self.cell = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.cell = True
            self.rows[-1].append("")
        if tag == "img":
            self.images.append(dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        self.cell = self.cell and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self.cell:
            self.rows[-1][-1] += data


def test_report_tells_of_each_student_and_exercise(
    exercises: tuple[Exercise, ...],
) -> None:
    page = render_report([UnitReport("u1", (ANA, LUIS, ZOE), exercises)])

    got = _Tables(page)
    text = " ".join(page.split())
    assert '<html lang="es">' in page
    assert "3 entregas (1 no legible) · media 2 · mediana 2 · máximo posible 6" in text
    assert got.rows == [
        ["Ejercicio", "Puntos", "Obtenido (%)", "Discriminación", "Aviso"],
        ["E1 Sumar uno", "3", "33,33", "—", ""],
        ["E2 Explica", "3", "16,67", "—", "casi nadie lo resuelve"],
        ["Resultado", "Pruebas", "Estudiantes"],
        ["superada", "6", "3"],
        ["no se ejecutó", "3", "3"],
        ["Estudiante", "Por qué"],
        ["zoe", "«nb.ipynb» no se puede leer: no es JSON válido (¿se cortó la "
         "descarga?)."],
        ["Estudiante", "Nota", "E1", "E2", "s", "MiB", "Estado"],
        ["ana", "3", "2", "1", "1,23", "100", ""],
        ["luis", "1", "1", "…", "0", "0", ""],
        ["zoe", "0", "0", "0", "0", "0", "no legible"],
    ]  # fmt: skip


def test_figures_are_inside_the_page_and_described(
    exercises: tuple[Exercise, ...],
) -> None:
    page = render_report([UnitReport("u1", (ANA, LUIS, ZOE), exercises)])

    images = _Tables(page).images
    assert len(images) == 2
    for image in images:
        kind, data = str(image["src"]).split(",")
        assert kind == "data:image/png;base64"
        assert base64.b64decode(data).startswith(b"\x89PNG")
        assert len(str(image["alt"]).split()) >= 8
    assert "media 2 y mediana 2 de 6 puntos" in str(images[0]["alt"])
    assert not re.findall(r"https?://|<link|<script |@import|url\(", page)
    assert plt.get_fignums() == []


def test_figures_show_the_scores_and_the_shares(
    exercises: tuple[Exercise, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    figures: list[Figure] = []
    monkeypatch.setattr(reports, "_png", lambda figure: figures.append(figure) or "")

    render_report([UnitReport("u1", (ANA, LUIS, ANA, ZOE), exercises)])

    [histogram], [bars] = (figure.axes for figure in figures)
    heights = [bar.get_height() for bar in histogram.patches]
    assert len(heights) == 10
    assert (sum(heights), max(heights), histogram.get_xlim()) == (3, 2, (0, 6))
    left, right = histogram.patches[0], histogram.patches[-1]
    assert (left.get_x(), right.get_x() + right.get_width()) == pytest.approx((0, 6))
    assert (histogram.get_xlabel(), histogram.get_ylabel()) == ("puntos", "estudiantes")
    assert all(tick == int(tick) for tick in histogram.get_yticks())
    assert bars.get_xlabel() == "puntos obtenidos (%)"
    assert [label.get_text() for label in bars.get_yticklabels()] == ["E1", "E2"]
    widths = [bar.get_width() for bar in bars.patches]
    shares = [share_earned((ANA, LUIS, ANA, ZOE), e) for e in exercises]
    assert widths == pytest.approx([100 * (share or 0) for share in shares])
    assert [text.get_text() for text in bars.texts] == ["42 %", "22 %"]


def test_class_of_unreadable_submissions_has_no_mean(
    exercises: tuple[Exercise, ...],
) -> None:
    text = render_report([UnitReport("u1", (ZOE,), exercises)])

    assert "1 entrega (1 no legible) · media — ·\nmediana —" in text


def test_unit_without_submissions_is_left_out(exercises: tuple[Exercise, ...]) -> None:
    page = render_report(
        [UnitReport("empty", (), exercises), UnitReport("u2", (ANA,), exercises)]
    )

    assert "empty" not in page.split("</style>")[1]
    assert "<h2>u2</h2>" in page


def test_class_that_needs_nobody_says_so(exercises: tuple[Exercise, ...]) -> None:
    assert "<p>Nadie.</p>" in render_report([UnitReport("u1", (ANA,), exercises)])


def test_hostile_names_do_nothing(exercises: tuple[Exercise, ...]) -> None:
    mine = replace(ZOE, student=HOSTILE, notes=(Note("not_json", HOSTILE),))
    named = tuple(replace(e, title=HOSTILE) for e in exercises[:1])

    page = render_report([UnitReport(HOSTILE, (mine,), named)])

    assert page.count("<script") == 1  # ours, which sorts tables
    assert any(HOSTILE in row for row in _Tables(page).rows)


@pytest.mark.parametrize("kind", LOOK_NOTES)
def test_submission_that_was_mended_needs_a_look(kind: str) -> None:
    [reason] = needs_a_look(replace(ANA, notes=(Note(kind, "x"), Note("file_ignored"))))

    assert reason.endswith(".")


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Outcome.TIMED_OUT, ["tiempo agotado (2)"]),
        (Outcome.OUT_OF_MEMORY, ["memoria agotada (2)"]),
        (Outcome.KERNEL_DIED, ["el kernel murió (2)"]),
        (Outcome.FAILED, []),
        (Outcome.RAISED, []),
        (Outcome.NOT_RUN, []),
    ],
)
def test_submission_whose_kernel_suffered_needs_a_look(
    outcome: Outcome, expected: list[str]
) -> None:
    cells = tuple(replace(cell, outcome=outcome) for cell in ANA.cells[:2])

    assert needs_a_look(replace(ANA, cells=(*cells, ANA.cells[2]))) == expected


def test_submission_without_a_point_needs_a_look_unless_a_reason_is_known() -> None:
    zero = marks("ana", 0.0, 0.0, None)

    assert needs_a_look(zero) == ["no ha obtenido ningún punto"]
    assert needs_a_look(replace(zero, notes=(Note("reordered"),))) == [
        "Las celdas estaban en otro orden; se ha restaurado el original."
    ]
    assert needs_a_look(ANA) == []


def test_unreadable_submission_gives_all_its_reasons() -> None:
    mine = replace(ZOE, notes=(*ZOE.notes, Note("file_ignored", "x")))

    assert len(needs_a_look(mine)) == 2


def test_share_leaves_out_what_nobody_has_graded(
    exercises: tuple[Exercise, ...],
) -> None:
    first, second = exercises

    assert share_earned([ANA, LUIS], first) == 0.5
    assert share_earned([ANA, LUIS], second) == pytest.approx(1 / 3)
    assert share_earned([LUIS], second) is None
    assert share_earned([], first) is None


# ------------------------------------------------------------------- known bugs


def test_titles_that_begin_alike_have_a_bar_each(
    exercises: tuple[Exercise, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    figures: list[Figure] = []
    monkeypatch.setattr(reports, "_png", lambda figure: figures.append(figure) or "")
    named = tuple(replace(e, title=f"Ejercicio {n}") for n, e in enumerate(exercises))

    render_report([UnitReport("u1", (ANA,), named)])

    assert len(figures[1].axes[0].patches) == 2


def test_unit_without_points_is_reported(tmp_path: Path) -> None:
    mine = Marks("ana", "u1", ())

    assert "<h2>u1</h2>" in render_report([UnitReport("u1", (mine,), ())])


def test_score_over_the_maximum_is_in_the_histogram(
    exercises: tuple[Exercise, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    figures: list[Figure] = []
    monkeypatch.setattr(reports, "_png", lambda figure: figures.append(figure) or "")
    extra = marks("ana", 1.0, 2.0, 3.5)

    render_report([UnitReport("u1", (extra,), exercises)])

    assert sum(bar.get_height() for bar in figures[0].axes[0].patches) == 1


def test_tests_in_the_students_process_are_listed(
    exercises: tuple[Exercise, ...],
) -> None:
    quiet = render_report([UnitReport("u1", (ANA,), exercises)])
    page = render_report([UnitReport("u1", (ANA,), exercises, ("f_visible", "f_2"))])

    assert "en el proceso del estudiante" not in quiet
    assert "f_visible, f_2" in page


def test_alike_submissions_and_frequent_failures_are_listed(
    exercises: tuple[Exercise, ...],
) -> None:
    cells = (
        replace(ANA.cells[0], outcome=Outcome.FAILED, message=HOSTILE),
        *ANA.cells[1:],
    )
    pairs = (Pair("ana", "luis", 0.75, 40),)

    page = render_report(
        [UnitReport("u1", (replace(ANA, cells=cells), LUIS), exercises, (), pairs)]
    )

    rows = _Tables(page).rows
    assert ["f_visible", "no superada", HOSTILE, "1", "ana"] in rows
    assert ["ana", "luis", "75", "40"] in rows
    assert "no un veredicto" in page


def test_several_units_get_a_figure_of_progress(
    exercises: tuple[Exercise, ...],
) -> None:
    first = UnitReport("u1", (ANA, LUIS), exercises)
    second = UnitReport("u2", (replace(ANA, unit="u2"),), exercises)

    images = _Tables(render_report([first, second])).images

    assert len(images) == 5
    assert "unidad" in str(images[0]["alt"])
