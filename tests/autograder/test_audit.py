"""An audit finds tests that let mistakes through, and only those."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from autograder import audit, audit_report
from autograder.audit import ExerciseAudit, audit_unit
from autograder.cli import autograder
from autograder.errors import SourceError
from autograder.settings import Settings, load_settings
from tests.factories import check_cell, make_course, notebook, solution_cell

REFERENCE = """import numpy as np
def centre(x):
    ### BEGIN SOLUTION
    return x - x.mean(axis=0)
    ### END SOLUTION"""
STRONG = """import numpy as np
x = np.random.default_rng(0).normal(size=(5, 3)) + 1
keep = x.copy()
assert np.allclose(centre(x), x - x.sum(0) / 5)
assert (x == keep).all()"""
SHAPE_ONLY = "import numpy as np\nassert centre(np.ones((2, 3))).shape == (2, 3)"
ITSELF = (
    "import numpy as np\nx = np.ones((2, 3))\ny = centre(x)\nassert np.allclose(y, y)"
)
TOO_WIDE = STRONG.replace("x.sum(0) / 5)", "x.sum(0) / 5, atol=10)")
RANDOM = STRONG + "\nassert np.random.rand() < 0.7"
ANSWERS = """# %% wrong centre other_axis
def centre(x):
    return x - x.mean(axis=1, keepdims=True)

# %% right centre by_hand
def centre(x):
    return x - sum(x) / len(x)
"""


def course(root: Path, test: str, answers: str = ANSWERS) -> Settings:
    document = notebook(
        solution_cell(REFERENCE, "centre"), check_cell(test, "centre_visible")
    )
    make_course(root, source=document)
    (root / "source" / "u1" / "wrong_answers.py").write_text(answers)
    settings = load_settings(root)
    return replace(settings, judge="separate")


def audited(settings: Settings) -> ExerciseAudit:
    [found] = audit_unit(settings, "u1")
    return found


def test_strong_test_is_above_the_bar(tmp_path: Path) -> None:
    found = audited(course(tmp_path, STRONG))

    assert found.problems == ()
    assert (found.n_wrong, found.n_right, found.blank_points) == (1, 1, 0)
    assert found.n_mutants >= 4
    assert found.mutation_score == 1.0


@pytest.mark.parametrize("weak", [SHAPE_ONLY, ITSELF, TOO_WIDE])
def test_weak_test_is_found(tmp_path: Path, weak: str) -> None:
    found = audited(course(tmp_path, weak))

    assert "lets other_axis through" in found.problems
    assert any("mutation score" in problem for problem in found.problems)
    assert any("line 4" in survivor for survivor in found.survivors)


def test_test_that_depends_on_luck_is_found(tmp_path: Path) -> None:
    refused = audited(course(tmp_path, RANDOM)).refused

    assert any(name.startswith("reference seed") for name in refused)
    assert len(refused) < 11


def test_right_answer_that_is_refused_and_points_for_nothing_are_found(
    tmp_path: Path,
) -> None:
    reads = "\nimport inspect\nassert '.mean' in inspect.getsource(centre)"
    strict = audited(course(tmp_path / "a", STRONG + reads))
    generous = audited(course(tmp_path / "b", "assert True"))

    assert "refuses right by_hand" in strict.problems
    assert "gives 1 points for nothing" in generous.problems


def test_equivalent_mutant_is_left_out_only_with_a_reason(tmp_path: Path) -> None:
    settings = course(tmp_path, SHAPE_ONLY)
    survivor = audited(settings).survivors[0]
    key = survivor.split()[0]
    path = tmp_path / "source" / "u1" / "equivalent_mutants.toml"

    path.write_text(f'[centre]\n{key} = "the same on every input"\n')
    found = audited(settings)
    assert found.n_equivalent == 1
    assert survivor not in found.survivors
    path.write_text(f'[centre]\n{key} = " "\n')
    with pytest.raises(SourceError, match="reason"):
        audited(settings)
    path.write_text(f'[other]\n{key} = "why"\n')
    with pytest.raises(SourceError, match="no such exercise"):
        audited(settings)


def test_second_audit_grades_only_what_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, n_runs = course(tmp_path, STRONG), []
    run = audit.run_cases

    def count(cases: list[audit.Case], *rest: object) -> dict[audit.Case, audit.Result]:
        n_runs.extend(cases)
        return run(cases, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(audit, "run_cases", count)
    first = audited(settings)
    n_first = len(n_runs)
    assert audited(settings) == first
    assert len(n_runs) == n_first
    (tmp_path / "source/u1/wrong_answers.py").write_text(
        ANSWERS.replace("axis=1", "axis=-1")
    )
    audited(settings)
    assert [case.name for case in n_runs[n_first:]] == ["other_axis"]


def test_repeats_of_a_notebook_share_their_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, groups = course(tmp_path, STRONG), []
    other = REFERENCE.replace("centre", "shift")
    document = notebook(
        solution_cell(REFERENCE, "centre"),
        check_cell(STRONG, "centre_visible"),
        solution_cell(other, "shift"),
        check_cell(STRONG.replace("centre", "shift"), "shift_visible"),
    )
    make_course(tmp_path, source=document)
    run = audit.run_cases

    def keep(cases: list[audit.Case], *rest: object) -> dict[audit.Case, audit.Result]:
        groups.append([case.exercise for case in cases])
        return run(cases, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(audit, "run_cases", keep)
    found = audit_unit(settings, "u1", n_sample=1)

    assert [exercise.problems for exercise in found] == [(), ()]
    assert groups.count(["centre", "shift"]) == audit.N_REPEATS - 1


def test_audits_side_by_side_keep_each_others_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = course(tmp_path, STRONG)
    path, run = tmp_path / audit.CACHE_FILE, audit.run_cases

    def slow(cases: list[audit.Case], *rest: object) -> dict[audit.Case, audit.Result]:
        path.write_text(json.dumps({"other": {}}))
        return run(cases, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(audit, "run_cases", slow)
    audited(settings)

    assert {"other"} < set(json.loads(path.read_text()))


def test_sample_takes_some_mutants(tmp_path: Path) -> None:
    [found] = audit_unit(course(tmp_path, STRONG), "u1", n_sample=2)

    assert found.n_mutants == 2


def test_command_prints_writes_and_fails_below_the_bar(tmp_path: Path) -> None:
    course(tmp_path, SHAPE_ONLY)
    files = [tmp_path / name for name in ("a.json", "a.md", "a.html", "a.xml")]
    kinds = ("json", "markdown", "html", "junit")
    options = [f"--{kind}={file}" for kind, file in zip(kinds, files, strict=True)]
    command = ["audit", f"--course={tmp_path}", "--all", *options]

    result = CliRunner().invoke(autograder, command)

    assert result.exit_code == 2
    assert "lets other_axis through" in result.output
    assert "survivor  u1 centre" in result.output
    [row] = json.loads(files[0].read_text())
    assert row["let_through"] == ["other_axis"]
    assert "| u1 centre | 1 | all | 0 | 0 of 1 | 1 of 1 |" in files[1].read_text()
    assert "mutantes que sobreviven" in files[2].read_text()
    problems = ElementTree.parse(files[3]).findall("testsuite/testcase/failure")
    assert "lets other_axis through" in [p.get("message") for p in problems]


def test_empty_audit_makes_an_empty_table() -> None:
    *_, last = audit_report.to_markdown([]).splitlines()

    assert last.startswith("|---")


def test_what_is_left_out_of_the_cache_takes_no_part_in_grading() -> None:
    code = "import sys, autograder.audit; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    used = {n.removeprefix("autograder.") for n in done.stdout.split() if "." in n}

    assert "pipeline" in used
    assert not used & audit.BYSTANDERS
