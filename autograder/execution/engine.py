"""A papermill engine whose every failure is the outcome of a cell.

With ``keep_going`` (grading) it runs a notebook to its end: when a kernel dies it
starts another, replays the cells before it without the ones that killed, and goes
on with the next cell. Without it (lessons) it stops at the first cell that fails,
as papermill does.

The verdict is in the returned outcomes, never in papermill's metadata, which says
"completed" of cells that timed out.
"""

import asyncio
import os
import time
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from papermill.engines import Engine, NotebookExecutionManager
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook
from papermill.utils import nb_kernel_name

from autograder.execution.kernel import KernelSession
from autograder.records import CellOutcome, NotebookExecution, Outcome
from autograder.settings import Limits

FATAL = (Outcome.TIMED_OUT, Outcome.OUT_OF_MEMORY, Outcome.KERNEL_DIED)


def execute_document(
    name: str,
    document: NotebookNode,
    *,
    kernel_name: str,
    limits: Limits,
    cwd: Path,
    n_threads: int = 1,
    purpose: str = "autograde",
) -> NotebookExecution:
    """Execute a copy of a notebook to its end and say what happened to each cell.

    Raises
    ------
    KernelStartError
        If no kernel could be started; the machine's fault.
    SourceError
        If the kernel that the instructor chose does not exist.
    """
    outcomes: list[CellOutcome] = []
    document = deepcopy(document)
    document.metadata["papermill"] = {}
    GradingEngine.execute_notebook(
        document,
        kernel_name,
        progress_bar=False,
        limits=limits,
        cwd=cwd,
        environment=kernel_environment(n_threads, purpose),
        outcomes=outcomes,
        keep_going=True,
    )
    for holder in (document, *document.cells):
        holder.metadata.pop("papermill", None)
    return NotebookExecution(name, document, tuple(outcomes))


def kernel_environment(n_threads: int, purpose: str = "") -> dict[str, str]:
    """Environment of a kernel that shares the machine with others."""
    threads = str(n_threads)
    environment = dict(
        os.environ,
        OMP_NUM_THREADS=threads,
        OPENBLAS_NUM_THREADS=threads,
        MKL_NUM_THREADS=threads,
        PYTHONDONTWRITEBYTECODE="1",
    )
    if purpose:
        environment["NBGRADER_EXECUTION"] = purpose
    return environment


class GradingEngine(Engine):  # type: ignore[misc]
    """Entry point ``autograder`` of papermill's engines."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: NotebookExecutionManager,
        kernel_name: str,
        *,
        limits: Limits | None = None,
        cwd: Path | None = None,
        environment: dict[str, str] | None = None,
        outcomes: list[CellOutcome] | None = None,
        keep_going: bool = False,
        **_: Any,
    ) -> None:
        """Called by papermill with a prepared notebook; appends to `outcomes`."""
        limits = limits or Limits()
        session = KernelSession(
            nb_man.nb,
            kernel_name,
            limits,
            cwd or Path.cwd(),
            environment or kernel_environment(os.cpu_count() or 1),
        )
        record = [] if outcomes is None else outcomes
        asyncio.run(_run_notebook(nb_man, session, limits, record, keep_going))


async def _run_notebook(
    nb_man: NotebookExecutionManager,
    session: KernelSession,
    limits: Limits,
    outcomes: list[CellOutcome],
    keep_going: bool,
) -> None:
    deadline = time.monotonic() + limits.submission_seconds
    skipped: set[int] = set()
    async with session:
        for index, cell in enumerate(nb_man.nb.cells):
            if cell.cell_type != "code" or not cell.source.strip():
                continue
            nb_man.cell_start(cell, index)
            if not session.is_alive:
                await _replay(session, nb_man.nb, index, skipped, limits, deadline)
            outcome = await _run_within(session, cell, index, limits, deadline)
            outcomes.append(outcome)
            if outcome.outcome in FATAL:
                skipped.add(index)
            if outcome.outcome is not Outcome.PASSED and not keep_going:
                nb_man.cell_exception(cell, index)
                nb_man.cell_complete(cell, index)
                return
            nb_man.cell_complete(cell, index)


async def _run_within(
    session: KernelSession,
    cell: NotebookNode,
    index: int,
    limits: Limits,
    deadline: float,
) -> CellOutcome:
    """Run a cell in the time that the cell and the submission have left."""
    left = deadline - time.monotonic()
    if left <= 0 or not session.is_alive:
        grade_id = str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))
        return CellOutcome(index, grade_id, Outcome.NOT_RUN, message="no time left")
    outcome = await session.run_cell(cell, index, min(limits.cell_seconds, left))
    if outcome.outcome in FATAL and not outcome.message:
        return replace(outcome, message=_explain(outcome.outcome, limits))
    return outcome


def _explain(outcome: Outcome, limits: Limits) -> str:
    return {
        Outcome.TIMED_OUT: f"more than {limits.cell_seconds:g} s",
        Outcome.OUT_OF_MEMORY: f"more than {limits.memory_mib} MiB",
        Outcome.KERNEL_DIED: "the kernel died",
    }[outcome]


async def _replay(
    session: KernelSession,
    document: NotebookNode,
    stop: int,
    skipped: set[int],
    limits: Limits,
    deadline: float,
) -> None:
    """Bring a new kernel to the state before cell `stop`.

    Outputs and outcomes of the cells stay those of their first execution. A cell
    that kills the kernel during the replay joins `skipped` and the replay begins
    again, so it ends after at most as many kernels as there are cells.
    """
    while time.monotonic() < deadline:
        await session.stop()
        await session.start()
        for index in range(stop):
            cell = document.cells[index]
            if index in skipped or cell.cell_type != "code" or not cell.source.strip():
                continue
            left = deadline - time.monotonic()
            if left <= 0:
                return
            await session.run_cell(
                deepcopy(cell), index, min(limits.cell_seconds, left)
            )
            document.cells[index] = cell
            if not session.is_alive:
                skipped.add(index)
                break
        else:
            return


def execute_file(
    path: Path,
    *,
    parameters: dict[str, Any],
    limits: Limits,
    cwd: Path,
    n_threads: int = 1,
) -> NotebookExecution:
    """Execute a notebook file with papermill parameters, up to its first failure.

    Raises
    ------
    KernelStartError, SourceError
        As `execute_document`.
    """
    document = load_notebook_node(str(path))
    if parameters:
        document = parameterize_notebook(document, parameters)
    outcomes: list[CellOutcome] = []
    GradingEngine.execute_notebook(
        document,
        nb_kernel_name(document),
        progress_bar=False,
        limits=limits,
        cwd=cwd,
        environment=kernel_environment(n_threads),
        outcomes=outcomes,
    )
    return NotebookExecution(path.stem, document, tuple(outcomes))
