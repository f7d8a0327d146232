"""What an instructor waits for with a large class.

    python -m benchmarks.big_class [--students 300]     into docs/big_class.md

Grades a class, then measures the report, the feedback pages, and how long nbgrader's
formgrader takes to show its pages in a browser (Chromium, as in `tests/browser`).
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from nbgrader.api import Gradebook
from playwright.sync_api import sync_playwright

from benchmarks.grading import make_class
from tests.browser.conftest import CHROMIUM, PATIENCE_MS, REPOSITORY, serve

UNIT, NOTEBOOK = "04_perceptron", "ejercicios"
PAGES = {
    "list of students": ("manage_students", "tbody tr"),
    "submissions of the unit": (f"manage_submissions/{UNIT}", "tbody tr"),
    "answers to grade": (f"gradebook/{UNIT}/{NOTEBOOK}", "tbody tr a"),
}


def seconds_of(command: list[str], course: Path) -> float:
    """Wall seconds of one of our commands."""
    began = time.monotonic()
    command = [sys.executable, "-m", "autograder", *command, "--course", str(course)]
    subprocess.run(command, check=True, capture_output=True)
    return time.monotonic() - began


def seconds_of_pages(course: Path) -> dict[str, float]:
    """Until formgrader's pages show their rows; the last one is a submission."""
    with Gradebook(f"sqlite:///{course}/gradebook.db") as book:
        number = book.find_submission_notebook(NOTEBOOK, UNIT, "s000").id
    pages = PAGES | {"one submission": (f"submissions/{number}", ".score")}
    found = {}
    with serve(["server"], course) as address, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(f"{address}/formgrader")  # the server has everything loaded now
        for name, (path, row) in pages.items():
            began = time.monotonic()
            page.goto(f"{address}/formgrader/{path}")
            page.locator(row).nth(0).wait_for()
            found[f"formgrader: {name}"] = time.monotonic() - began
        browser.close()
    return found


def main() -> None:
    """Measure, print and write a page of the documentation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=300)
    parser.add_argument("--to", type=Path, default=REPOSITORY / "docs/big_class.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        course = Path(folder)
        make_class(course, UNIT, options.students)
        report = course / "report.html"
        rows = {
            "grade": seconds_of(["grade", UNIT], course),
            "report": seconds_of(["report", "--html", str(report)], course),
            "feedback": seconds_of(["feedback", UNIT], course),
        }
        rows |= seconds_of_pages(course)
        size = report.stat().st_size / 2**20
    lines = [
        f"# A class of {options.students}",
        "",
        f"`python -m benchmarks.big_class` on {os.cpu_count()} cores, "
        f"{platform.machine()}: unit {UNIT}, 8 exercises. The report is one page of "
        f"{size:.2f} MiB.",
        "",
        "| | s |",
        "|---|---|",
        *(f"| {name} | {seconds:.1f} |" for name, seconds in rows.items()),
    ]
    text = "\n".join(lines) + "\n"
    options.to.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
