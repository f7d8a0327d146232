"""No trick earns a point, and none shows a line of a hidden test.

Each case of `cases` is graded once, all of them at the same time on a few threads, as
a class would be; honest copies are handed in between them.
"""

import html
import json
import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from nbformat.v4 import new_code_cell

from autograder.execution import sandbox, wire
from autograder.execution.engine import execute_document
from autograder.execution.judging import make_trial
from autograder.feedback import render_feedback
from autograder.intake import receive
from autograder.pipeline import Graded, prepare_kernels
from autograder.records import Assignment, Outcome, Submission
from autograder.texts import note_texts, visible_message
from tests.attacks.lies import payloads
from tests.attacks.source import ALL_POINTS, SECRET, UNIT
from tests.attacks.submissions import (
    LIMITS,
    Case,
    Course,
    make_attacked_course,
    read_cases,
)
from tests.factories import write

pytestmark = pytest.mark.skipif(
    not sandbox.landlock_abi(), reason="this machine has no Landlock"
)

CASES = read_cases()
LIES = tuple(payloads())
GROUPS = sorted({case.group for case in CASES})
N_AT_A_TIME = 4
MAX_BYTES = 4 * 2**20  # of an executed notebook: output_kib for a few cells
SHORT = 12  # characters; a shorter line of a test says nothing
ANSI = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    course = make_attacked_course(tmp_path_factory.mktemp("course"))
    assert course.settings.kernels.sandbox
    prepare_kernels(course.settings.kernels)
    return course


Futures = dict[str, Future[Graded]]


def _hand_in_and_grade(course: Course, case: Case) -> Graded:
    course.hand_in(case)
    return course.grade(case)


@pytest.fixture(scope="module")
def graded(course: Course, request: pytest.FixtureRequest) -> Iterator[Futures]:
    """What became of the chosen cases, and of an honest copy after each group."""
    chosen = {
        value.name
        for item in request.session.items
        for value in getattr(getattr(item, "callspec", None), "params", {}).values()
        if isinstance(value, Case)
    }
    futures: Futures = {}
    with ThreadPoolExecutor(N_AT_A_TIME) as executor:
        wanted = [case for case in CASES if case.name in chosen]
        for case in wanted:
            if case.limits:  # they mostly wait, so they begin at once
                futures[case.name] = executor.submit(_hand_in_and_grade, course, case)
        for group in GROUPS:
            for case in wanted:
                if case.group == group and not case.limits:
                    futures[case.name] = executor.submit(
                        _hand_in_and_grade, course, case
                    )
            futures[group] = executor.submit(
                course.grade_copy, course.reference(), f"honest-{group}"
            )
        yield futures
        executor.shutdown(cancel_futures=True)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_attack_earns_what_its_honest_part_deserves(
    graded: Futures, case: Case
) -> None:
    marks = graded[case.name].result().marks

    earned = [cell.grade_id for cell in marks.cells if cell.points]
    assert marks.score == case.honest, earned


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_attack_sees_no_line_of_a_hidden_test(
    course: Course, graded: Futures, case: Case
) -> None:
    result = graded[case.name].result()

    seen = texts_for_student(course.assignment, result)
    own = "\n".join(piece.source for piece in case.pieces)
    secret = [line for line in hidden_lines(course.assignment) if line not in own]
    assert [line for line in [SECRET, *secret] if line in seen] == []
    assert not case.never_shown or case.never_shown not in seen
    document = result.execution.notebooks[0].document if result.execution else {}
    assert len(json.dumps(document)) < MAX_BYTES


@pytest.mark.parametrize("group", GROUPS)
def test_honest_copy_after_attacks_earns_everything(
    graded: Futures, group: str
) -> None:
    assert graded[group].result().marks.score == ALL_POINTS


def test_blank_copy_earns_nothing(course: Course) -> None:
    marks = course.grade_copy(course.assignment.notebooks[0].student, "blank").marks

    assert (marks.score, marks.max_score) == (0.0, ALL_POINTS)


@pytest.mark.parametrize("number", range(len(LIES)))
def test_answer_that_is_no_answer_is_refused(number: int) -> None:
    def refuse(content: Any) -> None:
        raise wire.BadReplyError(f"a reference to {content}")

    with pytest.raises(wire.BadReplyError):
        wire.decode(LIES[number], refuse)


def test_dump_of_the_student_process_holds_no_line_of_a_hidden_test(
    course: Course, tmp_path: Path
) -> None:
    [released] = course.assignment.notebooks
    document = course.reference()
    document.cells.append(new_code_cell(DUMP))
    path = write(document, course.settings.submitted_folder("dump", UNIT) / "nb.ipynb")
    submission = receive(course.settings, course.assignment, "dump")
    assert isinstance(submission, Submission)
    submitted = submission.notebooks[0].document
    scratch, bench = tmp_path / "scratch", tmp_path / "bench"
    scratch.mkdir()
    bench.mkdir()

    execution = execute_document(
        path.stem,
        submitted,
        kernel_name=released.kernel_name,
        limits=replace(LIMITS, files_mib=2000, disk_mib=4000),
        kernels=course.settings.kernels,
        cwd=scratch,
        trial=make_trial(released, submitted),
        judge_cwd=bench,
    )

    passed = {cell.outcome for cell in execution.cells}
    assert passed == {Outcome.PASSED}, execution.cells
    dump = b"".join(file.read_bytes() for file in scratch.glob("dump-*"))
    assert b"una frase del estudiante que la memoria guarda" in dump
    assert b"def pendiente(f, x):" in dump
    secret = [SECRET, *hidden_lines(course.assignment)]
    assert [line for line in secret if line.encode() in dump] == []


def hidden_lines(assignment: Assignment) -> list[str]:
    """Lines that only hidden tests have."""
    [released] = assignment.notebooks
    known = {
        line.strip() for c in released.student.cells for line in c.source.splitlines()
    }
    return [
        line.strip()
        for cell in released.cells
        if cell.is_hidden
        for line in cell.source.splitlines()
        if line.strip() not in known and len(line.strip()) >= SHORT
    ]


def texts_for_student(assignment: Assignment, result: Graded) -> str:
    """All that a student gets to read: cells, feedback page, messages."""
    marks = result.marks
    documents = (
        {book.name: book.document for book in result.execution.notebooks}
        if result.execution
        else {}
    )
    secret = {c.grade_id for c in assignment.notebooks[0].cells if c.is_hidden}
    cells = [
        cell
        for document in documents.values()
        for cell in document.cells
        if cell.metadata.get("nbgrader", {}).get("grade_id") not in secret
    ]
    parts = [*_texts(cells), *note_texts(marks.notes)]
    sources = {cell.grade_id: cell.source for cell in assignment.notebooks[0].cells}
    parts += [visible_message(c, "es", sources[c.grade_id]) for c in marks.cells]
    parts.append(html.unescape(render_feedback(assignment, marks, documents)))
    return ANSI.sub("", "\n".join(parts))


def _texts(item: Any) -> Iterator[str]:
    if isinstance(item, str):
        yield item
    elif isinstance(item, dict):
        for inner in item.values():
            yield from _texts(inner)
    elif isinstance(item, list):
        for inner in item:
            yield from _texts(inner)


DUMP = """
import gc, glob, linecache, os, re, socket, sys
known = "una frase del estudiante que la memoria guarda"
with open("dump-objects", "wb") as file:
    def put(*items):
        for item in items:
            try:
                file.write(repr(item).encode("utf-8", "replace") + b"\\n")
            except Exception:
                pass
    put(known, In, Out, dict(os.environ), list(sys.modules), linecache.cache)
    frame = sys._getframe()
    while frame:
        put(frame.f_code.co_filename, list(frame.f_locals.values()))
        frame = frame.f_back
    for item in gc.get_objects():
        if type(item) in (dict, list, tuple, set) and len(item) < 10_000:
            put(*(x for x in (item.values() if type(item) is dict else item)
                  if type(x) in (str, bytes)))
    for path in glob.glob("/proc/self/*") + glob.glob("**", recursive=True):
        if os.path.isfile(path) and not path.startswith(("dump", "/proc/self/mem")):
            try:
                file.write(open(path, "rb").read(2**20))
            except OSError:
                pass
    for number in map(int, os.listdir("/proc/self/fd")):
        try:
            channel = socket.socket(fileno=os.dup(number))
            channel.setblocking(False)
            file.write(channel.recv(2**20))
        except OSError:
            pass
with open("dump-memory", "wb") as file, open("/proc/self/mem", "rb") as memory:
    for line in open("/proc/self/maps").read().splitlines():
        area = re.match(r"(\\w+)-(\\w+) rw.. \\S+ 00:00 0 ", line)
        if area:
            start, end = (int(text, 16) for text in area.groups())
            try:
                memory.seek(start)
                file.write(memory.read(end - start))
            except (OSError, ValueError, OverflowError):
                pass
"""
