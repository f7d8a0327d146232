"""One transaction per submission, in a database that nbgrader itself can read."""

import os
import random
import shutil
import sqlite3
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import nbgrader.api
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.plugins import BasePlugin
from nbgrader.preprocessors import AssignLatePenalties, SaveAutoGrades, SaveCells
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from traitlets.config import Config

from autograder.build import build_assignment
from autograder.errors import GradebookError, InstructorError
from autograder.gradebook import Gradebook, marks_from_json, marks_to_json
from autograder.records import (
    Assignment,
    CellMark,
    Marks,
    Note,
    Outcome,
    Status,
    Unreadable,
)
from autograder.scoring import mark_unreadable
from autograder.settings import Settings, load_settings
from tests.factories import (
    VISIBLE,
    check_cell,
    essay_cell,
    find,
    graded,
    make_course,
    notebook,
    solution_cell,
    source_notebook,
    write,
)

DUE = datetime(2025, 1, 1, 12, 0, 0)
LATE = "2025-01-01 13:00:00 UTC"
EARLY = "2025-01-01 11:00:00 UTC"


GRADES = """
    SELECT notebook.name || '/' || base_cell.name, grade.auto_score, grade.manual_score,
           coalesce(grade_cells.max_score, task_cells.max_score),
           grade.needs_manual_grade
    FROM grade JOIN base_cell ON base_cell.id = grade.cell_id
    LEFT JOIN grade_cells ON grade_cells.id = base_cell.id
    LEFT JOIN task_cells ON task_cells.id = base_cell.id
    JOIN notebook ON notebook.id = base_cell.notebook_id
    JOIN submitted_notebook ON submitted_notebook.id = grade.notebook_id
    JOIN submitted_assignment
      ON submitted_assignment.id = submitted_notebook.assignment_id
    WHERE submitted_assignment.student_id = 'ana'"""
CELL = "cell_id IN (SELECT id FROM base_cell WHERE name = ?)"


class Course:
    """A course of one unit, graded by hand-made marks.

    Every test empties the same open gradebook, and looks at it with plain SQL: a new
    engine of nbgrader spends tenths of a second on compiling its queries.
    """

    def __init__(self, root: Path, template: Path, book: Gradebook) -> None:
        self.database = book.settings.root / "gradebook.db"
        with (
            closing(sqlite3.connect(template)) as source,
            closing(sqlite3.connect(self.database)) as target,
        ):
            source.backup(target)
        self.settings: Settings = load_settings(make_course(root))
        self.book = book
        self.change(db_url=f"sqlite:///{self.database}")

    def change(self, **changes: Any) -> None:
        """Use other settings from now on."""
        self.settings = self.book.settings = replace(self.settings, **changes)

    def release(self, *cells: NotebookNode, name: str = "nb") -> Assignment:
        """Write the source anew and record it."""
        if cells:
            path = self.settings.source_folder("u1") / f"{name}.ipynb"
            write(notebook(*cells), path)
        assignment = build_assignment(self.settings, "u1")
        self.book.save_assignment(assignment)
        return assignment

    def save(
        self,
        assignment: Assignment,
        marks: Marks,
        timestamp: str = "",
        prints: str = "p",
    ) -> Marks:
        return self.book.save_marks(assignment, marks, timestamp, prints)

    def sql(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.database)) as connection, connection:
            return connection.execute(query, values).fetchall()

    def grades(self) -> dict[str, tuple[Any, ...]]:
        """Of ana: automatic and manual points, maximum, needs a person."""
        return {name: tuple(row) for name, *row in self.sql(GRADES)}

    def comments(self) -> dict[str, tuple[str | None, str | None]]:
        """Automatic and manual comment by cell."""
        query = (
            "SELECT name, auto_comment, manual_comment FROM comment "
            "JOIN base_cell ON base_cell.id = cell_id"
        )
        return {name: tuple(row) for name, *row in self.sql(query)}

    def give(self, grade_id: str, points: float | None, comment: str = "") -> None:
        """What a person does in the formgrader."""
        query = "UPDATE grade SET manual_score = ?, needs_manual_grade = 0 WHERE "
        self.sql(query + CELL, points, grade_id)
        if comment:
            query = "UPDATE comment SET manual_comment = ? WHERE "
            self.sql(query + CELL, comment, grade_id)

    def set_due(self, due: datetime = DUE) -> None:
        self.sql("UPDATE assignment SET duedate = ?", f"{due:%Y-%m-%d %H:%M:%S}.000000")

    def penalties(self) -> list[float | None]:
        query = "SELECT late_submission_penalty FROM submitted_notebook"
        return [penalty for (penalty,) in self.sql(query)]

    def dump(self) -> list[str]:
        """All that is in the database."""
        with closing(sqlite3.connect(self.database)) as connection:
            return list(connection.iterdump())


@contextmanager
def nbgraders_book(database: Path) -> Iterator[nbgrader.api.Gradebook]:
    """The same database as nbgrader sees it; its own warnings are not ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with nbgrader.api.Gradebook(f"sqlite:///{database}") as book:
            yield book


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty gradebook; nbgrader needs seconds to make one."""
    root = tmp_path_factory.mktemp("template")
    Gradebook(Settings(root=root)).__exit__()
    return root / "gradebook.db"


@pytest.fixture(scope="module")
def open_book(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    root = tmp_path_factory.mktemp("book")
    shutil.copyfile(template, root / "gradebook.db")
    with Gradebook(Settings(root=root)) as book:
        yield book


@pytest.fixture
def course(tmp_path: Path, template: Path, open_book: Gradebook) -> Iterator[Course]:
    settings = open_book.settings
    yield Course(tmp_path, template, open_book)
    open_book._book.db.remove()  # what it remembers of this test
    open_book.settings = settings


@pytest.fixture
def assignment(course: Course) -> Assignment:
    return course.release()


def mark(
    grade_id: str, points: float | None, most: float, book: str = "nb"
) -> CellMark:
    outcome = Outcome.PASSED if points else Outcome.FAILED
    waits = points is None
    return CellMark(book, grade_id, points, most, outcome, needs_manual_grade=waits)


def marks(
    visible: float = 1.0,
    hidden: float = 0.0,
    essay: float | None = None,
    student: str = "ana",
    **more: Any,
) -> Marks:
    cells = (
        mark("f_visible", visible, 1.0),
        mark("f_oculta", hidden, 2.0),
        mark("essay", essay, 3.0),
    )
    return Marks(student, "u1", cells, **more)


# ------------------------------------------------------------ what was released


def rows(book: nbgrader.api.Gradebook) -> list[dict[str, Any]]:
    """All released cells as nbgrader describes them, without its random keys."""
    found = book.find_notebook("nb", "u1")
    cells = (
        *found.grade_cells,
        *found.solution_cells,
        *found.task_cells,
        *found.source_cells,
    )
    described = [{"class": type(cell).__name__, **cell.to_dict()} for cell in cells]
    for row in described:
        row.pop("id", None)
        row["checksum"] = row.get("checksum") or None  # of a task: "" or None
    kernel = {"class": "notebook", "kernelspec": found.kernelspec, "name": found.name}
    return sorted([*described, kernel], key=lambda row: (row["class"], row["name"]))


def test_released_cells_are_recorded_as_by_nbgrader(
    course: Course, template: Path, tmp_path: Path
) -> None:
    task = graded("Haz", "task", task=True, points=4.0, cell_type="markdown")
    by_hand = graded("x = 1", "hand", grade=True, solution=True, points=1.0)
    locked = graded("import x", "setup", locked=True)
    cells = source_notebook().cells
    assignment = course.release(locked, *cells, by_hand, task)

    other = tmp_path / "theirs.db"
    shutil.copyfile(template, other)
    names = {"notebook": "nb", "assignment": "u1", "student": "."}
    resources = {"nbgrader": names | {"db_url": f"sqlite:///{other}"}}
    with nbgraders_book(other) as book:
        book.add_assignment("u1")
        SaveCells().preprocess(deepcopy(assignment.notebooks[0].graded), resources)

    with nbgraders_book(course.database) as ours, nbgraders_book(other) as theirs:
        assert rows(ours) == rows(theirs)
        assert len(rows(ours)) > 12


def test_assignment_recorded_again_changes_nothing(
    course: Course, assignment: Assignment
) -> None:
    course.save(assignment, marks())
    course.give("essay", 2.5)
    before = course.dump()

    course.release()

    def without_sources(dump: list[str]) -> list[str]:  # their keys are made anew
        return [line for line in dump if 'INTO "source_cell"' not in line]

    assert without_sources(course.dump()) == without_sources(before)
    assert course.sql("SELECT count(*) FROM source_cell") == [(4,)]


def test_assignment_that_nbgrader_knows_keeps_its_due_date(
    course: Course, assignment: Assignment
) -> None:
    course.set_due()

    course.release()

    [[due]] = course.sql("SELECT duedate FROM assignment")
    assert due == "2025-01-01 12:00:00.000000"


def test_course_id_of_the_settings_is_used(course: Course) -> None:
    course.change(course_id="dl")

    with Gradebook(course.settings) as course.book:
        course.release()

    assert course.sql("SELECT name, course_id FROM assignment") == [("u1", "dl")]


# ------------------------------------------------------------------ what is saved


def test_marks_are_read_by_nbgrader(course: Course, assignment: Assignment) -> None:
    returned = course.save(assignment, marks())

    assert returned == marks()
    assert course.grades() == {
        "nb/f_visible": (1.0, None, 1.0, False),
        "nb/f_oculta": (0.0, None, 2.0, False),
        "nb/essay": (None, None, 3.0, True),
    }
    with nbgraders_book(course.database) as book:
        submission = book.find_submission("u1", "ana")
        assert (submission.score, submission.max_score) == (1.0, 6.0)
        assert submission.needs_manual_grade
        assert submission.timestamp is None


def autograded(assignment: Assignment, *answers: str) -> NotebookNode:
    """The notebook as nbgrader has it after running: one test fails."""
    document = deepcopy(assignment.notebooks[0].graded)
    error = new_output("error", ename="E", evalue="", traceback=[])
    find(document, "f_oculta").outputs = [error]
    for grade_id in answers:
        find(document, grade_id).source = "x = 1"
    return document


@pytest.mark.parametrize("answers", [(), ("f",), ("essay",), ("f", "essay")])
def test_grades_and_comments_are_recorded_as_by_nbgrader(
    course: Course, assignment: Assignment, tmp_path: Path, answers: tuple[str, ...]
) -> None:
    unanswered = {"f", "essay"} - set(answers)
    mine = marks(
        essay=None if "essay" in answers else 0.0,
        unanswered=tuple(f"nb/{name}" for name in sorted(unanswered)),
    )
    other = tmp_path / "theirs.db"
    shutil.copyfile(course.database, other)

    course.save(assignment, mine)
    names = {"notebook": "nb", "assignment": "u1", "student": "ana"}
    resources = {"nbgrader": names | {"db_url": f"sqlite:///{other}"}}
    with nbgraders_book(other) as book:
        book.add_student("ana")
        book.add_submission("u1", "ana")
        SaveAutoGrades().preprocess(autograded(assignment, *answers), resources)

    def described(book: nbgrader.api.Gradebook) -> list[dict[str, Any]]:
        [found] = book.find_submission("u1", "ana").notebooks
        cells = [*found.grades, *found.comments]
        rows = [{"class": type(c).__name__, **c.to_dict()} for c in cells]
        for row in rows:
            row.pop("id")
        return sorted(rows, key=lambda row: (row["class"], row["name"]))

    with nbgraders_book(course.database) as ours, nbgraders_book(other) as theirs:
        assert described(ours) == described(theirs)
        assert len(described(ours)) == 5


def test_answer_given_later_loses_the_remark_that_there_was_none(
    course: Course, assignment: Assignment
) -> None:
    course.save(assignment, marks(unanswered=("nb/f", "other/essay")))
    assert course.comments() == {"f": ("No response.", None), "essay": (None, None)}

    course.save(assignment, marks())

    assert course.comments() == {"f": (None, None), "essay": (None, None)}


def test_unreadable_submission_is_recorded_with_zeros(
    course: Course, assignment: Assignment
) -> None:
    reason = Note("not_json", "nb.ipynb")

    course.save(
        assignment, mark_unreadable(assignment, Unreadable("ana", "u1", reason))
    )

    assert [row[0] for row in course.grades().values()] == [0.0, 0.0, 0.0]
    [loaded] = course.book.load_marks("u1")
    assert loaded.status is Status.UNREADABLE
    assert loaded.notes == (reason,)
    assert loaded.cells[0].outcome is Outcome.NOT_RUN


def test_several_notebooks_are_told_apart(course: Course) -> None:
    course.release(check_cell(VISIBLE, "same", 2.0), essay_cell(), name="nb2")
    assignment = course.release(check_cell(VISIBLE, "same", 1.0), solution_cell())
    cells = (mark("same", 1.0, 1.0), mark("same", 0.5, 2.0, "nb2"))
    essay = mark("essay", None, 3.0, "nb2")

    course.save(assignment, Marks("ana", "u1", (*cells, essay)))

    assert {name: row[0] for name, row in course.grades().items()} == {
        "nb/same": 1.0,
        "nb2/same": 0.5,
        "nb2/essay": None,
    }


# -------------------------------------------------------- what a person has given


def test_manual_points_and_comments_survive_a_regrade(
    course: Course, assignment: Assignment
) -> None:
    course.save(assignment, marks())
    course.give("essay", 2.5, comment="Muy bien")
    course.give("f_oculta", 1.5)

    returned = course.save(assignment, marks(visible=0.0, hidden=0.0), prints="q")

    assert course.grades() == {
        "nb/f_visible": (0.0, None, 1.0, False),
        "nb/f_oculta": (0.0, 1.5, 2.0, True),  # nbgrader asks to look again
        "nb/essay": (None, 2.5, 3.0, True),
    }
    assert [cell.points for cell in returned.cells] == [0.0, 1.5, 2.5]
    assert returned.score == 4.0
    assert course.book.load_comments("ana", "u1") == {("nb", "essay"): "Muy bien"}
    [loaded] = course.book.load_marks("u1")
    assert [cell.points for cell in loaded.cells] == [0.0, 1.5, 2.5]


def test_manual_zero_counts_as_given(course: Course, assignment: Assignment) -> None:
    course.save(assignment, marks())
    course.give("f_visible", 0.0)

    returned = course.save(assignment, marks())

    assert returned.cells[0].points == 0.0


def test_comments_of_nobody_are_empty(course: Course, assignment: Assignment) -> None:
    course.save(assignment, marks())

    assert course.book.load_comments("nobody", "u1") == {}
    assert course.book.load_comments("ana", "u1") == {}
    assert course.book.load_marks("u9") == ()


def test_record_without_nbgraders_rows_is_still_read(
    course: Course, assignment: Assignment
) -> None:
    course.save(assignment, marks())
    for table in ("grade", "comment", "submitted_notebook", "submitted_assignment"):
        course.sql(f"DELETE FROM {table}")

    assert course.book.load_marks("u1") == (marks(),)


# -------------------------------------------------------- an assignment that changed


def test_test_cell_added_later_is_graded_without_losing_anything(
    course: Course, assignment: Assignment
) -> None:
    course.save(assignment, marks())
    course.give("essay", 2.5, comment="Muy bien")
    new = graded("y = 1", "g", solution=True)

    changed = course.release(
        *source_notebook().cells, new, check_cell(VISIBLE, "g_visible", 4.0)
    )
    mine = marks()
    mine = replace(mine, cells=(*mine.cells, mark("g_visible", 4.0, 4.0)))
    returned = course.save(changed, replace(mine, unanswered=("nb/g",)))

    assert course.grades()["nb/g_visible"] == (4.0, None, 4.0, False)
    assert course.grades()["nb/essay"][1] == 2.5
    assert returned.score == 7.5
    assert course.comments() == {
        "f": (None, None),
        "essay": (None, "Muy bien"),
        "g": ("No response.", None),
    }
    with nbgraders_book(course.database) as book:
        assert book.find_submission("u1", "ana").score == 7.5


def test_removed_cells_go_with_their_grades_and_nothing_else(
    course: Course, assignment: Assignment
) -> None:
    course.save(assignment, marks(hidden=2.0))
    course.give("essay", 2.5, comment="Muy bien")

    kept = [
        cell
        for cell in source_notebook().cells
        if cell.metadata.get("nbgrader", {}).get("grade_id") not in ("f", "f_oculta")
    ]
    changed = course.release(*kept)
    mine = marks()
    returned = course.save(changed, replace(mine, cells=mine.cells[::2]))

    assert set(course.grades()) == {"nb/f_visible", "nb/essay"}
    assert returned.score == 3.5
    assert course.comments() == {"essay": (None, "Muy bien")}
    assert course.sql("SELECT count(*) FROM base_cell") == [(3,)]
    assert course.sql("SELECT count(*) FROM comment") == [(1,)]
    assert course.sql("SELECT count(*) FROM source_cell") == [(2,)]
    with nbgraders_book(course.database) as book:
        submission = book.find_submission("u1", "ana")
        assert (submission.score, submission.max_score) == (3.5, 4.0)


def test_changed_points_are_the_new_maximum(
    course: Course, assignment: Assignment
) -> None:
    course.save(assignment, marks())
    course.give("essay", 2.5)
    cells = source_notebook().cells
    for cell in cells:
        if cell.metadata.get("nbgrader", {}).get("points"):
            cell.metadata.nbgrader.points *= 2

    changed = course.release(*cells)
    course.save(changed, marks(visible=2.0))

    assert course.grades()["nb/f_visible"] == (2.0, None, 2.0, False)
    assert course.grades()["nb/essay"] == (None, 2.5, 6.0, True)


def test_cell_that_changes_its_kind_is_recorded_anew(
    course: Course, assignment: Assignment
) -> None:
    course.save(assignment, marks())
    course.give("essay", 2.5)
    task = graded("Haz", "essay", task=True, points=5.0, cell_type="markdown")

    changed = course.release(check_cell(), task)
    cells = (mark("f_visible", 0.5, 1.0), mark("essay", None, 5.0))
    course.save(changed, Marks("ana", "u1", cells))

    assert course.grades() == {
        "nb/f_visible": (0.5, None, 1.0, False),
        "nb/essay": (None, None, 5.0, True),
    }


def test_marks_of_an_unknown_cell_are_refused_and_nothing_is_written(
    course: Course, assignment: Assignment
) -> None:
    before = course.dump()

    for book in ("nb", "other"):
        wrong = replace(
            marks(), cells=(mark("f_visible", 1.0, 1.0), mark("z", 1, 1, book))
        )
        with pytest.raises(GradebookError, match=f"{book}/z: no such grade cell"):
            course.save(assignment, wrong)

    assert course.dump() == before


# ------------------------------------------------------------- one transaction each


def writes_until_failure(engine: Any, allowed: int) -> Callable[[], None]:
    """Let so many writing statements pass, then fail as a full disk does."""
    left = [allowed]

    def count(_: Any, __: Any, statement: str, *___: Any) -> None:
        if statement.split()[0] in ("INSERT", "UPDATE", "DELETE"):
            left[0] -= 1
            if left[0] < 0:
                raise OperationalError(statement, {}, Exception("disk is full"))

    event.listen(engine, "before_cursor_execute", count)
    return lambda: event.remove(engine, "before_cursor_execute", count)


def n_failures_that_leave_nothing(course: Course, act: Callable[[], object]) -> int:
    """Fail at the first statement, at the second ... until all pass."""
    before = course.dump()
    for allowed in range(100):
        stop = writes_until_failure(course.book._book.engine, allowed)
        try:
            with pytest.raises(GradebookError, match="run the same command") as raised:
                act()
        except pytest.fail.Exception:
            assert course.dump() != before
            return allowed
        finally:
            stop()
        assert raised.value.exit_code == 3
        assert course.dump() == before, allowed
    raise AssertionError("it never ends")


@pytest.mark.parametrize("student", ["ana", "new"])
def test_failure_at_any_statement_leaves_nothing_half_written(
    course: Course, assignment: Assignment, student: str
) -> None:
    course.save(assignment, marks())
    course.give("essay", 2.5)
    mine = marks(0.5, 1.0, unanswered=("nb/f",), student=student)

    n = n_failures_that_leave_nothing(
        course, lambda: course.save(assignment, mine, LATE, "q")
    )

    assert n >= 5


def test_failure_while_an_assignment_is_recorded_leaves_the_old_one(
    course: Course, assignment: Assignment
) -> None:
    course.save(assignment, marks())
    path = course.settings.source_folder("u1") / "nb.ipynb"
    write(notebook(check_cell(VISIBLE, "new"), essay_cell()), path)
    changed = build_assignment(course.settings, "u1")

    n = n_failures_that_leave_nothing(
        course, lambda: course.book.save_assignment(changed)
    )

    assert n >= 5


def test_failure_of_our_own_code_is_rolled_back_and_the_book_goes_on(
    course: Course, assignment: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = course.dump()
    with monkeypatch.context() as patch:
        patch.setattr(course.book, "_save_record", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            course.save(assignment, marks())
    assert course.dump() == before

    with monkeypatch.context() as patch:
        patch.setattr(course.book, "_penalise", _interrupt)
        with pytest.raises(KeyboardInterrupt):
            course.save(assignment, marks())
    assert course.dump() == before
    assert course.book.fingerprint("ana", "u1") == ""

    course.save(assignment, marks(student="luis"))
    assert [m.student for m in course.book.load_marks("u1")] == ["luis"]


def _interrupt(*_: object) -> float:
    raise KeyboardInterrupt


def test_locked_database_raises_and_can_be_used_later(
    course: Course, assignment: Assignment
) -> None:
    course.change(db_url=f"sqlite:///{course.database}?timeout=0.01")
    before = course.dump()
    lock = sqlite3.connect(course.database, isolation_level=None)
    with Gradebook(course.settings) as book:
        lock.execute("BEGIN EXCLUSIVE")
        for act in (
            lambda: book.save_marks(assignment, marks(), "", "p"),
            lambda: book.save_assignment(assignment),
            lambda: book.fingerprint("ana", "u1"),
            lambda: book.load_marks("u1"),
            lambda: book.list_graded_units(),
            lambda: Gradebook(course.settings),
        ):
            with pytest.raises(GradebookError, match="database is locked") as raised:
                act()
            assert raised.value.exit_code == 3
            assert str(course.database) in str(raised.value)
        lock.execute("ROLLBACK")
        lock.close()
        assert course.dump() == before

        book.save_marks(assignment, marks(), "", "p")
    assert course.grades()["nb/f_visible"][0] == 1.0


def test_read_only_database_raises_and_can_be_read(
    course: Course, assignment: Assignment
) -> None:
    course.save(assignment, marks())
    before = course.dump()
    course.change(db_url=f"sqlite:///file:{course.database}?mode=ro&uri=true")

    with Gradebook(course.settings) as book:
        for act in (
            lambda: book.save_marks(assignment, marks(0.0), "", "q"),
            lambda: book.save_assignment(assignment),
        ):
            with pytest.raises(GradebookError, match="run the same command") as raised:
                act()
            assert raised.value.exit_code == 3
        assert book.load_marks("u1") == (marks(),)
    assert course.dump() == before


@pytest.mark.parametrize("name", ["junk.db", "missing/gradebook.db"])
def test_file_that_is_no_gradebook_raises(tmp_path: Path, name: str) -> None:
    (tmp_path / "junk.db").write_text("no soy una base de datos" * 100)
    settings = Settings(root=tmp_path, db_url=f"sqlite:///{tmp_path / name}")
    path = os.environ["PATH"]

    with pytest.raises(GradebookError, match=name):
        Gradebook(settings)

    assert os.environ["PATH"] == path


def test_alembic_is_found_beside_the_interpreter(
    template: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """nbgrader calls it by name; people do not always activate the environment."""
    seen: list[str | None] = []
    monkeypatch.setattr(
        nbgrader.api,
        "get_alembic_version",
        lambda: seen.append(shutil.which("alembic")),
    )
    monkeypatch.setenv("PATH", "/nowhere")

    Gradebook(Settings(root=tmp_path)).__exit__()

    assert [Path(str(path)).name for path in seen] == ["alembic"]
    assert os.environ["PATH"] == "/nowhere"
    connection = sqlite3.connect(template)
    [[version]] = connection.execute("SELECT version_num FROM alembic_version")
    connection.close()
    assert version


# --------------------------------------------------------------------- late penalty


class Half(BasePlugin):
    """Half of the score."""

    def late_submission_penalty(
        self, student_id: str, score: float, total_seconds_late: float
    ) -> float | None:
        return score / 2


class PerHour(BasePlugin):
    """A quarter of a point for each hour, for one student only."""

    def late_submission_penalty(
        self, student_id: str, score: float, total_seconds_late: float
    ) -> float | None:
        return 0.25 * total_seconds_late / 3600 if student_id == "ana" else None


class TooMuch(BasePlugin):
    """More than was earned."""

    def late_submission_penalty(
        self, student_id: str, score: float, total_seconds_late: float
    ) -> float | None:
        return 100.0


class Bonus(BasePlugin):
    """A negative penalty."""

    def late_submission_penalty(
        self, student_id: str, score: float, total_seconds_late: float
    ) -> float | None:
        return -1.0


class Broken(BasePlugin):
    """A plugin with a mistake."""

    def late_submission_penalty(
        self, student_id: str, score: float, total_seconds_late: float
    ) -> float | None:
        return score / 0


def penalty_config(plugin: str) -> Config:
    config = Config()
    if plugin in ("none", "zero"):
        config.LateSubmissionPlugin.penalty_method = plugin
    else:
        config.AssignLatePenalties.plugin_class = f"{__name__}.{plugin}"
    return config


@pytest.mark.parametrize(
    ("plugin", "timestamp", "expected"),
    [
        ("none", LATE, 0.0),
        ("zero", LATE, 2.5),
        ("zero", "2025-01-01 12:00:01 UTC", 2.5),
        ("zero", EARLY, 0.0),
        ("zero", "2025-01-01 12:00:00 UTC", 0.0),
        ("zero", "no es una fecha", 0.0),
        ("zero", "", 0.0),
        ("Half", LATE, 1.25),
        ("PerHour", LATE, 0.25),
        ("TooMuch", LATE, 2.5),
        ("Bonus", LATE, 0.0),
    ],
)
def test_late_penalty_is_nbgraders(
    course: Course,
    assignment: Assignment,
    plugin: str,
    timestamp: str,
    expected: float,
) -> None:
    config = penalty_config(plugin)
    course.change(nbgrader=config)
    course.set_due()

    returned = course.save(assignment, marks(hidden=1.5), timestamp)

    recorded = course.penalties()
    assert returned.late_penalty == expected
    assert returned.score == 2.5 - expected
    assert recorded in ([expected], [None] if not expected else None)

    names = {"notebook": "nb", "assignment": "u1", "student": "ana"}
    resources = {"nbgrader": names | {"db_url": f"sqlite:///{course.database}"}}
    course.sql("UPDATE submitted_notebook SET late_submission_penalty = -9")
    AssignLatePenalties(config=config).preprocess(notebook(), resources)
    assert course.penalties() == recorded


def test_penalty_sees_the_student_and_the_manual_points(
    course: Course, assignment: Assignment
) -> None:
    course.set_due()
    course.save(assignment, marks(), LATE)
    course.give("essay", 3.0)

    course.change(nbgrader=penalty_config("zero"))
    assert course.save(assignment, marks(), LATE).late_penalty == 4.0

    course.change(nbgrader=penalty_config("PerHour"))
    assert course.save(assignment, marks(student="luis"), LATE).late_penalty == 0.0
    assert course.save(assignment, marks(), LATE).score == 3.75


def test_extension_takes_the_penalty_back(
    course: Course, assignment: Assignment
) -> None:
    course.change(nbgrader=penalty_config("zero"))
    course.set_due()
    assert course.save(assignment, marks(), LATE).late_penalty == 1.0
    with nbgraders_book(course.database) as book:
        book.grant_extension("u1", "ana", minutes=90)

    assert course.save(assignment, marks(), LATE).late_penalty == 0.0
    assert course.penalties() == [None]


def test_penalty_of_several_notebooks_is_added(course: Course) -> None:
    course.release(check_cell(VISIBLE, "t", 2.0), name="nb2")
    assignment = course.release(check_cell(VISIBLE, "t", 1.0))
    course.set_due()
    course.change(nbgrader=penalty_config("Half"))
    cells = (mark("t", 1.0, 1.0), mark("t", 2.0, 2.0, "nb2"))

    returned = course.save(assignment, Marks("ana", "u1", cells), LATE)

    assert (returned.late_penalty, returned.score) == (1.5, 1.5)
    assert sorted(course.penalties()) == [0.5, 1.0]


@pytest.mark.parametrize(
    ("timestamp", "expected"),
    [
        ("2025-01-01 13:00:00 UTC", DUE + timedelta(hours=1)),
        ("2025-01-01 13:00:00", DUE + timedelta(hours=1)),
        ("2025-01-01T15:00:00+02:00", DUE + timedelta(hours=1)),
        ("", DUE),
        ("mañana", None),
        ("9" * 30, None),
        ("2025-01-01 13:00:00 99999999999", None),
        ("0001-01-01 00:00:00+12:00", None),
    ],
)
def test_time_of_a_submission_is_read_or_unknown(
    course: Course, assignment: Assignment, timestamp: str, expected: datetime | None
) -> None:
    course.save(assignment, marks(), "2025-01-01 12:00:00 UTC")

    course.save(assignment, marks(), timestamp)

    [[found]] = course.sql("SELECT timestamp FROM submitted_assignment")
    assert found == (f"{expected:%Y-%m-%d %H:%M:%S}.000000" if expected else None)


# ----------------------------------------------------------------------- our record


def test_fingerprint_is_that_of_the_last_grading(
    course: Course, assignment: Assignment
) -> None:
    assert course.book.fingerprint("ana", "u1") == ""
    for prints in ("first", "second"):
        course.save(assignment, marks(), "", prints)
        assert course.book.fingerprint("ana", "u1") == prints
    assert course.book.fingerprint("luis", "u1") == ""
    assert course.book.fingerprint("ana", "u2") == ""


def test_marks_of_a_unit_are_loaded_sorted(course: Course) -> None:
    make_course(course.settings.root, "u2")
    assert course.book.list_graded_units() == ()
    for unit in ("u2", "u1"):
        assignment = build_assignment(course.settings, unit)
        course.book.save_assignment(assignment)
        for student in ("zoe", "ana"):
            course.save(assignment, replace(marks(student=student), unit=unit))

    assert course.book.load_marks("u1") == (marks(student="ana"), marks(student="zoe"))
    assert course.book.list_graded_units() == ("u1", "u2")


def test_record_holds_penalty_fingerprint_and_time(
    course: Course, assignment: Assignment
) -> None:
    course.change(nbgrader=penalty_config("zero"))
    course.set_due()

    returned = course.save(assignment, marks(), LATE)

    assert returned.late_penalty == 1.0
    assert course.book.load_marks("u1") == (returned,)
    [[*key, at]] = course.sql(
        "SELECT student, unit, fingerprint, graded_at FROM autograder_record"
    )
    assert key == ["ana", "u1", "p"]
    assert abs(datetime.now(UTC) - datetime.fromisoformat(at)) < timedelta(hours=1)


def test_random_marks_come_back_from_json() -> None:
    seed = 5
    rng = random.Random(seed)

    def text() -> str:
        return "".join(rng.choices("aáñ\"'\\\n\t<>{}\0日🦄\ud7ff", k=rng.randrange(12)))

    for _ in range(100):
        cells = tuple(
            CellMark(
                text(),
                text(),
                rng.choice([None, 0.0, rng.random()]),
                rng.random(),
                rng.choice(list(Outcome)),
                text(),
                text(),
                rng.random() < 0.5,
                rng.random() < 0.5,
                rng.random(),
            )
            for _ in range(rng.randrange(4))
        )
        mine = Marks(
            text(),
            text(),
            cells,
            rng.choice(list(Status)),
            tuple(Note(text(), text()) for _ in range(rng.randrange(3))),
            rng.random(),
            rng.random(),
            rng.random(),
            tuple(text() for _ in range(rng.randrange(3))),
        )

        assert marks_from_json(marks_to_json(mine)) == mine, seed


# ------------------------------------------------------------------- known bugs


def test_answer_that_a_person_has_graded_waits_no_longer(
    course: Course, assignment: Assignment
) -> None:
    course.save(assignment, marks())
    course.give("essay", 2.5)

    [loaded] = course.book.load_marks("u1")

    assert loaded.score == 3.5
    assert not loaded.needs_manual_grade


@pytest.mark.parametrize("points", [2.5, None])
def test_extra_credit_counts_as_in_nbgrader(
    course: Course, assignment: Assignment, points: float | None
) -> None:
    course.save(assignment, marks())
    course.give("essay", points)
    course.sql("UPDATE grade SET extra_credit = 0.25")
    with nbgraders_book(course.database) as book:
        expected = book.find_submission("u1", "ana").score

    [loaded] = course.book.load_marks("u1")

    assert loaded.score == expected
    assert course.save(assignment, marks()).score == expected


def test_comments_of_a_locked_database_raise(course: Course) -> None:
    course.change(db_url=f"sqlite:///{course.database}?timeout=0.01")
    with (
        Gradebook(course.settings) as book,
        closing(sqlite3.connect(course.database, isolation_level=None)) as lock,
    ):
        lock.execute("BEGIN EXCLUSIVE")

        with pytest.raises(GradebookError, match="database is locked"):
            book.load_comments("ana", "u1")


def test_lone_surrogate_in_a_message_is_recorded(
    course: Course, assignment: Assignment
) -> None:
    """A student's code may raise Exception("\\ud800"); the class must go on."""
    cell = CellMark("nb", "f_visible", 0.0, 1.0, Outcome.RAISED, "\ud800", "Exception")

    course.save(assignment, Marks("ana", "u1", (cell,)))

    assert [m.student for m in course.book.load_marks("u1")] == ["ana"]


def test_removed_notebook_no_longer_counts(course: Course) -> None:
    course.release(check_cell(VISIBLE, "t", 2.0), name="nb2")
    assignment = course.release(check_cell(VISIBLE, "t", 1.0))
    cells = (mark("t", 1.0, 1.0), mark("t", 2.0, 2.0, "nb2"))
    course.save(assignment, Marks("ana", "u1", cells))

    (course.settings.source_folder("u1") / "nb2.ipynb").unlink()
    changed = course.release()
    course.save(changed, Marks("ana", "u1", cells[:1]))

    assert course.grades() == {"nb/t": (1.0, None, 1.0, False)}
    assert course.sql("SELECT name FROM notebook") == [("nb",)]
    assert course.sql("SELECT count(*) FROM base_cell") == [(1,)]
    assert course.sql("SELECT count(*) FROM submitted_notebook") == [(1,)]
    with nbgraders_book(course.database) as book:
        submission = book.find_submission("u1", "ana")
        assert (submission.score, submission.max_score) == (1.0, 1.0)


def test_read_only_database_without_the_course_raises(course: Course) -> None:
    course.change(
        db_url=f"sqlite:///file:{course.database}?mode=ro&uri=true", course_id="other"
    )

    with pytest.raises(GradebookError, match="readonly"):
        Gradebook(course.settings)


def test_reason_is_told_when_a_late_submission_cannot_be_written(
    course: Course, assignment: Assignment
) -> None:
    course.save(assignment, marks())
    stop = writes_until_failure(course.book._book.engine, 0)

    with pytest.raises(GradebookError) as raised:
        course.save(assignment, marks(), LATE)

    stop()
    assert "disk is full" in str(raised.value)


def test_penalty_plugin_that_does_not_exist_is_the_instructors_mistake(
    course: Course, assignment: Assignment
) -> None:
    config = Config()
    config.AssignLatePenalties.plugin_class = "no.such.Plugin"
    course.change(nbgrader=config)

    with pytest.raises(InstructorError, match=r"no\.such\.Plugin"):
        course.save(assignment, marks())


def test_regraded_answer_is_to_be_read_again_as_in_nbgrader(
    course: Course, assignment: Assignment
) -> None:
    """The student may have handed in another text since."""
    course.save(assignment, marks())
    course.give("essay", 2.5)

    returned = course.save(assignment, marks(), prints="q")

    with nbgraders_book(course.database) as book:
        expected = book.find_submission("u1", "ana").needs_manual_grade
    assert expected is True
    assert returned.needs_manual_grade == expected
    assert course.book.load_marks("u1")[0].needs_manual_grade == expected


def test_penalty_plugin_that_fails_is_the_instructors_mistake(
    course: Course, assignment: Assignment
) -> None:
    before = course.dump()
    course.set_due()
    course.change(nbgrader=penalty_config("Broken"))

    with pytest.raises(InstructorError, match="division by zero"):
        course.save(assignment, marks(), LATE)

    assert "autograder_record" not in "".join(set(course.dump()) - set(before))
