"""A week of a course as an instructor lives it, by the commands that they type."""

import csv
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook

from tests.factories import (
    HIDDEN,
    RIGHT,
    WRONG,
    find,
    make_course,
    source_notebook,
    write,
)

FIRST = ("Ana", "Íñigo", "Luz María", "José", "Zoë", "Begoña")
LAST = ("García López", "Muñoz", "de la Cruz", "Ruiz", "Ávila")
NAMES = [f"{first} {last}" for last in LAST for first in FIRST]
TOO_STRICT = HIDDEN.replace("f(41) == 42", "f(41) == 42 and f(-1) == 1")


def run(root: Path, *arguments: object) -> str:
    """Run a command in a course; what it prints."""
    words = [sys.executable, "-m", "autograder", *map(str, arguments)]
    done = subprocess.run(
        [*words, "--course", str(root)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def archive(released: Path, path: Path) -> Path:
    """What 30 students handed in, as Moodle packs it: every third has it wrong."""
    with zipfile.ZipFile(path, "w") as file:
        for number, name in enumerate(NAMES):
            document = nbformat.read(released, as_version=4)
            find(document, "f").source = WRONG if number % 3 == 0 else RIGHT
            find(document, "essay").source = f"Porque lo digo yo, {number}."
            data = "{" if number == 4 else nbformat.writes(document)
            folder = f"{name}_{900 - number}_assignsubmission_file_"
            book = "nb (1).ipynb" if number % 5 == 0 else "nb.ipynb"
            file.writestr(f"{folder}/{book}", data)
    return path


def grade_by_hand(root: Path, student: str, score: float, comment: str) -> None:
    """What formgrader does when somebody has read an answer."""
    with Gradebook(f"sqlite:///{root}/gradebook.db") as book:
        grade = book.find_grade("essay", "nb", "u1", student)
        grade.manual_score, grade.needs_manual_grade = score, False
        book.find_comment("essay", "nb", "u1", student).manual_comment = comment
        book.db.commit()


def scores(root: Path, folder: Path) -> dict[str, float]:
    path = folder / "marks.json"
    run(root, "grade", "u1", "--json", path)
    return {row["student"]: row["score"] for row in json.loads(path.read_text())}


def test_release_collect_grade_mend_feedback_export_report(tmp_path: Path) -> None:
    source = source_notebook()
    find(source, "f_oculta").source = TOO_STRICT
    root = make_course(tmp_path / "curso", source=source)
    ids = [f"al{number:03d}" for number in range(len(NAMES))]
    rows = [f"{i},{name}" for i, name in zip(ids[:-1], NAMES[:-1], strict=True)]
    (root / "roster.csv").write_text("\n".join(["id,name", *rows, "al999,Pía Gil"]))

    run(root, "release", "u1", "--to", tmp_path / "edition")
    released = tmp_path / "edition" / "u1" / "nb.ipynb"
    assert "secreto" not in released.read_text()
    handed_in = archive(released, tmp_path / "entregas.zip")
    printed = run(root, "collect", handed_in, "u1", "--from", "moodle")
    assert "nothing from 1: al999" in printed
    assert printed.count("not in the roster") == 1

    # the first student of three is wrong, one file is broken, the test is too strict
    first = scores(root, tmp_path)
    assert len(first) == len(NAMES)
    assert [first[i] for i in ids[:6]] == [0, 1, 1, 0, 0, 1]

    grade_by_hand(root, "al001", 2.5, "Bien visto")
    grade_by_hand(root, "al000", 1.0, "Explica más")
    find(source, "f_oculta").source = HIDDEN
    write(source, root / "source" / "u1" / "nb.ipynb")
    printed = run(root, "grade", "u1")
    assert "al001: 3.5 -> 5.5" in printed
    assert printed.count(" -> ") == 19  # the right ones: 20, less the broken file
    again = scores(root, tmp_path)
    assert [again[i] for i in ids[:6]] == [1.0, 5.5, 3, 0, 0, 3]

    run(root, "feedback", "u1", "--zip", tmp_path / "back.zip")
    with zipfile.ZipFile(tmp_path / "back.zip") as back:
        pages = {name: back.read(name).decode() for name in back.namelist()}
    assert len(pages) == len(NAMES)
    mine = pages[f"{NAMES[1]}_899_assignsubmission_file_/u1.html"]
    assert "Bien visto" in mine
    for name, page in pages.items():
        assert "secreto" not in page
        assert page.count("Porque lo digo yo") <= 1, name

    text = run(root, "export", "--format", "moodle")
    exported = {row["ID number"]: row for row in csv.DictReader(io.StringIO(text))}
    assert exported["al001"]["u1"] == "5.5"
    assert exported["al002"]["u1"] == ""  # waits for a person
    assert exported["al999"]["Full name"] == "Pía Gil"

    run(root, "report", "--html", tmp_path / "report.html")
    report = (tmp_path / "report.html").read_text()
    assert "30 entregas (1 no legible)" in " ".join(report.split())
    assert "secreto" in report  # staff may know
