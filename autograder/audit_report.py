"""What an audit found, for the documentation, other programs and people."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from autograder.audit import N_REPEATS, ExerciseAudit
from autograder.exporters import JunitCase, cases_to_junit
from autograder.feedback import number, template


def to_markdown(audits: Sequence[ExerciseAudit]) -> str:
    """A page of the documentation: what the audit is, and its table."""
    total = sum(a.n_mutants for a in audits)
    lines = [
        "# What the tests of each exercise catch",
        "",
        f"`autograder audit --all --markdown FILE` on {os.cpu_count()} cores "
        f"({platform.machine()}): {len(audits)} exercises, {total} mutants. The "
        f"reference is graded {N_REPEATS} times, with other seeds and the exercises' "
        "tests in another order. Seconds are those of all cases together.",
        "",
        "| exercise | points | reference | blank | wrong caught | right kept | mutants "
        "| mutation score | s |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for a in audits:
        kept = a.n_right - sum(name.startswith("right") for name in a.refused)
        is_stable = not any(name.startswith("reference") for name in a.refused)
        lines.append(
            f"| {a.unit} {a.exercise} | {a.max_points:g} "
            f"| {'all' if is_stable else 'not always'} | {a.blank_points:g} "
            f"| {a.n_wrong - len(a.let_through)} of {a.n_wrong} "
            f"| {kept} of {a.n_right} | {a.n_mutants} "
            f"| {a.mutation_score:.3f} | {a.seconds:.0f} |"
        )
    survivors = [(a, name) for a in audits for name in a.survivors]
    if survivors:
        lines += ["", "## Mutants that keep all points", ""]
        lines += [f"- {a.exercise}: `{name}`" for a, name in survivors]
    return "\n".join(lines) + "\n"


def to_json(audits: Sequence[ExerciseAudit]) -> str:
    """Everything, for other programs."""
    rows = [
        asdict(a) | {"mutation_score": a.mutation_score, "problems": a.problems}
        for a in audits
    ]
    return json.dumps(rows, indent=1, ensure_ascii=False) + "\n"


def to_junit(audits: Sequence[ExerciseAudit]) -> str:
    """A case per exercise, for what reads test results."""
    return cases_to_junit(
        "audit",
        [
            JunitCase(
                a.unit, a.exercise, a.seconds, tuple(("audit", p) for p in a.problems)
            )
            for a in audits
        ],
    )


def to_html(audits: Sequence[ExerciseAudit]) -> str:
    """The page for people; needs no other file and no network."""
    return template("audit.html").render(
        made=datetime.now().strftime("%Y-%m-%d %H:%M"),
        audits=audits,
        number=number,
    )
