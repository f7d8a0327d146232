"""How fast is grading? One run, one machine, one class, next to nbgrader.

    make bench                        all of it, into docs/benchmark.md and .json
    python benchmarks/grading.py --students 24 --unit 04_perceptron [--quick]

Measured, each on the same copies of one unit's exercises:

- nbgrader: `nbgrader autograde`, as installed;
- ours as the course is graded: sandbox, and a judge in a process of its own;
- ours with the tests in the student's kernel, with the sandbox and without;
- the floor: the same cells executed one after the other in one warm process.

Seconds of processor time are those of the whole machine, so run it on an idle one.
"""

import argparse
import importlib
import io
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
import psutil
from jupyter_client.manager import KernelManager
from nbgrader.api import Gradebook

from autograder.answers import Answer, fill_in, read_answers
from autograder.build import ANSWERS_FILE, build_assignment
from autograder.execution.provisioner import warm_up
from autograder.intake import receive
from autograder.pipeline import grade_unit
from autograder.records import ReleasedNotebook, Submission, grade_id_of
from autograder.settings import SAME_KERNEL, Settings, load_settings

REPOSITORY = Path(__file__).resolve().parents[1]
SIZES = (12, 48, 192)
JOBS = (1, 2, 4, 8)


def make_class(root: Path, unit: str, n_students: int) -> Settings:
    """A course folder in which `n_students` handed in honest copies of a unit."""
    for name in ("nbgrader_config.py", "autograder.toml"):
        shutil.copyfile(REPOSITORY / name, root / name)
    shutil.copytree(REPOSITORY / "notebooks" / unit, root / "notebooks" / unit)
    toml = (root / "autograder.toml").read_text().replace("check_reference = true", "")
    (root / "autograder.toml").write_text(toml)
    settings = load_settings(root)
    [released] = build_assignment(settings, unit).notebooks
    answers = read_answers(root / "notebooks" / unit / ANSWERS_FILE)
    for number in range(n_students):
        folder = settings.submitted_folder(f"s{number:03}", unit)
        folder.mkdir(parents=True)
        copy = fill_in(released.student, choose_answers(released, answers, number))
        nbformat.write(copy, folder / f"{released.name}.ipynb")
    return settings


def choose_answers(
    released: ReleasedNotebook, answers: tuple[Answer, ...], number: int
) -> dict[str, str]:
    """What student `number` answers: (name of the exercise) -> source.

    Of four students one hands in the reference solutions, one the other right answers,
    two get every third exercise wrong, each in another way; of twelve one is blank.
    """
    if number % 12 == 11:
        return {}
    chosen = {}
    positions = {grade_id_of(c): n for n, c in enumerate(released.reference.cells)}
    for grade_id, reference in released.solutions.items():
        is_wrong = number % 2 and (positions[grade_id] + number) % 3 == 0
        kind = "wrong" if is_wrong else "right" if number % 4 == 2 else ""
        fitting = [
            answer.source
            for answer in answers
            if (answer.kind, answer.grade_id) == (kind, grade_id)
        ]
        choices = fitting or [reference]
        chosen[grade_id] = choices[number // 4 % len(choices)]
    return chosen


def measure(work: Callable[[], Any], n_students: int) -> dict[str, float]:
    """Wall and processor seconds per submission of some work."""
    before, began = _busy_seconds(), time.monotonic()
    work()
    wall, cpu = time.monotonic() - began, _busy_seconds() - before
    return {
        "wall_s": round(wall / n_students, 4),
        "cpu_s": round(cpu / n_students, 4),
        "per_minute": round(60 * n_students / wall, 1),
    }


def grade_with_nbgrader(settings: Settings, unit: str) -> None:
    """`nbgrader autograde` into a gradebook of its own."""
    nbgrader = [sys.executable, "-m", "nbgrader", "autograde", unit, *_theirs(settings)]
    _quietly(nbgrader, settings)


def release_with_nbgrader(settings: Settings, unit: str) -> None:
    """What has to happen once before; not timed."""
    command = [sys.executable, "-m", "nbgrader", "generate_assignment", unit]
    _quietly([*command, *_theirs(settings)], settings)


def floor(settings: Settings, unit: str) -> None:
    """The cells of every submission, in this process, errors ignored."""
    importlib.import_module("course_utils.warmup")  # what a warm kernel has, too
    assignment = build_assignment(settings, unit)
    for folder in sorted((settings.root / settings.submitted).iterdir()):
        submission = receive(settings, assignment, folder.name)
        assert isinstance(submission, Submission)
        for notebook in submission.notebooks:
            _execute_here(notebook.document)


def scores(database: Path, unit: str) -> dict[tuple[str, str], float | None]:
    """(student, cell) -> automatic score."""
    with Gradebook(f"sqlite:///{database}") as book:
        return {
            (submission.student.id, grade.name): grade.auto_score
            for submission in book.assignment_submissions(unit)
            for notebook in submission.notebooks
            for grade in notebook.grades
        }


def idle_kernels(settings: Settings, n_kernels: int = 8) -> dict[str, float]:
    """Memory of warm kernels that wait: proportional and resident MiB of each."""
    managers = []
    try:
        for _ in range(n_kernels):
            manager = KernelManager(kernel_name="curso", transport="ipc")
            manager.start_kernel()
            client = manager.client()
            client.start_channels()
            client.wait_for_ready(timeout=60)
            managers.append((manager, client))
        pids = [manager.provisioner.pid for manager, _ in managers]  # type: ignore[union-attr]
        maps = [psutil.Process(pid).memory_full_info() for pid in pids]
        return {
            "kernels": n_kernels,
            "unique_mib": round(sum(m.uss for m in maps) / len(maps) / 2**20, 1),
            "proportional_mib": round(sum(m.pss for m in maps) / len(maps) / 2**20, 1),
            "resident_mib": round(sum(m.rss for m in maps) / len(maps) / 2**20, 1),
        }
    finally:
        for manager, client in managers:
            client.stop_channels()
            manager.shutdown_kernel(now=True)


def main() -> None:
    """Run, print and write JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--unit", default="04_perceptron")
    parser.add_argument("--students", type=int, default=24)
    parser.add_argument("--quick", action="store_true", help="without growth")
    parser.add_argument("--to", type=Path, default=REPOSITORY / "docs/benchmark.json")
    parser.add_argument("--floor", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.floor:
        settings = load_settings(options.floor)
        work = partial(floor, settings, options.unit)
        print(json.dumps(measure(work, options.students)))
        return
    os.environ["PATH"] = (
        f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    )
    with tempfile.TemporaryDirectory() as folder:
        result = run_all(Path(folder), options)
    text = to_markdown(result)
    options.to.write_text(json.dumps(result, indent=1) + "\n")
    options.to.with_suffix(".md").write_text(text)
    print(text)


def run_all(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Every measurement, in one dictionary."""
    unit, n = options.unit, options.students
    settings = make_class(_new(folder, "class"), unit, n)
    same = replace(settings, judge=SAME_KERNEL)
    ways = {
        "ours": settings,
        "ours, same kernel": same,
        "ours, same kernel, no sandbox": replace(
            same, kernels=replace(same.kernels, sandbox=False)
        ),
    }
    warm_up(settings.kernels.preload)
    grade_unit(settings, unit, students=("s000",))  # the fork server is warm now
    result: dict[str, Any] = {
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
        "unit": unit,
        "students": n,
    }
    for name, way in ways.items():
        result[name] = measure(partial(grade_unit, way, unit, force=True), n)
    result["floor"] = measure_floor(settings, options)
    release_with_nbgrader(settings, unit)
    result["nbgrader"] = measure(lambda: grade_with_nbgrader(settings, unit), n)
    ours = scores(settings.root / "gradebook.db", unit)
    result["equal_scores"] = ours == scores(settings.root / "theirs.db", unit)
    for name in ways:
        ratio = result["nbgrader"]["wall_s"] / result[name]["wall_s"]
        result[name]["times_nbgrader"] = round(ratio, 1)
    result["idle kernel"] = idle_kernels(settings)
    ratio = result["ours"]["cpu_s"] / result["ours, same kernel"]["cpu_s"]
    result["judge_cpu_ratio"] = round(ratio, 2)
    if not options.quick:
        result["by class size"] = {
            size: measure_size(_new(folder, f"size{size}"), unit, size)
            for size in SIZES
        }
        result["by jobs"] = {
            jobs: measure(
                lambda j=jobs: grade_unit(settings, unit, jobs=j, force=True), n
            )
            for jobs in JOBS
        }
    return result


def measure_floor(settings: Settings, options: argparse.Namespace) -> dict[str, float]:
    """In a process with one compute thread, as a kernel has."""
    threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    command = [sys.executable, __file__, "--floor", str(settings.root)]
    command += ["--unit", options.unit, "--students", str(options.students)]
    done = subprocess.run(
        command,
        env={**os.environ, **dict.fromkeys(threads, "1")},
        check=True,
        capture_output=True,
        text=True,
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def to_markdown(result: dict[str, Any]) -> str:
    """The figures as a page of the documentation."""
    names = ("nbgrader", *(n for n in result if n.startswith("ours")), "floor")
    lines = [
        "# How fast",
        "",
        f"`make bench` on {result['machine']}: unit {result['unit']}, "
        f"{result['students']} copies. Processor seconds are the whole machine's.",
        "",
        "| | wall s per submission | processor s | per minute | times nbgrader |",
        "|---|---|---|---|---|",
    ]
    for name in names:
        row = result[name]
        lines.append(
            f"| {name} | {row['wall_s']} | {row['cpu_s']} | {row['per_minute']} "
            f"| {row.get('times_nbgrader', '')} |"
        )
    memory = result["idle kernel"]
    lines += [
        "",
        f"Scores equal nbgrader's: {'yes' if result['equal_scores'] else 'NO'}. "
        f"The judge's process: {result['judge_cpu_ratio']} times the processor time of "
        f"the same kernel. An idle kernel of {memory['kernels']}: "
        f"{memory['proportional_mib']} MiB proportional, {memory['unique_mib']} MiB of "
        f"its own, {memory['resident_mib']} MiB resident.",
    ]
    for key in ("by class size", "by jobs"):
        if key in result:
            lines += ["", f"| {key[3:]} | wall s per submission | per minute |"]
            lines += ["|---|---|---|"]
            lines += [
                f"| {number} | {row['wall_s']} | {row['per_minute']} |"
                for number, row in result[key].items()
            ]
    return "\n".join(lines) + "\n"


def measure_size(root: Path, unit: str, size: int) -> dict[str, float]:
    """Grading a class of that size."""
    settings = make_class(root, unit, size)
    return measure(lambda: grade_unit(settings, unit), size)


def _new(folder: Path, name: str) -> Path:
    (folder / name).mkdir()
    return folder / name


def _busy_seconds() -> float:
    times = psutil.cpu_times()
    return float(times.user + times.system + times.nice)


def _theirs(settings: Settings) -> list[str]:
    return [
        f"--db=sqlite:///{settings.root / 'theirs.db'}",
        "--CourseDirectory.autograded_directory=theirs",
        "--log-level=ERROR",
    ]


def _quietly(command: list[str], settings: Settings) -> None:
    subprocess.run(command, cwd=settings.root, check=True, stdout=subprocess.DEVNULL)


def _execute_here(document: nbformat.NotebookNode) -> None:
    namespace: dict[str, Any] = {"__name__": "__main__"}
    sink = io.StringIO()
    with redirect_stdout(sink), redirect_stderr(sink):
        for cell in document.cells:
            if cell.cell_type == "code":
                try:
                    exec(compile(cell.source, "<cell>", "exec"), namespace)
                except Exception:  # as a kernel would: on to the next cell
                    continue


if __name__ == "__main__":
    main()
