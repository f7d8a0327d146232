"""The course's units in one table, from the notebooks and from what was measured."""

import ast
import os
import platform
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat

from autograder.audit import ExerciseAudit
from autograder.build import build_assignment, list_exercises
from autograder.check import FIGURE_CALLS, CourseRules, call_name
from autograder.errors import SourceError
from autograder.runner import LESSON, Run
from autograder.settings import Settings

BEGIN, END = "<!-- units: autograder overview -->", "<!-- end of units -->"


@dataclass(frozen=True)
class UnitOverview:
    """One row: what a unit holds and how it did."""

    unit: str
    title: str
    n_sections: int
    n_exercises: int
    points: float
    n_figures: int
    quick_seconds: float
    full_seconds: float
    peak_mib: float
    n_wrong: int
    n_mutants: int
    mutation_score: float


def look_over(
    settings: Settings,
    unit: str,
    rules: CourseRules,
    runs: tuple[Run, Run],
    audits: Sequence[ExerciseAudit],
) -> UnitOverview:
    """Collect a unit's row.

    Parameters
    ----------
    runs
        Of its lesson: with ``RAPIDO`` and without.
    audits
        Of its exercises, with all mutants.
    """
    quick, full = runs
    exercises = list_exercises(build_assignment(settings, unit))
    lesson = settings.source_folder(unit) / f"{LESSON}.ipynb"
    n_mutants = sum(a.n_mutants for a in audits)
    n_survivors = sum(len(a.survivors) for a in audits)
    return UnitOverview(
        unit=unit,
        title=rules.titles.get(unit, unit),
        n_sections=len(rules.sections.get(unit, ())),
        n_exercises=len(exercises),
        points=sum(exercise.max_points for exercise in exercises),
        n_figures=sum(1 for _ in _figures(lesson)),
        quick_seconds=quick.seconds,
        full_seconds=full.seconds,
        peak_mib=max(quick.peak_mib, full.peak_mib),
        n_wrong=sum(a.n_wrong for a in audits),
        n_mutants=n_mutants,
        mutation_score=1 - n_survivors / n_mutants if n_mutants else 1.0,
    )


def to_markdown(rows: Iterable[UnitOverview]) -> str:
    """The table, with the machine it was measured on."""
    lines = [
        "| unit | sections | exercises | points | figures | lesson, s (quick / full) "
        "| MiB | wrong answers | mutants | mutation score |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for r in rows:
        lines.append(
            f"| [{r.unit[:2]} · {r.title}](notebooks/{r.unit}/{LESSON}.ipynb) "
            f"| {r.n_sections} | {r.n_exercises} | {r.points:g} | {r.n_figures} "
            f"| {r.quick_seconds:.0f} / {r.full_seconds:.0f} | {r.peak_mib:.0f} "
            f"| {r.n_wrong} | {r.n_mutants} | {r.mutation_score:.3f} |"
        )
    machine = f"{os.cpu_count()} cores, {platform.machine()}, no GPU"
    note = f"`autograder overview --write README.md`, measured on {machine}."
    return "\n".join([*lines, "", note]) + "\n"


def put_into(path: Path, table: str) -> str:
    """A file's text with the table between its two markers.

    Raises
    ------
    SourceError
        If the markers are not there, once each and in order.
    """
    text = path.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SourceError(f"no {BEGIN} and {END}", str(path))
    return f"{before}{BEGIN}\n\n{table}\n{END}{after}"


def _figures(lesson: Path) -> Iterator[str]:
    """The calls in a lesson that show a figure."""
    for cell in nbformat.read(lesson, as_version=4).cells:
        if cell.cell_type != "code":
            continue
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.Call):
                name = call_name(node).split(".")[-1]
                if name in FIGURE_CALLS:
                    yield name
