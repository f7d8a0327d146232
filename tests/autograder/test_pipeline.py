"""One path from the received file to the gradebook; nothing half done."""

import asyncio
import shutil
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook as NbgraderBook

import autograder
from autograder import pipeline
from autograder.build import build_assignment
from autograder.errors import (
    GradebookError,
    KernelStartError,
    MachineError,
    SourceError,
)
from autograder.intake import receive
from autograder.pipeline import check_reference, grade_many, grade_unit, n_in_flight
from autograder.records import Marks, Outcome, Status
from autograder.settings import Settings, load_settings
from tests.factories import (
    RIGHT,
    WRONG,
    check_cell,
    find,
    hand_in,
    make_course,
    notebook,
    solution_cell,
    source_notebook,
    write,
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    make_course(tmp_path)
    return load_settings(tmp_path)


def student_copy(settings: Settings, answer: str = RIGHT) -> nbformat.NotebookNode:
    [released] = build_assignment(settings, "u1").notebooks
    document = nbformat.from_dict(released.student)
    find(document, "f").source = answer
    return document


def points(marks: Marks) -> dict[str, float | None]:
    return {cell.grade_id: cell.points for cell in marks.cells}


def test_single_notebook_is_graded_without_folder_or_database(
    tmp_path: Path, settings: Settings
) -> None:
    source = settings.source_folder("u1") / "nb.ipynb"
    mine = write(student_copy(settings), tmp_path / "mine.ipynb")
    before = sorted(tmp_path.rglob("*"))

    marks = autograder.grade_notebook(source, mine)

    assert points(marks) == {"f_visible": 1.0, "f_oculta": 2.0, "essay": 0.0}
    assert (marks.score, marks.max_score) == (3.0, 6.0)
    assert sorted(tmp_path.rglob("*")) == before


def test_single_notebook_is_graded_from_a_notebooks_cell(
    tmp_path: Path, settings: Settings
) -> None:
    source = settings.source_folder("u1") / "nb.ipynb"
    mine = write(student_copy(settings), tmp_path / "mine.ipynb")

    async def cell() -> float:  # a kernel runs its cells within a loop
        return autograder.grade_notebook(source, mine).score

    with ThreadPoolExecutor(1) as thread:  # the browser's tests leave a loop in ours
        assert thread.submit(lambda: asyncio.run(cell())).result() == 3.0


def test_class_is_graded_recorded_and_left_alone_the_second_time(
    settings: Settings,
) -> None:
    hand_in(settings.root, "ana", student_copy(settings))
    hand_in(settings.root, "luis", student_copy(settings, WRONG))
    seen: list[str] = []

    first = grade_unit(settings, "u1", on_graded=lambda m, n: seen.append(m.student))
    second = grade_unit(settings, "u1", on_graded=lambda m, n: seen.append(m.student))

    assert [(m.student, m.score) for m in first.marks] == [("ana", 3.0), ("luis", 0.0)]
    assert sorted(seen) == ["ana", "luis"]
    assert second.n_unchanged == 2
    assert second.marks == first.marks


def test_changed_submission_is_graded_again_and_the_other_is_not(
    settings: Settings,
) -> None:
    hand_in(settings.root, "ana", student_copy(settings))
    hand_in(settings.root, "luis", student_copy(settings, WRONG))
    grade_unit(settings, "u1")
    hand_in(settings.root, "luis", student_copy(settings))
    seen: list[str] = []

    result = grade_unit(settings, "u1", on_graded=lambda m, n: seen.append(m.student))

    assert seen == ["luis"]
    assert [m.score for m in result.marks] == [3.0, 3.0]


def test_changed_test_regrades_everyone_and_force_does_too(settings: Settings) -> None:
    hand_in(settings.root, "ana", student_copy(settings))
    grade_unit(settings, "u1")
    source = source_notebook()
    find(source, "f_visible").source = "assert f(1) == 3"
    write(source, settings.source_folder("u1") / "nb.ipynb")

    changed = grade_unit(settings, "u1")
    forced = grade_unit(settings, "u1", force=True)

    assert points(changed.marks[0])["f_visible"] == 0.0
    assert (changed.n_unchanged, forced.n_unchanged) == (0, 0)


def test_only_the_named_student_is_graded(settings: Settings) -> None:
    hand_in(settings.root, "ana", student_copy(settings))
    hand_in(settings.root, "luis", student_copy(settings))

    result = grade_unit(settings, "u1", students=("luis",))

    assert [m.student for m in result.marks] == ["luis"]


def test_unreadable_submission_is_recorded_and_starts_no_kernel(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in(settings.root, "ana", student_copy(settings)).write_text("{")
    monkeypatch.setattr(pipeline, "execute", _must_not_run)

    [marks] = grade_unit(settings, "u1").marks

    assert (marks.status, marks.score, marks.max_score) == (Status.UNREADABLE, 0, 6)
    assert [note.kind for note in marks.notes] == ["not_json"]


def _must_not_run(*_: object) -> None:
    raise AssertionError("a kernel was started")


def test_executed_notebook_lies_where_nbgrader_looks_with_its_files(
    settings: Settings,
) -> None:
    hand_in(settings.root, "ana", student_copy(settings))
    folder = settings.submitted_folder("ana", "u1")
    (folder / "notas.txt").write_text("mías")
    (folder / "data.csv").write_text("falsos")
    (folder / "timestamp.txt").write_text("2026-01-02 03:04:05 UTC")
    (settings.source_folder("u1") / "data.csv").write_text("1,2")

    grade_unit(settings, "u1")

    done = settings.autograded_folder("ana", "u1")
    names = {path.name for path in done.iterdir()}
    assert names == {"nb.ipynb", "notas.txt", "data.csv", "timestamp.txt"}
    assert (done / "data.csv").read_text() == "1,2"
    executed = nbformat.read(done / "nb.ipynb", as_version=4)
    assert "BEGIN HIDDEN TESTS" in find(executed, "f_oculta").source
    with NbgraderBook(settings.gradebook_url) as book:
        assert str(book.find_submission("u1", "ana").timestamp) == "2026-01-02 03:04:05"


def test_code_runs_beside_its_data_and_the_submission_stays_as_it_was(
    settings: Settings,
) -> None:
    (settings.source_folder("u1") / "data.csv").write_text("1,2")
    answer = (
        "def f(x):\n"
        "    open('mio.txt', 'w').write('x')\n"
        "    return x + len(open('data.csv').read()) - 2"
    )
    hand_in(settings.root, "ana", student_copy(settings, answer))

    [marks] = grade_unit(settings, "u1").marks

    assert marks.score == 3.0
    assert not list(settings.root.rglob("mio.txt"))


def test_kernel_that_does_not_start_is_tried_again_then_nothing_is_recorded(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in(settings.root, "ana", student_copy(settings))
    tries = []

    def fail(*_: object) -> None:
        tries.append(1)
        raise KernelStartError("no")

    monkeypatch.setattr(pipeline, "execute", fail)
    with pytest.raises(KernelStartError) as caught:
        grade_unit(settings, "u1")
    monkeypatch.undo()

    assert len(tries) == 2
    assert caught.value.exit_code == 3
    [marks] = grade_unit(settings, "u1").marks
    assert marks.score == 3.0


def test_failure_after_one_submission_keeps_it_and_the_next_run_goes_on(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ana", "luis"):
        hand_in(settings.root, name, student_copy(settings))
    save = pipeline.Gradebook.save_marks
    saved = []

    def save_once(self: pipeline.Gradebook, *arguments: object) -> Marks:
        if saved:
            raise GradebookError("disk full")
        saved.append(1)
        return save(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(pipeline.Gradebook, "save_marks", save_once)
    with pytest.raises(GradebookError):
        grade_unit(settings, "u1", jobs=1)
    monkeypatch.undo()
    result = grade_unit(settings, "u1")

    assert result.n_unchanged == 1
    assert [m.score for m in result.marks] == [3.0, 3.0]


def test_autograded_folder_that_cannot_be_written_is_the_machines_failure(
    settings: Settings,
) -> None:
    hand_in(settings.root, "ana", student_copy(settings))
    (settings.root / "autograded").write_text("a file in the way")

    with pytest.raises(MachineError, match="same command"):
        grade_unit(settings, "u1")

    (settings.root / "autograded").unlink()
    assert grade_unit(settings, "u1").n_unchanged == 0


def test_lost_autograded_folder_is_made_again(settings: Settings) -> None:
    hand_in(settings.root, "ana", student_copy(settings))
    grade_unit(settings, "u1")
    shutil.rmtree(settings.root / "autograded")

    assert grade_unit(settings, "u1").n_unchanged == 0
    assert (settings.autograded_folder("ana", "u1") / "nb.ipynb").exists()


def test_reference_that_fails_its_own_test_is_refused_with_file_and_cell(
    tmp_path: Path,
) -> None:
    source = notebook(solution_cell(), check_cell("assert f(1) == 3", "f_visible"))
    make_course(tmp_path, source=source)
    (tmp_path / "autograder.toml").write_text("check_reference = true\n")
    settings = load_settings(tmp_path)

    with pytest.raises(SourceError) as caught:
        grade_unit(settings, "u1")

    assert caught.value.exit_code == 2
    assert caught.value.cell == "f_visible"
    assert caught.value.path.endswith("nb.ipynb")
    assert not (tmp_path / "gradebook.db").exists()


def test_good_reference_passes(settings: Settings) -> None:
    check_reference(build_assignment(settings, "u1"), settings)


def test_any_executor_serves(settings: Settings) -> None:
    hand_in(settings.root, "ana", student_copy(settings))
    assignment = build_assignment(settings, "u1")
    submissions = [receive(settings, assignment, "ana")] * 2

    with ProcessPoolExecutor(2) as executor:
        graded = list(grade_many(assignment, submissions, settings, executor))

    assert [g.marks.score for g in graded] == [3.0, 3.0]


def test_cells_of_a_notebook_that_is_missing_earn_nothing(settings: Settings) -> None:
    hand_in(settings.root, "ana", student_copy(settings))
    write(source_notebook(), settings.source_folder("u1") / "otro.ipynb")

    [marks] = grade_unit(settings, "u1").marks

    missing = [cell for cell in marks.cells if cell.notebook == "otro"]
    assert [(c.points, c.outcome) for c in missing] == [(0.0, Outcome.NOT_RUN)] * 3
    assert (marks.score, marks.max_score) == (3.0, 12.0)


def test_random_code_gets_the_same_marks_every_time(settings: Settings) -> None:
    source = notebook(
        solution_cell("### BEGIN SOLUTION\nx = 0\n### END SOLUTION", "x"),
        check_cell("import random\nx == random.random()\nround(random.random(), 6)"),
    )
    write(source, settings.source_folder("u1") / "nb.ipynb")
    [released] = build_assignment(settings, "u1").notebooks
    document = nbformat.from_dict(released.student)
    find(document, "x").source = "x = 0"
    hand_in(settings.root, "ana", document)

    first = grade_unit(settings, "u1", force=True).marks[0]
    again = grade_unit(settings, "u1", force=True).marks[0]

    assert 0 < first.score < 1
    assert first.score == again.score


def test_missing_protection_grades_nothing_unless_told(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in(settings.root, "ana", student_copy(settings))
    monkeypatch.setattr(pipeline, "missing_protections", lambda: ["Landlock"])

    with pytest.raises(MachineError, match="--sandbox off"):
        grade_unit(settings, "u1")

    assert not (settings.root / "gradebook.db").exists()
    open_settings = load_settings(settings.root, sandbox=False)
    assert grade_unit(open_settings, "u1").marks[0].score == 3.0


def test_more_kernels_than_cores_but_only_as_many_as_fit(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = pipeline.psutil.virtual_memory()

    def available(n_bytes: int) -> None:
        fake = free._replace(available=n_bytes)
        monkeypatch.setattr(pipeline.psutil, "virtual_memory", lambda: fake)

    memory = settings.limits.memory_mib * 2**20
    available(100 * memory)
    assert n_in_flight(2, settings) == 6
    available(2 * memory)
    assert n_in_flight(2, settings) == 2
    available(memory // 2)
    assert n_in_flight(2, settings) == 1
