"""The one path: received file -> Submission -> Execution -> Marks -> gradebook.

`grade_one` is everything that happens to one submission and nothing that is shared;
`grade_many` spreads it over any `concurrent.futures.Executor`; `grade_unit` adds the
course folder and the gradebook, whose only writer it is.
"""

import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import nbformat
import psutil

from autograder.build import build_assignment, build_notebook
from autograder.errors import (
    KernelStartError,
    MachineError,
    SourceError,
)
from autograder.execution.engine import execute_document
from autograder.execution.judging import make_trial
from autograder.execution.provisioner import warm_up
from autograder.execution.sandbox import missing_protections
from autograder.execution.surroundings import scratch_folder
from autograder.gradebook import Gradebook
from autograder.intake import TIMESTAMP_FILE, list_students, receive, receive_notebooks
from autograder.records import (
    Assignment,
    Execution,
    Marks,
    NotebookExecution,
    Submission,
    SubmittedNotebook,
    Unreadable,
)
from autograder.scoring import mark_submission, mark_unreadable
from autograder.settings import SEPARATE, Kernels, Limits, Settings

N_ATTEMPTS = 2
KERNELS_PER_JOB = 3


@dataclass(frozen=True)
class Graded:
    """A submission with what happened to it; `execution` is None when unreadable."""

    submission: Submission | Unreadable
    execution: Execution | None
    marks: Marks


@dataclass(frozen=True)
class UnitResult:
    """What `grade_unit` did.

    `n_unchanged` of the marks were up to date already; `moved` tells of students graded
    before whose score is another now: who, before, after.
    """

    marks: tuple[Marks, ...]
    n_unchanged: int
    moved: tuple[tuple[str, float, float], ...] = ()


def grade_notebook(
    source: Path | str, submission: Path | str, limits: Limits | None = None
) -> Marks:
    """Grade one notebook without a course folder or a database.

    Parameters
    ----------
    source
        The instructor's notebook with solutions and tests.
    submission
        The student's notebook.
    limits
        Time, memory and size limits; the defaults of a plain nbgrader course.

    Raises
    ------
    SourceError
        If the source is not a notebook that nbgrader could release.
    """
    path = Path(source)
    settings = Settings(root=path.parent, limits=limits or Limits())
    released = build_notebook(path, path.parent.name, settings)
    assignment = Assignment(path.parent.name, (released,), path.parent)
    received = receive_notebooks(
        assignment,
        Path(submission).stem,
        [Path(submission)],
        settings.limits.notebook_mib,
    )
    return grade_one(assignment, received, settings).marks


def grade_one(
    assignment: Assignment, submission: Submission | Unreadable, settings: Settings
) -> Graded:
    """Execute and mark one submission in a folder of its own.

    Raises
    ------
    MachineError
        If no kernel can be started, tried twice; nothing was marked.
    """
    if isinstance(submission, Unreadable):
        return Graded(submission, None, mark_unreadable(assignment, submission))
    for attempt in range(N_ATTEMPTS):
        try:
            execution = execute(assignment, submission, settings)
            break
        except KernelStartError:
            if attempt == N_ATTEMPTS - 1:
                raise
    return Graded(
        submission, execution, mark_submission(assignment, submission, execution)
    )


def execute(
    assignment: Assignment, submission: Submission, settings: Settings
) -> Execution:
    """Run the notebooks of a submission, one kernel each, in a scratch folder."""
    began = time.monotonic()
    is_separate = settings.judge_of(assignment.unit) == SEPARATE
    with scratch_folder("curso-") as scratch, scratch_folder("curso-juez-") as bench:
        _lay_out_files(assignment, submission, scratch)
        _lay_out_files(assignment, None, bench)
        notebooks = tuple(
            execute_document(
                notebook.name,
                notebook.document,
                kernel_name=released.kernel_name,
                limits=settings.limits,
                kernels=settings.kernels,
                cwd=scratch,
                trial=make_trial(released, notebook.document) if is_separate else None,
                judge_cwd=bench,
            )
            for notebook in submission.notebooks
            for released in assignment.notebooks
            if released.name == notebook.name
        )
    return Execution(notebooks, seconds=time.monotonic() - began)


def grade_many(
    assignment: Assignment,
    submissions: Iterable[Submission | Unreadable],
    settings: Settings,
    executor: Executor,
) -> Iterator[Graded]:
    """Grade submissions on any executor; results come as they are done.

    Leaving the iterator early cancels what has not begun.
    """
    futures: list[Future[Graded]] = [
        executor.submit(grade_one, assignment, submission, settings)
        for submission in submissions
    ]
    try:
        for future in as_completed(futures):
            yield future.result()
    finally:
        for future in futures:
            future.cancel()


def grade_unit(
    settings: Settings,
    unit: str,
    *,
    jobs: int = 0,
    students: tuple[str, ...] = (),
    force: bool = False,
    on_graded: Callable[[Marks, int], None] = lambda marks, total: None,
) -> UnitResult:
    """Grade everyone who handed in a unit and record it, one transaction each.

    What was graded before and has not changed since (submission, source, settings) is
    not graded again unless `force`.

    Parameters
    ----------
    jobs
        Submissions graded at a time; 0 for the number of cores.
    students
        Only these; everyone when empty.
    on_graded
        Called after each submission with its marks and the number to be graded.

    Raises
    ------
    InstructorError, MachineError
        See `errors`; what was recorded before stays recorded.
    """
    prepare_kernels(settings.kernels)
    assignment = build_assignment(settings, unit)
    if settings.check_reference:
        check_reference(assignment, settings)
    names = students or list_students(settings, unit)
    received = [receive(settings, assignment, name) for name in names]
    with Gradebook(settings) as gradebook:
        before = {m.student: m.score for m in gradebook.load_marks(unit)}
        gradebook.save_assignment(assignment)
        basis = fingerprint_basis(assignment, settings)
        prints = {s.student: fingerprint(basis, s) for s in received}
        todo = [
            submission
            for submission in received
            if force
            or gradebook.fingerprint(submission.student, unit)
            != prints[submission.student]
            or _is_executed_copy_missing(settings, submission)
        ]
        executor = ThreadPoolExecutor(n_in_flight(jobs, settings))
        try:
            for graded in grade_many(assignment, todo, settings, executor):
                marks = _record(gradebook, settings, assignment, graded, prints)
                on_graded(marks, len(todo))
        finally:  # do not wait for what runs when something went wrong
            executor.shutdown(wait=False, cancel_futures=True)
        wanted = set(names)
        marks_of_all = tuple(
            m for m in gradebook.load_marks(unit) if m.student in wanted
        )
    moved = tuple(
        (m.student, before[m.student], m.score)
        for m in marks_of_all
        if before.get(m.student, m.score) != m.score
    )
    return UnitResult(marks_of_all, len(received) - len(todo), moved)


def prepare_kernels(kernels: Kernels) -> None:
    """Start what kernels are forked from, which imports while we read submissions.

    Raises
    ------
    MachineError
        If kernels are to be confined and this machine cannot do it.
    """
    missing = missing_protections() if kernels.sandbox else []
    if missing:
        raise MachineError(
            f"the sandbox needs {' and '.join(missing)}: nothing was graded. "
            "If you trust the students' code, use --sandbox off"
        )
    if kernels.is_warm:
        warm_up(kernels.preload)


def n_in_flight(jobs: int, settings: Settings) -> int:
    """How many submissions to run at a time.

    More than there are cores, because a kernel that starts or ends mostly waits, but
    not more than fit into the free memory if all of them take what they may.
    """
    room = psutil.virtual_memory().available // (settings.limits.memory_mib * 2**20)
    return max(1, min((jobs or os.cpu_count() or 1) * KERNELS_PER_JOB, int(room)))


def check_reference(assignment: Assignment, settings: Settings) -> None:
    """Refuse a unit whose own solutions do not earn all points of its tests.

    Raises
    ------
    SourceError
        With the file and the first cell that its own solution fails.
    """
    for released in assignment.notebooks:
        reference = Submission(
            student="(reference)",
            unit=assignment.unit,
            notebooks=(SubmittedNotebook(released.name, released.reference),),
        )
        single = replace(assignment, notebooks=(released,))
        marks = grade_one(single, reference, settings).marks
        for mark in marks.cells:
            if mark.points is not None and mark.points < mark.max_points:
                raise SourceError(
                    f"its own solution earns {mark.points:g} of {mark.max_points:g}: "
                    f"{mark.outcome}: {mark.error} {mark.message}",
                    str(released.path),
                    mark.grade_id,
                )


def fingerprint_basis(assignment: Assignment, settings: Settings) -> bytes:
    """Hash of what the marks of everyone in a unit depend on."""
    digest = hashlib.sha256()
    for released in assignment.notebooks:
        digest.update(nbformat.writes(released.graded).encode())
    for name in assignment.files:
        digest.update(name.encode() + (assignment.folder / name).read_bytes())
    digest.update(json.dumps(asdict(settings.limits), sort_keys=True).encode())
    digest.update(settings.judge_of(assignment.unit).encode())
    return digest.digest()


def fingerprint(basis: bytes, submission: Submission | Unreadable) -> str:
    """Hash of everything that the marks of a submission depend on."""
    digest = hashlib.sha256(basis)
    digest.update(submission.timestamp.encode())
    if isinstance(submission, Unreadable):
        digest.update(repr(submission.reason).encode())
        return digest.hexdigest()
    for notebook in submission.notebooks:
        digest.update(json.dumps(notebook.document, sort_keys=True).encode())
    for name in submission.files:
        if submission.folder:
            digest.update(name.encode() + (submission.folder / name).read_bytes())
    return digest.hexdigest()


def _is_executed_copy_missing(
    settings: Settings, submission: Submission | Unreadable
) -> bool:
    folder = settings.autograded_folder(submission.student, submission.unit)
    return isinstance(submission, Submission) and not folder.exists()


def _record(
    gradebook: Gradebook,
    settings: Settings,
    assignment: Assignment,
    graded: Graded,
    prints: dict[str, str],
) -> Marks:
    """Executed notebooks first, then the gradebook: what is recorded is complete."""
    submission = graded.submission
    if isinstance(submission, Submission) and graded.execution:
        _write_autograded(settings, assignment, submission, graded.execution.notebooks)
    return gradebook.save_marks(
        assignment, graded.marks, submission.timestamp, prints[submission.student]
    )


def _write_autograded(
    settings: Settings,
    assignment: Assignment,
    submission: Submission,
    notebooks: tuple[NotebookExecution, ...],
) -> None:
    """Put the executed notebooks where nbgrader's formgrader and feedback look.

    The folder is written beside its place and moved there in one step.
    """
    target = settings.autograded_folder(submission.student, assignment.unit)
    staging = target.with_name(f".{target.name}.new")
    try:
        _remove(staging)
        staging.mkdir(parents=True)
        _lay_out_files(assignment, submission, staging)
        for notebook in notebooks:
            # without line breaks: ten times faster, and nobody reads it as a file
            text = json.dumps(notebook.document, ensure_ascii=False)
            (staging / f"{notebook.name}.ipynb").write_text(text, encoding="utf-8")
        if submission.timestamp:
            (staging / TIMESTAMP_FILE).write_text(submission.timestamp)
        _remove(target)
        staging.rename(target)
    except OSError as error:
        raise MachineError(f"{target}: {error}; run the same command again") from error


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


def _lay_out_files(
    assignment: Assignment, submission: Submission | None, target: Path
) -> None:
    """The student's files, then the instructor's over them."""
    mine = (submission.folder, submission.files) if submission else (None, ())
    for folder, names in (mine, (assignment.folder, assignment.files)):
        for name in names:
            if folder is not None:
                destination = target / name
                destination.parent.mkdir(parents=True, exist_ok=True)
                destination.unlink(missing_ok=True)
                shutil.copyfile(folder / name, destination, follow_symlinks=False)
