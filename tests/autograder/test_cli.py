"""The command line: what it prints, writes and returns."""

import contextlib
import csv
import json
import os
import re
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen
from xml.etree import ElementTree

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from autograder import cli
from autograder.build import build_assignment
from autograder.settings import load_settings
from tests.factories import (
    RIGHT,
    WRONG,
    check_cell,
    find,
    hand_in,
    make_course,
    notebook,
    solution_cell,
    source_notebook,
    write,
)


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course with a right, a wrong and an unreadable submission."""
    root = make_course(tmp_path / "curso")
    [released] = build_assignment(load_settings(root), "u1").notebooks
    for student, answer in (("ana", RIGHT), ("luis", WRONG)):
        document = nbformat.from_dict(released.student)
        find(document, "f").source = answer
        hand_in(root, student, document)
    hand_in(root, "eva", released.student).write_text("{")
    return root


def call(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    """Run the command line and return its exit code."""
    monkeypatch.setattr(sys, "argv", ["autograder", *map(str, arguments)])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    return int(caught.value.code or 0)


def test_whole_day_of_an_instructor(
    course: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    marks, junit = tmp_path / "marks.json", tmp_path / "junit.xml"
    at = ("--course", course)

    assert call(monkeypatch, "grade", "u1", *at, "--json", marks, "--junit", junit) == 0
    printed = capsys.readouterr().out
    assert call(monkeypatch, "feedback", "u1", *at) == 0
    assert call(monkeypatch, "report", *at, "--html", tmp_path / "report.html") == 0
    assert call(monkeypatch, "export", *at, "--to", tmp_path / "marks.csv") == 0

    assert "3 / 6" in printed
    assert "unreadable" in printed
    records = json.loads(marks.read_text())
    assert [(r["student"], r["score"], r["status"]) for r in records] == [
        ("ana", 3.0, "graded"),
        ("eva", 0, "unreadable"),
        ("luis", 0.0, "graded"),
    ]
    cells = {cell["grade_id"]: cell for cell in records[0]["cells"]}
    assert cells["f_oculta"]["outcome"] == "passed"
    assert len(ElementTree.parse(junit).findall(".//failure")) == 7
    page = (course / "feedback" / "ana" / "u1" / "feedback.html").read_text()
    assert "secreto" not in page
    assert "E1 Sumar uno" in page
    assert "<img" in (tmp_path / "report.html").read_text()
    with (tmp_path / "marks.csv").open() as file:
        assert [row["nb/f"] for row in csv.DictReader(file)] == ["3.0", "0.0", "0.0"]


def test_second_run_says_that_nothing_changed(
    course: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    call(monkeypatch, "grade", "u1", "--course", course)
    call(monkeypatch, "grade", "u1", "--course", course)

    assert "3 had not changed" in capsys.readouterr().out


def test_unknown_unit_is_exit_2_and_names_the_known_ones(
    course: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "grade", "u9", "--course", course) == 2
    assert "u1" in capsys.readouterr().err


def test_failing_reference_is_exit_2_with_file_and_cell(
    course: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source = notebook(solution_cell(), check_cell("assert f(1) == 3"))
    write(source, course / "source" / "u1" / "nb.ipynb")
    (course / "autograder.toml").write_text("check_reference = true")

    assert call(monkeypatch, "grade", "u1", "--course", course) == 2
    message = capsys.readouterr().err
    assert "nb.ipynb" in message
    assert "f_visible" in message


@pytest.mark.parametrize("kind", ["locked", "not a database", "folder"])
def test_unusable_gradebook_is_exit_3_and_the_same_command_goes_on(
    course: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    call(monkeypatch, "grade", "u1", "--course", course)
    path, kept = course / "gradebook.db", course / "kept.db"
    connection = None
    if kind == "locked":
        connection = sqlite3.connect(path)
        connection.execute("BEGIN EXCLUSIVE")
    else:
        os.rename(path, kept)
        path.write_text("no" * 4000) if kind == "not a database" else path.mkdir()

    assert call(monkeypatch, "grade", "u1", "--force", "--course", course) == 3

    if connection:
        connection.close()
    else:
        path.rmdir() if path.is_dir() else path.unlink()
        os.rename(kept, path)
    assert call(monkeypatch, "grade", "u1", "--force", "--course", course) == 0


def test_release_writes_copies_without_solutions(
    course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"

    assert call(monkeypatch, "release", "u1", "--course", course, "--to", out) == 0
    assert call(monkeypatch, "release", "--course", course, "--to", out) == 2

    text = (out / "u1" / "nb.ipynb").read_text()
    assert "return x + 1" not in text
    assert "secreto" not in text
    assert "NotImplementedError" in text


def test_check_reports_findings_and_exits_2(
    course: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    junit = tmp_path / "check.xml"
    assert call(monkeypatch, "check", "--course", course, "--junit", junit) == 2
    [case] = ElementTree.parse(junit).findall(".//testcase")
    assert (case.get("classname"), case.get("name")) == ("u1", "nb")
    assert "metadata.curso" in case.findall("failure")[0].get("message", "")
    path = course / "source" / "u1" / "nb.ipynb"
    assert call(monkeypatch, "check", path, "--course", course) == 2

    assert "metadata.curso" in capsys.readouterr().out


def test_run_executes_notebooks_and_says_which_cell_failed(
    course: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    junit = tmp_path / "run.xml"

    good = call(monkeypatch, "run", "--course", course, "--junit", junit)
    source = source_notebook()
    find(source, "f").source = WRONG
    write(source, course / "source" / "u1" / "nb.ipynb")
    bad = call(monkeypatch, "run", "u1", "--course", course)
    unknown = call(monkeypatch, "run", "u9", "--course", course)

    assert (good, bad, unknown) == (0, 2, 2)
    assert ElementTree.parse(junit).getroot()[0].get("failures") == "0"
    assert "u1/nb: f_visible: failed: AssertionError" in capsys.readouterr().err
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert call(monkeypatch, "run", "u1", "--course", course) == 2
    [line] = re.findall("^::error.*", capsys.readouterr().out, re.M)
    assert "u1/nb.ipynb,title=run::f_visible%3A" not in line
    assert "u1/nb.ipynb,title=run::f_visible: failed" in line


def test_notebooks_run_offline_reach_this_machine_only_by_themselves(
    tmp_path: Path,
) -> None:
    allowed = subprocess.run(["unshare", "--user", "--net", "true"], check=False)
    if allowed.returncode:
        pytest.skip("no network namespaces for this user")
    with socket.create_server(("127.0.0.1", 0)) as server:
        outside = f"socket.create_connection({server.getsockname()!r}).close()"
        inside = (
            "with socket.create_server(('127.0.0.1', 0)) as s:\n"
            "    socket.create_connection(s.getsockname()).close()"
        )
        make_course(
            tmp_path,
            source=notebook(
                new_code_cell("import socket"),
                new_code_cell(inside),
                new_code_cell(outside),
            ),
        )
        command = [sys.executable, "-m", "autograder", "run", "--course", str(tmp_path)]
        online, offline = (
            subprocess.run([*command, *options], capture_output=True, text=True)
            for options in ([], ["--force", "--offline"])
        )

    assert online.returncode == 0
    assert offline.returncode == 2
    assert "u1/nb: cell 3: raised: ConnectionRefusedError" in offline.stderr


def test_student_validates_a_copy_and_nothing_is_written(
    course: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    call(monkeypatch, "release", "u1", "--course", course, "--to", tmp_path / "out")
    path = tmp_path / "out" / "u1" / "nb.ipynb"
    released = nbformat.read(path, as_version=4)
    capsys.readouterr()
    printed = []
    for answer in (None, WRONG, RIGHT):
        document = nbformat.from_dict(released)
        if answer:
            find(document, "f").source = answer
            find(document, "essay").source = "Porque sí"
        write(document, path)
        before = sorted(path.parent.rglob("*"))
        assert call(monkeypatch, "validate", path) == 0
        assert sorted(path.parent.rglob("*")) == before
        printed.append(capsys.readouterr().out)

    assert printed[0].count("sin hacer") == 2
    assert "Te falta: E1 Sumar uno · E2 Explica" in printed[0]
    assert "mal        E1 Sumar uno" in printed[1]
    assert "Te falta: E1 Sumar uno" in printed[1]
    assert "Te falta" not in printed[2]
    assert "hecho      E1 Sumar uno" in printed[2]
    assert "escrito    E2 Explica" in printed[2]
    # the hidden test's two points are not there to be had
    assert "1 de 2 ejercicios · 0 de 1 puntos de las pruebas visibles" in printed[1]
    assert "2 de 2 ejercicios · 1 de 1 puntos de las pruebas visibles" in printed[2]


def test_index_of_an_edition_shows_what_validate_found(
    course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lesson = notebook(new_markdown_cell("# 01 · Suma"))
    write(lesson, course / "source/u1/leccion.ipynb")
    (course / "nbgrader_config.py").write_text(
        "c = get_config()\nc.CourseDirectory.notebook_id = 'nb'\n"
    )
    home = tmp_path / "out"
    call(monkeypatch, "release", "--all", "--course", course, "--to", home)
    before = (home / "indice.ipynb").read_text()
    document = nbformat.read(home / "u1/nb.ipynb", as_version=4)
    find(document, "f").source = RIGHT
    write(document, home / "u1/nb.ipynb")

    assert call(monkeypatch, "validate", home / "u1/nb.ipynb") == 0

    assert "sin empezar" in before
    assert "1 de 2" in (home / "indice.ipynb").read_text()


def test_file_that_cannot_be_validated_is_explained_in_spanish(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.ipynb"
    path.write_text("[")

    assert call(monkeypatch, "validate", path) == 2
    assert call(monkeypatch, "validate", tmp_path / "no.ipynb") == 2
    printed = capsys.readouterr().err
    assert "no se puede leer" in printed
    assert "no se puede abrir" in printed


def test_wrong_usage_is_exit_2(monkeypatch: pytest.MonkeyPatch) -> None:
    assert call(monkeypatch, "grade") == 2
    assert call(monkeypatch, "grade", "u1", "--course", "/no/such/folder") == 2


def test_interrupt_says_how_to_go_on(
    course: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "grade_unit", interrupt)

    assert call(monkeypatch, "grade", "u1", "--course", course) == 130
    assert "same command" in capsys.readouterr().err


def test_doctor_finds_a_machine_that_can_grade(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "doctor") == 0
    assert "BAD" not in capsys.readouterr().out


def test_doctor_exits_3_when_a_probe_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    probe = cli.run_probes.__globals__["Probe"]("disk", False, "full")
    monkeypatch.setattr(cli, "run_probes", lambda: iter([probe]))

    assert call(monkeypatch, "doctor") == 3


def test_formgrader_serves_what_was_graded(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call(monkeypatch, "grade", "u1", "--course", course) == 0
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    command = [sys.executable, "-m", "autograder", "formgrader", "--course", course]
    options = ["--no-browser", "--allow-root", "--port", port]
    token = f"token={os.getpid()}"
    process = subprocess.Popen(
        [str(a) for a in (*command, "--", *options, f"--ServerApp.{token}")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}/formgrader/api/assignments?{token}"
    try:
        for _ in range(300):
            with contextlib.suppress(OSError), urlopen(url) as answer:
                assignments = json.load(answer)
                break
            time.sleep(0.2)
    finally:
        process.kill()
        process.wait()

    assert [(a["name"], a["num_submissions"]) for a in assignments] == [("u1", 3)]
