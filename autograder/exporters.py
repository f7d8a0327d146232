"""Gradebook -> files for other programs."""

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from autograder.errors import InstructorError
from autograder.records import Exercise, Marks
from autograder.roster import Person, Roster
from autograder.texts import note_texts

# How Canvas and Moodle, in English and in Spanish, call columns of what they export
MOODLE_GRADE = ("Grade", "Calificación")
IDENTITIES = (
    ("Email address",), ("Dirección de correo",), ("Dirección de correo electrónico",),
    ("ID number",), ("Número de ID",), ("SIS Login ID",), ("SIS User ID",),
    ("Student",), ("Full name",), ("Nombre completo",), ("First name", "Last name"),
    ("First name", "Surname"), ("Nombre", "Apellido(s)"),
)  # fmt: skip
NOT_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_csv(marks: Iterable[Marks], exercises: Mapping[str, Sequence[Exercise]]) -> str:
    """One row per student and unit: score, status and the points of each exercise.

    Text that a spreadsheet would take for a formula is given a leading apostrophe.
    """
    marks = list(marks)
    units = list(dict.fromkeys(m.unit for m in marks))
    many = len(units) > 1
    columns = [
        (
            unit,
            "/".join([unit] * many + [exercise.notebook, exercise.grade_id]),
            exercise,
        )
        for unit in units
        for exercise in exercises[unit]
    ]
    fixed = ["student", "unit", "score", "max_score", "needs_manual_grade", "status"]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*fixed, *(_plain(name) for _, name, _ in columns)])
    for m in marks:
        points = [
            m.points_of(exercise) if unit == m.unit else ""
            for unit, _, exercise in columns
        ]
        head = [_plain(m.student), _plain(m.unit), m.score, m.max_score]
        writer.writerow([*head, m.needs_manual_grade, m.status, *points])
    return out.getvalue()


def to_platform_csv(marks: Iterable[Marks], roster: Roster, platform: str) -> str:
    """One row per student and one column per unit, as a learning platform reads it.

    Who is in the roster and was not graded has no mark; who is not in the roster keeps
    the id. A mark that still waits for a person's points is left out, too.

    Parameters
    ----------
    platform
        ``canvas`` (its gradebook's CSV), ``moodle`` (grades, import from CSV) or
        ``gradescope`` (as its own export of grades).
    """
    by_student: dict[str, dict[str, Marks]] = {}
    for m in marks:
        by_student.setdefault(m.student, {})[m.unit] = m
    units = list(dict.fromkeys(u for found in by_student.values() for u in found))
    most = {
        u: max(f[u].max_score for f in by_student.values() if u in f) for u in units
    }
    ids = [person.id for person in roster.people]
    ids += sorted(by_student.keys() - set(ids))
    people = [roster.by_id.get(student, Person(student, student)) for student in ids]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")

    def score(person: Person, unit: str) -> str:
        return _score(by_student.get(person.id, {}).get(unit))

    def write(*cells: str) -> None:
        writer.writerow(_plain(cell) for cell in cells)

    if platform == "canvas":
        write("Student", "ID", "SIS Login ID", "Section", *units)
        write("    Points Possible", "", "", "", *(f"{most[u]:g}" for u in units))
        for p in people:
            marked = (score(p, unit) for unit in units)
            write(p.name, p.canvas, p.email or p.id, p.group, *marked)
    elif platform == "moodle":
        write("ID number", "Full name", "Email address", *units)
        for p in people:
            write(p.id, p.name, p.email, *(score(p, unit) for unit in units))
    else:
        columns = [name for u in units for name in (u, f"{u} - Max Points")]
        write("Name", "SID", "Email", "Sections", *columns)
        for p in people:
            pairs = ((score(p, u), f"{most[u]:g}") for u in units)
            write(p.name, p.id, p.email, p.group, *(c for pair in pairs for c in pair))
    return out.getvalue()


def fill_platform_csv(
    text: str, marks: Iterable[Marks], roster: Roster
) -> tuple[str, list[str]]:
    """Write marks into a file that Canvas or Moodle exported, and change nothing else.

    Canvas's gradebook has a column per assignment, named as the unit, with or without
    the number that Canvas adds; Moodle's grading worksheet has one column for the mark.
    Who has no mark, or one that still waits for a person's points, keeps what is there.

    Returns
    -------
    The file, and what of it or of the marks found no counterpart.

    Raises
    ------
    InstructorError
        If there is not one column for each unit.
    """
    by_unit: dict[str, dict[str, Marks]] = {}
    for m in marks:
        by_unit.setdefault(m.unit, {})[m.student] = m
    students = sorted({student for found in by_unit.values() for student in found})
    strangers = [Person(s, s) for s in students if s not in roster.by_id]
    everybody = Roster([*roster.people, *strangers])
    separator = max(",;\t", key=text.partition("\n")[0].count)
    lines = csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=separator)
    header, *rows = lines
    columns = {unit: _column_of(unit, header, len(by_unit)) for unit in by_unit}
    problems, met = [], set()
    for row in rows:
        cells = {k.strip(): v.strip() for k, v in zip(header, row, strict=False)}
        if (
            "Points Possible" in cells.get("Student", "")
            or not "".join(row[:2]).strip()
        ):
            continue
        person = _person_of(cells, everybody)
        if person is None:
            problems.append(f"{' '.join(row[:2]).strip()}: nobody of the class")
            continue
        met.add(person.id)
        for unit, column in columns.items():
            score = _score(by_unit[unit].get(person.id))
            if score:
                row[column] = score
    problems += [
        f"{s}: has a mark and is not in the file" for s in students if s not in met
    ]
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator="\n")
    writer.writerows([header, *rows])
    return out.getvalue(), problems


def _column_of(unit: str, header: list[str], n_units: int) -> int:
    """Where an exported file has the marks of a unit."""
    named = re.compile(rf"{re.escape(unit)}( \(\d+\))?")
    found = [n for n, name in enumerate(header) if named.fullmatch(name.strip())]
    if not found and n_units == 1:
        found = [n for n, name in enumerate(header) if name.strip() in MOODLE_GRADE]
    if len(found) != 1:
        raise InstructorError(f"the file has no column for {unit}, or several")
    return found[0]


def _person_of(cells: Mapping[str, str], roster: Roster) -> Person | None:
    """Who a row is about: by Canvas's number, by address or id, or by name."""
    number = cells.get("ID", "") if "Student" in cells else ""
    for keys in IDENTITIES:
        value = " ".join(cells[key] for key in keys if key in cells)
        if value and (person := roster.find(value, number)):
            return person
    return None


def _score(m: Marks | None) -> str:
    """A mark as platforms read it; nothing while it waits for a person's points."""
    if m is None or any(cell.points is None for cell in m.cells):
        return ""
    return f"{m.score:g}"


def annotation(path: Path | str, title: str, message: str) -> str:
    """A line that GitHub shows as an error beside a file."""
    signs = {"%": "%25", "\r": "%0D", "\n": "%0A"}
    only_here = {":": "%3A", ",": "%2C"}

    def escaped(text: str, signs: dict[str, str]) -> str:
        return "".join(signs.get(sign, sign) for sign in text)

    head = f"file={escaped(str(path), signs | only_here)}"
    head += f",title={escaped(title, signs | only_here)}"
    return f"::error {head}::{escaped(message, signs)}"


def _plain(text: str) -> str:
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def to_records(marks: Iterable[Marks]) -> list[dict[str, Any]]:
    """Marks as the list of objects that ``grade --json`` writes."""
    return [
        {
            "student": m.student,
            "unit": m.unit,
            "score": m.score,
            "max_score": m.max_score,
            "needs_manual_grade": m.needs_manual_grade,
            "status": str(m.status),
            "message": " ".join(note_texts(m.notes, "en")),
            "seconds": round(m.seconds, 3),
            "cells": [
                {
                    "grade_id": cell.grade_id,
                    "notebook": cell.notebook,
                    "points": cell.points,
                    "max_points": cell.max_points,
                    "outcome": str(cell.outcome),
                    "message": f"{cell.error}: {cell.message}"
                    if cell.error
                    else cell.message,
                }
                for cell in m.cells
            ],
        }
        for m in marks
    ]


def to_json(marks: Iterable[Marks]) -> str:
    """Marks as JSON text."""
    return json.dumps(to_records(marks), ensure_ascii=False, indent=1)


def to_junit(marks: Iterable[Marks]) -> str:
    """Marks as JUnit XML: a suite per student, a case per graded cell."""
    root = ElementTree.Element("testsuites")
    for m in marks:
        name = _legal(f"{m.unit}.{m.student}")
        suite = ElementTree.SubElement(
            root, "testsuite", name=name, tests=str(len(m.cells))
        )
        for cell in m.cells:
            case = _junit_case(suite, name, cell.grade_id, cell.seconds)
            if cell.needs_manual_grade:
                ElementTree.SubElement(case, "skipped", message="manual")
            elif (cell.points or 0.0) < cell.max_points:
                _add_failure(case, str(cell.outcome), cell.message)
    return _junit_text(root)


@dataclass(frozen=True)
class JunitCase:
    """One case of a JUnit file; each problem, a kind and a text, is a failure."""

    group: str
    name: str
    seconds: float
    problems: tuple[tuple[str, str], ...] = ()


def cases_to_junit(name: str, cases: Sequence[JunitCase]) -> str:
    """Cases as JUnit XML, in one suite."""
    root = ElementTree.Element("testsuites")
    suite = ElementTree.SubElement(root, "testsuite", name=name, tests=str(len(cases)))
    for case in cases:
        element = _junit_case(suite, case.group, case.name, case.seconds)
        for kind, text in case.problems:
            _add_failure(element, kind, text)
    return _junit_text(root)


def _junit_case(
    suite: ElementTree.Element, group: str, name: str, seconds: float
) -> ElementTree.Element:
    return ElementTree.SubElement(
        suite,
        "testcase",
        classname=_legal(group),
        name=_legal(name),
        time=f"{seconds:.3f}",
    )


def _add_failure(case: ElementTree.Element, kind: str, message: str) -> None:
    legal = _legal(message)
    first = legal.splitlines()[0] if legal else ""
    failure = ElementTree.SubElement(case, "failure", type=kind, message=first)
    failure.text = legal


def _legal(text: str) -> str:
    """Text without what XML cannot hold."""
    return NOT_XML.sub("", text)


def _junit_text(root: ElementTree.Element) -> str:
    """A JUnit tree as text, with the totals that readers expect."""
    for suite in root:
        suite.set("failures", str(len(suite.findall("testcase/failure"))))
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True)
