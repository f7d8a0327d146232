"""nbgrader's own fixtures, read from the installed package, graded by both programs."""

import os
import shutil
import sys
from pathlib import Path

import nbgrader
import pytest
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from traitlets.config import Config

from autograder.pipeline import grade_unit
from autograder.records import Marks
from autograder.settings import load_settings

PACKAGE = Path(nbgrader.__file__).parent
FIXTURES = PACKAGE / "tests" / "apps" / "files"
GUIDE = PACKAGE / "docs" / "source" / "user_guide"
STUB = 'c = get_config()\nc.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE"}\n'

Scores = dict[tuple[str, str], tuple[float | None, float | None, bool]]


class Course:
    """A course folder that nbgrader and the autograder both grade."""

    def __init__(self, root: Path, config: str = "") -> None:
        self.root = root
        (root / "nbgrader_config.py").write_text(config or "c = get_config()\n")
        shutil.copy(FIXTURES / "autotests.yml", root)

    def add(self, unit: str, source: str, students: dict[str, str]) -> None:
        """One unit from a fixture, with submissions from others."""
        self._copy(FIXTURES / source, self.root / "source" / unit / "p1.ipynb")
        for student, name in students.items():
            folder = self.root / "submitted" / student / unit
            self._copy(FIXTURES / name, folder / "p1.ipynb")

    def grade(self, unit: str) -> dict[str, Marks]:
        """The autograder's marks by student."""
        result = grade_unit(load_settings(self.root), unit)
        return {marks.student: marks for marks in result.marks}

    def grade_with_nbgrader(self, unit: str, database: str = "theirs.db") -> None:
        """Release and autograde with nbgrader, into a gradebook of its own."""
        config = Config(load_settings(self.root).nbgrader)
        config.CourseDirectory.root = str(self.root)
        config.CourseDirectory.db_url = f"sqlite:///{self.root / database}"
        config.CourseDirectory.autograded_directory = "theirs"
        api = NbGraderAPI(config=config)
        assert api.generate_assignment(unit)["success"]
        for student in sorted(p.name for p in (self.root / "submitted").iterdir()):
            if (self.root / "submitted" / student / unit).is_dir():
                result = api.autograde(unit, student)
                assert result["success"], result["log"]

    def scores(self, unit: str, database: str) -> Scores:
        """(student, cell) -> automatic and manual score, needs a person."""
        with Gradebook(f"sqlite:///{self.root / database}") as book:
            return {
                (submission.student.id, f"{notebook.name}/{grade.name}"): (
                    grade.auto_score,
                    grade.manual_score,
                    grade.needs_manual_grade,
                )
                for submission in book.assignment_submissions(unit)
                for notebook in submission.notebooks
                for grade in notebook.grades
            }

    @staticmethod
    def _copy(source: Path, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


@pytest.fixture(autouse=True)
def _programs_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """nbgrader calls ``alembic`` by name."""
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return Course(tmp_path, STUB)
