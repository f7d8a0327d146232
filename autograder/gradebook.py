"""nbgrader's gradebook: one writer, one transaction per submission.

Beside nbgrader's tables stands one of ours, ``autograder_record``: per student and
unit the marks as JSON, with outcomes, messages and notes that nbgrader's schema has
no place for, and the fingerprint of what was graded. It is written in the same
transaction as the grades.
"""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from nbgrader import api, utils
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy import Column, MetaData, String, Table, Text, delete, insert, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import joinedload, selectinload
from traitlets import TraitError

from autograder.errors import GradebookError, SettingsError
from autograder.records import (
    Assignment,
    CellMark,
    Given,
    Marks,
    Note,
    Outcome,
    ReleasedNotebook,
    Status,
)
from autograder.settings import Settings

RECORD = Table(
    "autograder_record",
    MetaData(),
    Column("student", String(128), primary_key=True),
    Column("unit", String(128), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("graded_at", String(32), nullable=False),
    Column("marks", Text(), nullable=False),
)
NO_RESPONSE = "No response."
WHOLE = selectinload(api.SubmittedAssignment.notebooks).options(
    joinedload(api.SubmittedNotebook.notebook),
    selectinload(api.SubmittedNotebook.grades).joinedload(api.Grade.cell),
    selectinload(api.SubmittedNotebook.comments).joinedload(api.Comment.cell),
)  # a submission's rows in four queries, where nbgrader asks for each grade's name


class Gradebook:
    """An open gradebook; use it in one thread, as a context manager."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        with _failures(settings), _alembic_on_path():
            self._book = api.Gradebook(
                settings.gradebook_url, settings.course_id or "default_course"
            )
            RECORD.create(self._book.engine, checkfirst=True)

    def __enter__(self) -> "Gradebook":
        return self

    def __exit__(self, *_: object) -> None:
        self._book.close()

    def save_assignment(self, assignment: Assignment) -> None:
        """Write the released cells; grades of cells that are gone go too."""
        with self._transaction():
            row = _find(self._book.db, api.Assignment, name=assignment.unit)
            row = row or api.Assignment(
                name=assignment.unit, course_id=self._book.course_id
            )
            self._book.db.add(row)
            for released in assignment.notebooks:
                self._save_notebook(row, released)
            names = {released.name for released in assignment.notebooks}
            for notebook in [n for n in row.notebooks if n.name not in names]:
                self._remove_notebook(notebook)

    def save_marks(
        self, assignment: Assignment, marks: Marks, timestamp: str, fingerprint: str
    ) -> Marks:
        """Write the marks of one submission, all or nothing.

        Returns
        -------
        The marks with late penalty and with the points that a person gave before,
        which are kept.
        """
        with self._transaction(), self._book.db.no_autoflush:
            submission = self._submission(marks.student, assignment, timestamp)
            grades = {
                (notebook.name, grade.name): grade
                for notebook in submission.notebooks
                for grade in notebook.grades
            }
            for mark in marks.cells:
                grade = grades.get((mark.notebook, mark.grade_id))
                if grade is None:
                    name = f"{mark.notebook}/{mark.grade_id}"
                    raise GradebookError(f"{name}: no such grade cell")
                grade.auto_score = mark.points
                is_manual = grade.manual_score is not None
                grade.needs_manual_grade = mark.needs_manual_grade or is_manual
            self._save_comments(submission, marks)
            self._book.db.flush()
            marks = replace(marks, late_penalty=self._penalise(submission, marks))
            self._save_record(marks, fingerprint)
            given = _given(submission)
        return marks.with_manual(given)

    def fingerprint(self, student: str, unit: str) -> str:
        """Fingerprint of what was graded last, empty when nothing was."""
        query = select(RECORD.c.fingerprint).where(
            RECORD.c.student == student, RECORD.c.unit == unit
        )
        with _failures(self.settings):
            return self._book.db.execute(query).scalar() or ""

    def load_marks(self, unit: str) -> tuple[Marks, ...]:
        """The marks of everyone graded in a unit, manual points included, sorted."""
        query = (
            select(RECORD.c.marks)
            .where(RECORD.c.unit == unit)
            .order_by(RECORD.c.student)
        )
        with _failures(self.settings):
            rows = [marks_from_json(text) for (text,) in self._book.db.execute(query)]
            return tuple(
                m.with_manual(_given(self._find_submission(m.student, unit)))
                for m in rows
            )

    def load_comments(self, student: str, unit: str) -> dict[tuple[str, str], str]:
        """What people wrote about a student's cells, by (notebook, grade id)."""
        with _failures(self.settings):
            submission = self._find_submission(student, unit)
            return {
                (notebook.name, comment.name): comment.manual_comment
                for notebook in (submission.notebooks if submission else ())
                for comment in notebook.comments
                if comment.manual_comment
            }

    def list_graded_units(self) -> tuple[str, ...]:
        """Units with at least one recorded submission, sorted."""
        query = select(RECORD.c.unit).distinct().order_by(RECORD.c.unit)
        with _failures(self.settings):
            return tuple(unit for (unit,) in self._book.db.execute(query))

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Commit at the end, roll back on any failure."""
        with _failures(self.settings):
            try:
                yield
                self._book.db.commit()
            except BaseException:
                self._book.db.rollback()
                raise

    def _save_notebook(self, assignment: Any, released: ReleasedNotebook) -> None:
        db = self._book.db
        rows = {notebook.name: notebook for notebook in assignment.notebooks}
        row = rows.get(released.name) or api.Notebook(
            name=released.name, assignment=assignment
        )
        row.kernelspec = json.dumps(released.graded.metadata.get("kernelspec", {}))
        db.add(row)
        db.flush()
        for cell in row.source_cells:
            db.delete(cell)
        db.flush()
        for info in released.cells:
            row.source_cells.append(
                api.SourceCell(
                    name=info.grade_id,
                    cell_type=info.cell_type,
                    locked=info.is_locked,
                    source=info.source,
                    checksum=info.checksum,
                )
            )
        self._save_base_cells(row, released)

    def _remove_notebook(self, notebook: Any) -> None:
        """With everything that hangs on it; nbgrader's own would commit."""
        db = self._book.db
        for submitted in list(notebook.submissions):
            for dependent in (*submitted.grades, *submitted.comments, submitted):
                db.delete(dependent)
        for cell in (*notebook._base_cells, *notebook.source_cells):
            db.delete(cell)
        db.flush()
        db.delete(notebook)
        db.flush()
        db.expire_all()

    def _save_base_cells(self, row: Any, released: ReleasedNotebook) -> None:
        db = self._book.db
        wanted = {
            (kind, info.grade_id): info
            for info in released.cells
            for kind, is_kind in (
                (api.GradeCell, info.is_grade),
                (api.SolutionCell, info.is_solution),
                (api.TaskCell, info.is_task),
            )
            if is_kind
        }
        present = {(type(cell), cell.name): cell for cell in row._base_cells}
        for key in present.keys() - wanted.keys():
            gone = present[key]
            for dependent in (*(gone.grades or ()), *(gone.comments or ())):
                db.delete(dependent)
            db.delete(gone)
        for (kind, name), info in wanted.items():
            cell = present.get((kind, name)) or kind(name=name, notebook=row)
            if kind is not api.SolutionCell:
                cell.max_score = info.max_points
                cell.cell_type = info.cell_type
            db.add(cell)

    def _submission(self, student: str, assignment: Assignment, timestamp: str) -> Any:
        """The submission's rows, made where missing, for the cells of today."""
        db = self._book.db
        if db.get(api.Student, student) is None:
            db.add(api.Student(id=student))
        row = self._find_submission(student, assignment.unit)
        parent = _find(db, api.Assignment, name=assignment.unit)
        if row is None:
            row = api.SubmittedAssignment(assignment=parent, student_id=student)
            db.add(row)
        if timestamp:
            row.timestamp = _parse_time(timestamp)
        mine = {notebook.notebook_id: notebook for notebook in row.notebooks}
        for notebook in parent.notebooks:
            copy = mine.get(notebook.id)
            if copy is None:
                copy = api.SubmittedNotebook(notebook=notebook, assignment=row)
                db.add(copy)
            graded = {grade.cell_id for grade in copy.grades}
            commented = {comment.cell_id for comment in copy.comments}
            for cell in (*notebook.grade_cells, *notebook.task_cells):
                if cell.id not in graded:
                    db.add(api.Grade(cell_id=cell.id, notebook=copy))
            for cell in (*notebook.solution_cells, *notebook.task_cells):
                if cell.id not in commented:
                    db.add(api.Comment(cell_id=cell.id, notebook=copy))
        if db.new:
            db.flush()
            db.expire_all()
            row = self._find_submission(student, assignment.unit)
        return row

    def _find_submission(self, student: str, unit: str) -> Any:
        query = (
            select(api.SubmittedAssignment)
            .join(api.Assignment)
            .where(
                api.Assignment.name == unit,
                api.SubmittedAssignment.student_id == student,
            )
            .options(WHOLE)
        )
        return self._book.db.scalars(query).one_or_none()

    def _save_comments(self, submission: Any, marks: Marks) -> None:
        for notebook in submission.notebooks:
            for comment in notebook.comments:
                empty = f"{notebook.name}/{comment.name}" in marks.unanswered
                comment.auto_comment = NO_RESPONSE if empty else None

    def _penalise(self, submission: Any, marks: Marks) -> float:
        """Apply nbgrader's late penalty plugin, as its own autograder does."""
        seconds = submission.total_seconds_late
        config = self.settings.nbgrader
        try:
            plugin = AssignLatePenalties(config=config).plugin_class(config=config)
        except TraitError as error:
            raise SettingsError(f"nbgrader_config.py: {error}") from error
        total = 0.0
        for notebook in submission.notebooks:
            penalty = None
            if seconds > 0:
                self._book.db.refresh(notebook)
                penalty = self._ask(plugin, marks.student, notebook.score, seconds)
            if penalty is not None:
                penalty = min(max(penalty, 0.0), notebook.score)
                total += penalty
            notebook.late_submission_penalty = penalty
        return total

    @staticmethod
    def _ask(plugin: Any, student: str, score: float, seconds: float) -> Any:
        try:
            return plugin.late_submission_penalty(student, score, seconds)
        except Exception as error:  # the course's own code
            name = type(plugin).__name__
            raise SettingsError(f"late penalty plugin {name}: {error}") from error

    def _save_record(self, marks: Marks, fingerprint: str) -> None:
        key = (RECORD.c.student == marks.student, RECORD.c.unit == marks.unit)
        self._book.db.execute(delete(RECORD).where(*key))
        self._book.db.execute(
            insert(RECORD).values(
                student=marks.student,
                unit=marks.unit,
                fingerprint=fingerprint,
                graded_at=datetime.now(UTC).isoformat(timespec="seconds"),
                marks=marks_to_json(marks),
            )
        )


def marks_to_json(marks: Marks) -> str:
    """Marks as JSON text."""
    return json.dumps(asdict(marks))


def marks_from_json(text: str) -> Marks:
    """Marks back from `marks_to_json`."""
    raw = json.loads(text)
    raw["status"] = Status(raw["status"])
    raw["notes"] = tuple(Note(**note) for note in raw["notes"])
    raw["unanswered"] = tuple(raw["unanswered"])
    raw["cells"] = tuple(
        CellMark(**{**cell, "outcome": Outcome(cell["outcome"])})
        for cell in raw["cells"]
    )
    return Marks(**raw)


def _given(submission: Any) -> Given:
    """What people did to the grades of a submission."""
    return {
        (notebook.name, grade.name): (_given_points(grade), grade.needs_manual_grade)
        for notebook in (submission.notebooks if submission else ())
        for grade in notebook.grades
    }


def _given_points(grade: Any) -> float | None:
    """Points with a person's hand in them; None when a machine gave them all."""
    score = grade.auto_score if grade.manual_score is None else grade.manual_score
    if score is None or (grade.manual_score is None and not grade.extra_credit):
        return None
    return float(score + (grade.extra_credit or 0.0))


def _find(db: Any, kind: Any, **columns: Any) -> Any:
    return db.query(kind).filter_by(**columns).one_or_none()


def _parse_time(timestamp: str) -> datetime | None:
    try:
        parsed: datetime | None = utils.parse_utc(timestamp)
    except (ValueError, OverflowError, AttributeError):
        return None
    return parsed


@contextmanager
def _failures(settings: Settings) -> Iterator[None]:
    """Turn what a database can do to us into one error that says what to do."""
    try:
        yield
    except (SQLAlchemyError, api.InvalidEntry, OSError) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise GradebookError(
            f"{settings.gradebook_url}: {reason}. Nothing was half written; "
            "when it is writable again, run the same command"
        ) from error


@contextmanager
def _alembic_on_path() -> Iterator[None]:
    """nbgrader calls the program ``alembic``, which lies beside our interpreter."""
    before = os.environ.get("PATH", "")
    os.environ["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), before])
    try:
        yield
    finally:
        os.environ["PATH"] = before
