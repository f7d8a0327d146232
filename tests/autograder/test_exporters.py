"""Files for other programs, read back by their own readers."""

import csv
import io
import json
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from autograder.build import list_exercises
from autograder.errors import InstructorError
from autograder.exporters import (
    annotation,
    fill_platform_csv,
    to_csv,
    to_json,
    to_junit,
    to_platform_csv,
    to_records,
)
from autograder.records import CellMark, Exercise, Marks, Note, Outcome, Status
from autograder.roster import Person, Roster
from tests.factories import build

CELLS = (
    CellMark("nb", "f_visible", 1.0, 1.0, Outcome.PASSED, seconds=0.1234),
    CellMark(
        "nb",
        "f_oculta",
        0.5,
        2.0,
        Outcome.FAILED,
        "esperaba 2\ny llegó 1",
        "CheckFailed",
        is_hidden=True,
    ),
    CellMark("nb", "essay", None, 3.0, Outcome.NOT_RUN, needs_manual_grade=True),
)
ANA = Marks("ana", "u1", CELLS, seconds=1.23456)
HOSTILE = '=1+1,"\n<b>&'


@pytest.fixture(scope="module")
def exercises(tmp_path_factory: pytest.TempPathFactory) -> tuple[Exercise, ...]:
    return list_exercises(build(tmp_path_factory.mktemp("course")))


def rows(text: str) -> list[dict[str, str]]:
    """By head; a unit before the name of an exercise does not matter."""
    head, *lines = csv.reader(io.StringIO(text, newline=""))
    names = ["/".join(name.split("/")[-2:]) for name in head]
    return [dict(zip(names, line, strict=True)) for line in lines]


def test_csv_has_a_row_for_each_student_and_a_column_for_each_exercise(
    exercises: tuple[Exercise, ...],
) -> None:
    assert rows(to_csv([ANA], {"u1": exercises})) == [
        {
            "student": "ana",
            "unit": "u1",
            "score": "1.5",
            "max_score": "6.0",
            "needs_manual_grade": "True",
            "status": "graded",
            "nb/f": "1.5",
            "nb/essay": "0.0",
        }
    ]


def test_csv_of_two_units_leaves_the_columns_of_the_other_empty(
    exercises: tuple[Exercise, ...],
) -> None:
    first, second = exercises
    other = replace(ANA, unit="u2", status=Status.UNREADABLE, late_penalty=0.5)

    got = rows(to_csv(iter([ANA, other]), {"u1": [first], "u2": [second]}))

    assert [(r["unit"], r["nb/f"], r["nb/essay"]) for r in got] == [
        ("u1", "1.5", ""),
        ("u2", "", "0.0"),
    ]
    assert (got[1]["status"], got[1]["score"]) == ("unreadable", "1.0")


def test_csv_of_nobody_has_a_head_only() -> None:
    assert to_csv([], {}) == (
        "student,unit,score,max_score,needs_manual_grade,status\n"
    )


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r"])
def test_csv_gives_a_spreadsheet_no_formula(
    exercises: tuple[Exercise, ...], first: str
) -> None:
    name = f'{first}HYPERLINK("http://x";"y"),ñ\n"'

    text = to_csv([replace(ANA, student=name)], {"u1": exercises})

    [row] = rows(text)
    assert row["student"] == f"'{name}"
    assert row["score"] == "1.5"


@pytest.mark.parametrize("name", ["ana", "O'Hara, M.", 'a"b', "1-2", ""])
def test_csv_keeps_plain_names(exercises: tuple[Exercise, ...], name: str) -> None:
    [row] = rows(to_csv([replace(ANA, student=name)], {"u1": exercises}))

    assert row["student"] == name


def test_json_holds_what_the_design_promises() -> None:
    mine = replace(ANA, notes=(Note("empty", "a"), Note("renamed", "ñ.ipynb")))

    [got] = json.loads(to_json([mine]))

    assert got == to_records([mine])[0]
    assert got == {
        "student": "ana",
        "unit": "u1",
        "score": 1.5,
        "max_score": 6.0,
        "needs_manual_grade": True,
        "status": "graded",
        "message": "“a” is empty. “ñ.ipynb” was graded although it has another name.",
        "seconds": 1.235,
        "cells": [
            {
                "grade_id": "f_visible",
                "notebook": "nb",
                "points": 1.0,
                "max_points": 1.0,
                "outcome": "passed",
                "message": "",
            },
            {
                "grade_id": "f_oculta",
                "notebook": "nb",
                "points": 0.5,
                "max_points": 2.0,
                "outcome": "failed",
                "message": "CheckFailed: esperaba 2\ny llegó 1",
            },
            {
                "grade_id": "essay",
                "notebook": "nb",
                "points": None,
                "max_points": 3.0,
                "outcome": "not_run",
                "message": "",
            },
        ],
    }
    assert "ñ" in to_json([mine])


def test_json_keeps_a_message_without_an_error() -> None:
    cell = replace(CELLS[0], message="more than 30 s")

    assert to_records([replace(ANA, cells=(cell,))])[0]["cells"][0]["message"] == (
        "more than 30 s"
    )


def suites(*marks: Marks) -> list[ElementTree.Element]:
    text = to_junit(marks)
    assert text.startswith("<?xml")
    root = ElementTree.fromstring(text)
    assert root.tag == "testsuites"
    assert {suite.tag for suite in root} <= {"testsuite"}
    return list(root)


def test_junit_has_a_suite_for_each_student_and_a_case_for_each_cell() -> None:
    [suite] = suites(ANA)

    assert suite.attrib == {"name": "u1.ana", "tests": "3", "failures": "1"}
    assert [dict(case.attrib) for case in suite] == [
        {"classname": "u1.ana", "name": "f_visible", "time": "0.123"},
        {"classname": "u1.ana", "name": "f_oculta", "time": "0.000"},
        {"classname": "u1.ana", "name": "essay", "time": "0.000"},
    ]
    passed, failed, manual = ([child.tag for child in case] for case in suite)
    assert (passed, failed, manual) == ([], ["failure"], ["skipped"])
    assert suite[2][0].get("message") == "manual"
    failure = suite[1][0]
    assert failure.attrib == {"type": "failed", "message": "esperaba 2"}
    assert failure.text == "esperaba 2\ny llegó 1"


def test_junit_of_several_students_counts_each() -> None:
    zero = replace(CELLS[0], points=0.0)

    got = suites(ANA, replace(ANA, student="luis", cells=(zero,)))

    assert [s.get("name") for s in got] == ["u1.ana", "u1.luis"]
    assert [s.get("failures") for s in got] == ["1", "1"]
    assert suites() == []


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("", None),
        ("\n", "\n"),
        (HOSTILE, HOSTILE),
        ("a\x00b\x1b[31mc\x08\r\td\x0b", "ab[31mc\td"),
        ("]]>", "]]>"),
    ],
)
def test_junit_of_hostile_text_is_xml(message: str, expected: str | None) -> None:
    cell = replace(CELLS[1], message=message)

    [suite] = suites(replace(ANA, student=HOSTILE.strip(), cells=(cell,)))

    assert suite[0][0].text == expected
    assert suite[0][0].get("message") == (expected or "").split("\n")[0]


# ------------------------------------------------------------------- known bugs


def test_csv_tells_exercises_of_the_same_name_in_two_units_apart(
    exercises: tuple[Exercise, ...],
) -> None:
    other = replace(ANA, unit="u2")

    head, *_ = csv.reader(
        io.StringIO(to_csv([ANA, other], {"u1": exercises, "u2": exercises}))
    )

    assert len(head) == len(set(head)) == 10


def test_csv_of_a_hostile_unit_gives_a_spreadsheet_no_formula(
    exercises: tuple[Exercise, ...],
) -> None:
    [row] = rows(to_csv([replace(ANA, unit="=1+1")], {"=1+1": exercises}))

    assert row["unit"] == "'=1+1"


@pytest.mark.parametrize("char", ["\ufffe", "\uffff"])
def test_junit_leaves_out_what_xml_cannot_hold(char: str) -> None:
    [suite] = suites(replace(ANA, cells=(replace(CELLS[1], message=f"a{char}b"),)))

    assert suite[0][0].text == "ab"


def test_junit_leaves_out_lone_surrogates() -> None:
    cell = replace(CELLS[1], message="a\ud800b")

    to_junit([replace(ANA, cells=(cell,))]).encode()


def test_junit_of_a_student_with_control_characters_is_xml() -> None:
    assert suites(replace(ANA, student="a\x01"))


def test_junit_of_extra_credit_is_no_failure() -> None:
    [suite] = suites(replace(ANA, cells=(replace(CELLS[0], points=1.5),)))

    assert suite.get("failures") == "0"


CLASS = Roster(
    [
        Person("ana", "García, Ana", "ana@example.org", "A", canvas="77"),
        Person("eva", HOSTILE, "eva@example.org"),
    ]
)
GRADED = replace(ANA, cells=CELLS[:2])


@pytest.mark.parametrize(
    ("platform", "key", "mark"),
    [("canvas", "Student", "u1"), ("moodle", "Full name", "u1"),
     ("gradescope", "Name", "u1")],
)  # fmt: skip
def test_platform_gets_a_row_per_student_found_by_the_roster(
    platform: str, key: str, mark: str
) -> None:
    second = replace(GRADED, unit="u2")
    pia = replace(GRADED, student="pia")

    text = to_platform_csv([GRADED, second, pia], CLASS, platform)

    got = {row[key]: row for row in rows(text)}
    assert got["García, Ana"][mark] == "1.5"
    assert got["García, Ana"]["u2"] == "1.5"
    assert got[f"'{HOSTILE}"][mark] == ""
    assert (got["pia"][mark], got["pia"]["u2"]) == ("1.5", "")


def test_canvas_reads_users_by_number_and_points_possible_in_the_second_row() -> None:
    points, ana, _ = rows(to_platform_csv([GRADED], CLASS, "canvas"))

    assert points == {"Student": "    Points Possible", "ID": "", "SIS Login ID": "",
                      "Section": "", "u1": "3"}  # fmt: skip
    assert (ana["ID"], ana["SIS Login ID"], ana["Section"]) == (
        "77",
        "ana@example.org",
        "A",
    )


CANVAS_FILE = """\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,u1 (4321),Otra (9),N
,,,,,Manual Posting,,
    Points Possible,,,,,3.00,10.00,(read only)
"Otro, Nombre",77,,x1,A,,7.5,75.0
"Desconocido, Un",99,,nadie,A,2.0,,
Pía Ruiz,80,,pia,B,1.25,,
"""
MOODLE_FILE = """\
Identificador,Nombre completo,Dirección de correo,Estado,Calificación,Máxima
Participante 301,Ana García,ANA@example.org,Entregado,-,"3,00"
Participante 302,Pía Ruiz,,Sin entrega,"2,00","3,00"
"""


def test_canvas_file_is_filled_and_otherwise_the_same() -> None:
    pia = replace(ANA, student="pia")  # waits for a person: keeps what is there
    ida = replace(GRADED, student="ida")

    text, problems = fill_platform_csv(CANVAS_FILE, [GRADED, pia, ida], CLASS)

    before = CANVAS_FILE.removeprefix("\ufeff")
    assert text == before.replace("x1,A,,7.5", "x1,A,1.5,7.5")
    assert problems == [
        "Desconocido, Un 99: nobody of the class",
        "ida: has a mark and is not in the file",
    ]


@pytest.mark.parametrize("separator", [",", ";"])
def test_moodle_worksheet_is_filled_by_address(separator: str) -> None:
    sheet = MOODLE_FILE
    if separator == ";":
        sheet = sheet.replace('"3,00"', "3;00").replace('"2,00"', "2;00")
        sheet = sheet.translate(str.maketrans(",;", ";,"))

    text, _ = fill_platform_csv(sheet, [GRADED], CLASS)

    assert text == sheet.replace(f"Entregado{separator}-", f"Entregado{separator}1.5")


def test_file_without_a_column_for_each_unit_is_refused() -> None:
    second = replace(GRADED, unit="u2")

    with pytest.raises(InstructorError, match="no column for u2"):
        fill_platform_csv(CANVAS_FILE, [GRADED, second], CLASS)
    with pytest.raises(InstructorError, match="no column for u1"):
        fill_platform_csv(MOODLE_FILE, [GRADED, second], CLASS)


def test_platform_gets_no_mark_that_waits_for_a_person() -> None:
    [ana, _] = rows(to_platform_csv([ANA], CLASS, "moodle"))

    assert ana["u1"] == ""
    assert ana["ID number"] == "ana"


def test_annotation_is_one_line_whatever_the_message_holds() -> None:
    line = annotation("a,b/x.ipynb", "f: 1", "50 %\n::error::no")

    assert line == ("::error file=a%2Cb/x.ipynb,title=f%3A 1::50 %25%0A::error::no")
