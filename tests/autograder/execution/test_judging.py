"""A class whose tests run in a process of their own."""

from dataclasses import replace
from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from autograder.build import build_assignment
from autograder.errors import SettingsError, SourceError
from autograder.execution.judging import make_trial, same_kernel_tests
from autograder.pipeline import Graded, grade_one
from autograder.records import Assignment, Outcome, Submission, SubmittedNotebook
from autograder.settings import SAME_KERNEL, SEPARATE, Limits, Settings, load_settings
from tests.factories import (
    RIGHT,
    WRONG,
    check_cell,
    find,
    graded,
    make_course,
    notebook,
    solution_cell,
    student_copy,
)

SETUP = "import numpy as np\nTABLE = np.loadtxt('data.csv')\ndef twice(x): return 2 * x"
OTHER = "def g(x):\n    ### BEGIN SOLUTION\n    return x\n    ### END SOLUTION"


def source() -> NotebookNode:
    return notebook(
        graded(SETUP, "setup", locked=True),
        new_code_cell("LIMIT = 42"),
        solution_cell(),
        check_cell("assert f(1) == twice(1) == 2"),
        check_cell(
            "assert f(TABLE[0]) == TABLE[1]\nassert f(LIMIT) == 43", "f_data", 2
        ),
        solution_cell(OTHER, "g"),
        check_cell("assert g(3) == 3", "g_visible", 4),
    )


def make(root: Path, document: NotebookNode, data: str = "1\n2\n") -> Assignment:
    make_course(root, source=document)
    (root / "source" / "u1" / "data.csv").write_text(data)
    return build_assignment(load_settings(root), "u1")


@pytest.fixture
def assignment(tmp_path: Path) -> Assignment:
    return make(tmp_path, source())


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    limits = Limits(cell_seconds=2, memory_mib=1500)
    return replace(load_settings(tmp_path), judge=SEPARATE, limits=limits)


def grade(
    assignment: Assignment, settings: Settings, **answers: str
) -> tuple[dict[str, float | None], Graded]:
    document = student_copy(assignment, **answers)
    for cell in assignment.notebooks[0].graded.cells:
        info = cell.metadata.get("nbgrader", {})
        if info.get("grade"):
            find(document, info["grade_id"]).source = cell.source
    submission = Submission("ana", "u1", (SubmittedNotebook("nb", document),))
    result = grade_one(assignment, submission, settings)
    return {c.grade_id: c.points for c in result.marks.cells}, result


@pytest.mark.parametrize(
    ("answers", "points"),
    [
        ({"f": RIGHT, "g": "def g(x): return x"}, [1, 2, 4]),
        ({"f": WRONG, "g": "def g(x): return x"}, [0, 0, 4]),
        ({"f": RIGHT}, [1, 2, 0]),
        ({"f": RIGHT, "g": "f = None\ndef g(x): return x"}, [1, 2, 4]),
        (
            {"f": RIGHT + "\nTABLE = [5, 6]; LIMIT = 7\ndef twice(x): return 9"},
            [1, 2, 0],
        ),
        ({"f": RIGHT + "\nopen('data.csv', 'w').write('8')"}, [1, 2, 0]),
        ({"f": "f = 2"}, [0, 0, 0]),
        ({"f": "raise ValueError\n" + RIGHT}, [0, 0, 0]),
    ],
)
def test_points_are_for_what_the_students_functions_answer(
    assignment: Assignment,
    settings: Settings,
    answers: dict[str, str],
    points: list[float],
) -> None:
    assert [*grade(assignment, settings, **answers)[0].values()] == points


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ("while True: pass", Outcome.TIMED_OUT),
        ("while True:\n  try:\n    while True: pass\n  except BaseException: pass",
         Outcome.TIMED_OUT),
        ("import os; os._exit(0)", Outcome.KERNEL_DIED),
        ("return bytearray(2 * 2**30)", Outcome.OUT_OF_MEMORY),
        ("import sys; sys.exit(0)", Outcome.RAISED),
    ],
)  # fmt: skip
def test_function_that_misbehaves_costs_its_own_tests_only(
    assignment: Assignment, settings: Settings, body: str, outcome: Outcome
) -> None:
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    points, result = grade(
        assignment, settings, f=f"def f(x):\n{lines}", g="def g(x): return x"
    )

    assert [*points.values()] == [0, 0, 4]
    assert result.marks.cells[0].outcome is outcome


def test_answer_that_is_none_costs_its_own_tests_only(
    assignment: Assignment, settings: Settings
) -> None:
    answer = (
        "def f(x):\n"
        "    import gc\n"
        "    from autograder.execution.answering import Answerer\n"
        "    [a] = [o for o in gc.get_objects() if type(o) is Answerer]\n"
        "    a.channel.sendall(b'\\1' + bytes(7) + b'?')\n"
        "    return x + 1"
    )
    points, _ = grade(assignment, settings, f=answer, g="def g(x): return x")

    assert [*points.values()] == [0, 0, 4]


def test_function_of_a_test_is_handed_over_after_other_cells(tmp_path: Path) -> None:
    document = notebook(
        solution_cell("def f(h):\n    ### BEGIN SOLUTION\n    return h(2)\n"
                      "    ### END SOLUTION"),
        check_cell("def helper(x): return x + 1\nassert f(helper) == 3"),
        new_code_cell("LIMIT = 3"),
        check_cell("assert f(helper) == LIMIT", "f_later", 2),
    )  # fmt: skip
    assignment = make(tmp_path, document)
    limits = Limits(cell_seconds=2)
    settings = replace(load_settings(tmp_path), judge=SEPARATE, limits=limits)

    points, _ = grade(assignment, settings, f="def f(h):\n    return h(2)")

    assert [*points.values()] == [1, 2]


def test_what_a_function_prints_is_shown_with_the_test(
    assignment: Assignment, settings: Settings
) -> None:
    answer = "def f(x):\n    print('hola', x)\n    return x + 1"
    _, result = grade(assignment, settings, f=answer)
    assert result.execution

    [output] = find(result.execution.notebooks[0].document, "f_visible").outputs
    assert output.text == "hola 1\n"


def test_failure_shows_the_line_of_the_test_and_not_the_judges(
    assignment: Assignment, settings: Settings
) -> None:
    _, result = grade(assignment, settings, f=WRONG)
    assert result.execution

    [output] = find(result.execution.notebooks[0].document, "f_visible").outputs
    assert output.ename == "AssertionError"
    text = "\n".join(output.traceback)
    assert "assert f(1) == twice(1) == 2" in text
    assert "autograder" not in text


@pytest.mark.parametrize(
    ("test", "outcome"),
    [
        ("import inspect\nassert 'x + 1  # mine' in inspect.getsource(f)", 1),
        ("0.5 if f(1) == 2 else 0", 0.5),
        ("assert get_ipython() and f(1) == 2", 0),
        ("%time f(1)", 0),
    ],
)
def test_test_cell_may_ask_for_the_source_and_give_part_of_the_points(
    tmp_path: Path, test: str, outcome: float
) -> None:
    assignment = make(tmp_path, notebook(solution_cell(), check_cell(test)))
    settings = replace(load_settings(tmp_path), judge=SEPARATE)

    answer = "def f(x):\n    return x + 1  # mine"
    assert grade(assignment, settings, f=answer)[0] == {"f_visible": outcome}


def test_single_test_cell_can_stay_in_the_students_kernel(tmp_path: Path) -> None:
    cell = check_cell("assert get_ipython() and f(1) == 2")
    cell.metadata["curso"] = {"judge": SAME_KERNEL}
    assignment = make(tmp_path, notebook(solution_cell(), cell))
    settings = replace(load_settings(tmp_path), judge=SEPARATE)

    assert grade(assignment, settings, f=RIGHT)[0] == {"f_visible": 1}
    [released] = assignment.notebooks
    assert not make_trial(released, released.student).has("f_visible")
    assert same_kernel_tests(assignment, settings) == ("f_visible",)


def test_judge_is_chosen_per_course_and_unit(tmp_path: Path) -> None:
    text = 'judge = "separate"\n[judge_by_unit]\nu2 = "same-kernel"\n'
    (tmp_path / "autograder.toml").write_text(text)
    settings = load_settings(tmp_path)

    assert settings.judge_of("u1") == SEPARATE
    assert settings.judge_of("u2") == SAME_KERNEL
    assert Settings(tmp_path).judge_of("u1") == SAME_KERNEL
    (tmp_path / "autograder.toml").write_text('judge = "nobody"\n')
    with pytest.raises(SettingsError, match="nobody"):
        load_settings(tmp_path)


def test_foreign_kernel_cannot_be_judged_apart(tmp_path: Path) -> None:
    document = source()
    document.metadata.kernelspec = {"name": "cold", "display_name": "x"}
    assignment = make(tmp_path, document)
    settings = load_settings(tmp_path)
    kernels = replace(settings.kernels, sandbox=False, is_warm=False)
    settings = replace(settings, judge=SEPARATE, kernels=kernels)

    with pytest.raises(SourceError):
        grade(assignment, settings, f=RIGHT)
