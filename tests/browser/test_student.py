"""A student's hour in JupyterLab: from the index to a validated exercise."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import picture, wait_until

expect = pytest.importorskip("playwright.sync_api").expect
SHOWN = ".jp-NotebookPanel:not(.lm-mod-hidden)"
WRONG = "def neuron(x, w, b, f):\n    return x @ w + b"
RIGHT = "def neuron(x, w, b, f):\n    return f(x @ w + b)"
MINUTE = 60_000


def menu(page: Any, *path: str) -> None:
    for name in path:
        page.get_by_role("menuitem", name=name, exact=True).click()


def wait_until_idle(page: Any) -> None:
    """All cells have run: none waits and the kernel says so."""
    expect(page.locator(f"{SHOWN} .jp-InputPrompt", has_text="[*]")).to_have_count(
        0, timeout=2 * MINUTE
    )
    expect(page.locator("#jp-main-statusbar")).to_contain_text("Idle", timeout=MINUTE)


def cells(page: Any, text: str) -> Any:
    return page.locator(f"{SHOWN} .jp-CodeCell", has_text=text)


def write_cell(page: Any, cell: Any, source: str) -> None:
    cell.locator(".cm-content").click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(source)
    expect(cell.locator(".cm-content")).to_contain_text(source.splitlines()[-1].strip())


def run_cell(page: Any, cell: Any) -> None:
    """Run a cell by the keyboard and wait until it has run."""
    prompt = cell.locator(".jp-InputPrompt")
    before = prompt.inner_text()
    cell.locator(".cm-content").click()
    page.keyboard.press("Escape")
    page.keyboard.press("ControlOrMeta+Enter")
    wait_until(lambda: prompt.inner_text() not in (before, "[*]:", ""))


def test_index_leads_to_a_lesson_whose_widget_moves(page: Any, lab: str) -> None:
    page.goto(f"{lab}/tree/indice.ipynb")
    expect(page.get_by_role("cell", name="sin empezar")).to_be_visible()
    picture(page, "indice")

    page.get_by_role("link", name="A1 · ").click()
    expect(page.locator(SHOWN)).to_contain_text("Requisitos", timeout=MINUTE)
    wait_until_idle(page)
    menu(page, "Run", "Run All Cells")
    wait_until_idle(page)
    assert page.locator(f"{SHOWN} .jp-RenderedText[data-mime-type*=error]").count() == 0

    cell = page.locator(f"{SHOWN} .jp-CodeCell:has([role=slider])").first
    before = cell.locator("figure").inner_html()
    cell.locator("[role=slider]").first.focus()
    page.keyboard.press("ArrowRight")
    wait_until(lambda: cell.locator("figure").inner_html() != before)
    picture(page, "leccion")


def test_exercise_turns_from_wrong_to_right_and_validates(
    page: Any, lab: str, edition: Path
) -> None:
    page.goto(f"{lab}/tree/A1_pesos/ejercicios.ipynb?reset")  # without other tabs
    expect(page.locator(SHOWN)).to_contain_text("EA1.1", timeout=MINUTE)
    wait_until_idle(page)
    answer = cells(page, "def neuron(").first
    visible_test = cells(page, "with check(").first
    output = visible_test.locator(".jp-OutputArea-output")

    run_cell(page, cells(page, "import torch").first)
    write_cell(page, answer, WRONG)
    run_cell(page, answer)
    run_cell(page, visible_test)
    expect(output).to_contain_text("esperaba 0.0 y llegó -2.25")
    visible_test.scroll_into_view_if_needed()
    picture(page, "ejercicio-mal")

    write_cell(page, answer, RIGHT)
    run_cell(page, answer)
    run_cell(page, visible_test)
    expect(output).to_have_count(0)
    picture(page, "ejercicio-bien")

    page.keyboard.press("ControlOrMeta+s")
    expect(page.locator(".lm-mod-current.jp-mod-dirty")).to_have_count(0)
    toolbar = page.locator(f"{SHOWN} .jp-NotebookPanel-toolbar")
    toolbar.get_by_text("Validate").click()
    dialog = page.locator(".jp-Dialog")
    expect(dialog).to_contain_text("todavía sin hacer", timeout=2 * MINUTE)
    expect(dialog).not_to_contain_text("neuron(_x")
    page.keyboard.press("Escape")

    notebook = edition / "A1_pesos/ejercicios.ipynb"
    command = [sys.executable, "-m", "autograder", "validate", notebook]
    subprocess.run(command, check=True, capture_output=True)
    page.goto(f"{lab}/tree/indice.ipynb")
    expect(page.get_by_role("cell", name="1 de 7")).to_be_visible()
