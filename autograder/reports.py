"""Gradebook -> what staff see: one self-contained HTML page."""

import base64
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import mean, median

import seaborn as sns
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from autograder.analysis import Item, analyse, count_outcomes, frequent_failures
from autograder.feedback import number, template
from autograder.records import Exercise, Marks, Outcome, Status
from autograder.similarity import Pair
from autograder.texts import OUTCOMES, note_texts

LOOK_OUTCOMES = (Outcome.TIMED_OUT, Outcome.OUT_OF_MEMORY, Outcome.KERNEL_DIED)
LOOK_NOTES = (
    "cell_edited", "cell_deleted", "cell_duplicated", "cell_retyped", "renamed",
    "recognised", "reordered", "notebook_missing", "kernel_replaced", "timed_out",
    "out_of_memory", "kernel_died",
)  # fmt: skip
DPI = 110
N_SLOWEST = 5


@dataclass(frozen=True)
class UnitReport:
    """The marks of one unit and the exercises they belong to.

    `same_kernel` names the tests that ran in the students' own processes; `pairs` are
    submissions that look alike.
    """

    unit: str
    marks: tuple[Marks, ...]
    exercises: tuple[Exercise, ...]
    same_kernel: tuple[str, ...] = ()
    pairs: tuple[Pair, ...] = ()


def render_report(units: Sequence[UnitReport]) -> str:
    """The report page for one or more units; needs no other file and no network."""
    return template("report.html").render(
        made=datetime.now().strftime("%Y-%m-%d %H:%M"),
        units=[_section(report) for report in units if report.marks],
        progress=_progress([report for report in units if report.marks]),
    )


def needs_a_look(marks: Marks) -> list[str]:
    """Why a person should look at a submission; empty when nobody need."""
    if marks.status is Status.UNREADABLE:
        return note_texts(marks.notes)
    counts = Counter(
        cell.outcome for cell in marks.cells if cell.outcome in LOOK_OUTCOMES
    )
    reasons = [f"{OUTCOMES[outcome]} ({n})" for outcome, n in counts.items()]
    reasons += note_texts(note for note in marks.notes if note.kind in LOOK_NOTES)
    if marks.score == 0 and not reasons:
        reasons.append("no ha obtenido ningún punto")
    return reasons


def _section(report: UnitReport) -> dict[str, object]:
    scores = [m.score for m in report.marks if m.status is Status.GRADED]
    max_score = report.marks[0].max_score
    items = analyse(report.marks, report.exercises)
    slowest = sorted(report.marks, key=lambda m: -m.seconds)[:N_SLOWEST]
    return {
        "name": report.unit,
        "n": len(report.marks),
        "same_kernel": report.same_kernel,
        "n_unreadable": sum(m.status is Status.UNREADABLE for m in report.marks),
        "max_score": number(max_score),
        "mean": number(mean(scores)) if scores else "—",
        "median": number(median(scores)) if scores else "—",
        "histogram": _histogram(scores, max_score),
        "bars": _bars(items),
        "looks": [(m.student, why) for m in report.marks if (why := needs_a_look(m))],
        "exercises": [
            (
                item.exercise.title,
                number(item.exercise.max_points),
                "—" if item.share is None else number(100 * item.share),
                "—" if item.discrimination is None else number(item.discrimination),
                item.remark,
            )
            for item in items
        ],
        "failures": frequent_failures(report.marks, report.exercises),
        "outcomes": count_outcomes(report.marks),
        "pairs": [
            (p.first, p.second, number(100 * p.score), p.n_shared) for p in report.pairs
        ],
        "seconds": number(median(m.seconds for m in report.marks)),
        "mib": f"{max(m.peak_mib for m in report.marks):.0f}",
        "slowest": [(m.student, number(m.seconds)) for m in slowest],
        "heads": [e.title.split(" ")[0] for e in report.exercises],
        "rows": [_row(m, report.exercises) for m in report.marks],
    }


def _row(marks: Marks, exercises: Sequence[Exercise]) -> dict[str, object]:
    cells = []
    for exercise in exercises:
        mine = marks.of(exercise)
        waits = any(cell.needs_manual_grade for cell in mine)
        cells.append("…" if waits else number(marks.points_of(exercise)))
    return {
        "student": marks.student,
        "score": number(marks.score),
        "cells": cells,
        "status": "no legible" if marks.status is Status.UNREADABLE else "",
        "seconds": number(marks.seconds),
        "mib": f"{marks.peak_mib:.0f}",
    }


def _histogram(scores: Sequence[float], max_score: float) -> str:
    figure = Figure(figsize=(6.4, 3.0), layout="constrained")
    axes = figure.add_subplot()
    color = sns.color_palette("colorblind")[0]
    top = max([max_score, *scores]) or 1.0
    sns.histplot(x=list(scores), binrange=(0, top), bins=10, color=color, ax=axes)
    axes.set(xlabel="puntos", ylabel="estudiantes", xlim=(0, top))
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    sns.despine(figure)
    return _png(figure)


def _progress(reports: Sequence[UnitReport]) -> str:
    """Each student's share of the points, per unit; nothing for a single unit."""
    if len(reports) < 2:
        return ""
    shares = {
        report.unit: [
            100 * m.score / m.max_score
            for m in report.marks
            if m.status is Status.GRADED and m.max_score
        ]
        for report in reports
    }
    size = (6.4, 0.8 + 0.4 * len(shares))
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.add_subplot()
    color = sns.color_palette("colorblind")[0]
    sns.stripplot(shares, orient="h", color=color, size=3, alpha=0.5, ax=axes)
    middle = [median(found) if found else 0.0 for found in shares.values()]
    axes.plot(middle, range(len(middle)), "kD", markersize=6)
    axes.set(xlabel="nota (% de los puntos)", xlim=(0, 100))
    sns.despine(figure)
    return _png(figure)


def _bars(items: Sequence[Item]) -> str:
    names = [item.exercise.title.split(" ")[0] for item in items]
    values = [100 * (item.share or 0.0) for item in items]
    figure = Figure(
        figsize=(6.4, 0.5 + 0.36 * max(len(names), 2)), layout="constrained"
    )
    axes = figure.add_subplot()
    color = sns.color_palette("colorblind")[2]
    rows = range(len(names))
    axes.barh(rows, values, color=color)
    axes.invert_yaxis()
    axes.set_yticks(rows, names)
    for row, value in enumerate(values):
        axes.annotate(
            f"{value:.0f} %",
            (value, row),
            (3, 0),
            va="center",
            textcoords="offset points",
        )
    axes.set(xlabel="puntos obtenidos (%)", ylabel="", xlim=(0, 112))
    sns.despine(figure)
    return _png(figure)


def _png(figure: Figure) -> str:
    """The figure as base64 PNG; drawn without pyplot, so threads do not share state."""
    buffer = io.BytesIO()
    FigureCanvasAgg(figure)
    figure.savefig(buffer, format="png", dpi=DPI)
    return base64.b64encode(buffer.getvalue()).decode()
