"""An instructor's hour: the report, a free answer by hand, the student's page."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook

from autograder.answers import fill_in
from autograder.build import build_assignment
from autograder.demo import FREE_ANSWER, make_class
from autograder.settings import Settings
from tests.browser.conftest import REPOSITORY, picture, serious_findings, serve
from tests.factories import write

expect = pytest.importorskip("playwright.sync_api").expect
UNIT = "A1_pesos"
STUDENTS = ("ana", "berta", "carlos", "diego")
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A graded class of four; each has solved one exercise more than the one before."""
    target = tmp_path_factory.mktemp("instructor") / "curso"
    settings = make_class(REPOSITORY, target, ())
    source = settings.source_folder(UNIT)
    source.parent.mkdir(parents=True, exist_ok=True)
    source.symlink_to(REPOSITORY / "notebooks" / UNIT)
    hand_in(settings)
    for command in (["grade", UNIT], ["report", "--html", str(target / "report.html")]):
        autograder(target, *command)
    return target


def hand_in(settings: Settings) -> None:
    [released] = build_assignment(settings, UNIT).notebooks
    free = [c.grade_id for c in released.cells if c.cell_type == "markdown"]
    for number, student in enumerate(STUDENTS, 1):
        mine = dict(list(released.solutions.items())[:number])
        document = fill_in(released.student, mine | dict.fromkeys(free, FREE_ANSWER))
        write(document, settings.submitted_folder(student, UNIT) / "ejercicios.ipynb")


def autograder(course: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "autograder", *arguments, "--course", str(course)]
    subprocess.run(command, check=True, capture_output=True, cwd=course)


def is_saved(response: Any) -> bool:
    return "/formgrader/api/" in response.url and response.request.method == "PUT"


def is_too_wide(page: Any) -> bool:
    element = "document.documentElement"
    return bool(page.evaluate(f"{element}.scrollWidth > {element}.clientWidth"))


def test_report_sorts_is_accessible_and_fits_a_phone(page: Any, course: Path) -> None:
    page.goto((course / "report.html").as_uri())
    picture(page, "informe")
    table = page.locator("table:has(th button)").first
    heading = table.locator("th button").last
    column = table.locator("tbody tr td:last-child")

    heading.click()
    first = column.all_inner_texts()
    heading.click()
    second = column.all_inner_texts()

    assert first != second
    assert sorted(first) == sorted(second)
    assert serious_findings(page) == []
    page.set_viewport_size(PHONE)
    assert not is_too_wide(page)


def test_free_answer_graded_by_hand_reaches_the_page(page: Any, course: Path) -> None:
    with Gradebook(f"sqlite:///{course}/gradebook.db") as book:
        number = book.find_submission_notebook("ejercicios", UNIT, "berta").id
    with serve(["server"], course) as address:
        page.goto(f"{address}/formgrader/gradebook/{UNIT}/ejercicios")
        expect(page.get_by_role("link", name="Submission #4")).to_be_visible()
        page.goto(f"{address}/formgrader/submissions/{number}")
        for box, text in (("#a1_texto-comment", "Bien visto"), ("#a1_texto", "2.5")):
            page.locator(f"{box}.tabbable").fill(text)
            with page.expect_response(is_saved):
                page.locator(box).dispatch_event("change")
        page.locator("#a1_texto").scroll_into_view_if_needed()
        picture(page, "formgrader")

    autograder(course, "feedback", UNIT)
    page.goto((course / "feedback/berta" / UNIT / "feedback.html").as_uri())

    expect(page.get_by_text("Bien visto")).to_be_visible()
    expect(page.locator("body")).to_contain_text("2,5 / 3")
    picture(page, "devolucion", full_page=True)
    assert serious_findings(page) == []
    page.set_viewport_size(PHONE)
    assert not is_too_wide(page)
