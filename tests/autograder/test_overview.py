"""One table of all units, from what was measured."""

from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from autograder.audit import ExerciseAudit
from autograder.check import CourseRules
from autograder.errors import SourceError
from autograder.overview import BEGIN, END, look_over, put_into, to_markdown
from autograder.runner import Run
from autograder.settings import load_settings
from tests.factories import (
    check_cell,
    essay_cell,
    make_course,
    notebook,
    solution_cell,
    write,
)

RULES = CourseRules({"u1": "Uno"}, {"u1": ("1.1", "1.2")}, ())


def audit(n_mutants: int, *survivors: str) -> ExerciseAudit:
    return ExerciseAudit("u1", "f", "F", 3, 4, 2, n_mutants, 0, 0, 1.0, survivors)


def test_row_counts_what_the_unit_holds(tmp_path: Path) -> None:
    exercises = notebook(solution_cell(), check_cell(), check_cell("", "f_b", 2))
    exercises.cells.append(essay_cell())
    make_course(tmp_path, source=exercises)
    lesson = notebook(
        new_markdown_cell("plotting.show(fig)"),
        new_code_cell("plotting.show(fig, caption='', alt='')\nexplore(draw)"),
        new_code_cell("def draw():\n    plotting.show(other)\nlines(x)"),
    )
    write(lesson, tmp_path / "source" / "u1" / "leccion.ipynb")
    runs = Run("u1", "leccion", 3, 2.4, 300.0), Run("u1", "leccion", 3, 61.7, 500.0)

    row = look_over(
        load_settings(tmp_path), "u1", RULES, runs, [audit(7, "a"), audit(3, "b")]
    )

    assert (row.n_sections, row.n_exercises, row.n_figures) == (2, 2, 3)
    assert (row.n_wrong, row.n_mutants, row.mutation_score) == (8, 10, 0.8)
    [line] = [line for line in to_markdown([row]).splitlines() if "Uno" in line]
    assert line.endswith("| 2 / 62 | 500 | 8 | 10 | 0.800 |")
    assert f"| {row.points:g} | 3 |" in line


def test_table_is_put_between_its_markers_again_and_again(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text(f"a\n{BEGIN}\nold\n{END}\nb\n")

    for table in ("first\n", "second\n"):
        path.write_text(put_into(path, table))

    assert path.read_text() == f"a\n{BEGIN}\n\nsecond\n\n{END}\nb\n"


def test_file_without_markers_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text(f"{BEGIN} only")

    with pytest.raises(SourceError, match="end of units"):
        put_into(path, "table")
