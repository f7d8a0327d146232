"""Executing notebooks so that every failure is the outcome of a cell.

For grading, `execute_document` runs a notebook to its end: when a kernel dies it
starts another, replays the cells before it without the ones that killed, and goes
on with the next cell. For lessons, the papermill engine stops at the first cell that
fails, as papermill does.

The verdict is in the returned outcomes, never in papermill's metadata, which says
"completed" of cells that timed out.
"""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from papermill.engines import Engine, NotebookExecutionManager
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook
from papermill.utils import nb_kernel_name

from autograder.execution.judging import Trial
from autograder.execution.kernel import KernelSession
from autograder.records import (
    CellOutcome,
    NotebookExecution,
    Outcome,
    grade_id_of,
)
from autograder.settings import Kernels, Limits

MAX_DEATHS = 2  # of a kernel in the same cell before it is the cell's doing
FATAL = (Outcome.TIMED_OUT, Outcome.OUT_OF_MEMORY, Outcome.KERNEL_DIED)


def execute_document(
    name: str,
    document: NotebookNode,
    *,
    kernel_name: str,
    limits: Limits,
    kernels: Kernels,
    cwd: Path,
    purpose: str = "autograde",
    trial: Trial | None = None,
    judge_cwd: Path | None = None,
) -> NotebookExecution:
    """Execute a copy of a notebook to its end and say what happened to each cell.

    Parameters
    ----------
    trial, judge_cwd
        What another process judges, and the folder in which it does; without a trial
        all cells run in the notebook's kernel.

    Raises
    ------
    KernelStartError
        If no kernel could be started; the machine's fault.
    SourceError
        If the kernel that the instructor chose does not exist.
    """
    document = deepcopy(document)
    session = KernelSession(
        document,
        kernel_name,
        limits=limits,
        kernels=kernels,
        cwd=cwd,
        purpose=purpose,
        trial=trial,
        judge_cwd=judge_cwd,
    )
    outcomes: list[CellOutcome] = []

    async def run_all() -> None:
        async for outcome in _Run(document, session, limits).outcomes():
            outcomes.append(outcome)

    _wait_for(run_all())
    return NotebookExecution(name, document, tuple(outcomes))


def _wait_for(work: Coroutine[Any, Any, None]) -> None:
    """Run to the end, also where a loop runs already, as in the cells of a notebook."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(work)
    else:
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, work).result()


class GradingEngine(Engine):  # type: ignore[misc]
    """A papermill engine; papermill finds it through `plugin`."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: NotebookExecutionManager,
        kernel_name: str,
        *,
        limits: Limits | None = None,
        kernels: Kernels | None = None,
        cwd: Path | None = None,
        outcomes: list[CellOutcome] | None = None,
        **_: Any,
    ) -> None:
        """Called by papermill with a prepared notebook; appends to `outcomes`.

        It stops at the first cell that fails, as papermill does.
        """
        limits = limits or Limits()
        session = KernelSession(
            nb_man.nb,
            kernel_name,
            limits=limits,
            kernels=kernels or Kernels(sandbox=False, n_threads=os.cpu_count() or 1),
            cwd=cwd or Path.cwd(),
        )
        run = _Run(nb_man.nb, session, limits)
        record = [] if outcomes is None else outcomes

        async def run_all() -> None:
            async with aclosing(run.outcomes(on_start=nb_man.cell_start)) as stream:
                async for outcome in stream:
                    record.append(outcome)
                    cell = nb_man.nb.cells[outcome.index]
                    is_good = outcome.outcome is Outcome.PASSED
                    if not is_good:
                        nb_man.cell_exception(cell, outcome.index)
                    nb_man.cell_complete(cell, outcome.index)
                    if not is_good:
                        return

        _wait_for(run_all())


class _Run:
    """One execution of a notebook: what time is left and which cells kill kernels."""

    def __init__(
        self, document: NotebookNode, session: KernelSession, limits: Limits
    ) -> None:
        self.document = document
        self.session = session
        self.limits = limits
        self.deadline = session.clock() + limits.submission_seconds
        self.question_deadline = self.deadline
        self.n_deaths: Counter[int] = Counter()
        self.skipped: set[int] = set()

    async def outcomes(
        self, on_start: Callable[[NotebookNode, int], object] = lambda cell, index: None
    ) -> AsyncGenerator[CellOutcome, None]:
        """Execute the code cells in order; the kernel lives as long as the iterator."""
        async with self.session:
            for index, cell in enumerate(self.document.cells):
                if not _is_code(cell):
                    continue
                on_start(cell, index)
                if cell.metadata.get("nbgrader", {}).get("solution"):
                    self._begin_question()
                yield await self._run_cell(index)

    def _begin_question(self) -> None:
        """An answer cell opens a question, whose tests share its time."""
        self.question_deadline = self.session.clock() + self.limits.question_seconds

    def _time_left(self) -> float:
        now = self.session.clock()
        left = min(self.deadline, self.question_deadline) - now
        return min(self.limits.cell_seconds, left)

    async def _run_cell(self, index: int) -> CellOutcome:
        """Run a cell, again if its kernel dies: perhaps not by its own doing."""
        cell = self.document.cells[index]
        if not self.session.is_alive:
            await self._replay(index)
        left = self._time_left()
        if left <= 0 or not self.session.is_alive:
            grade_id = grade_id_of(cell)
            return CellOutcome(index, grade_id, Outcome.NOT_RUN, message="no time left")
        outcome = await self.session.run_cell(cell, index, left)
        if outcome.outcome is Outcome.KERNEL_DIED:
            self.n_deaths[index] += 1
            if self.n_deaths[index] < MAX_DEATHS:
                return await self._run_cell(index)
        if outcome.outcome in FATAL:
            self.skipped.add(index)
            message = outcome.message or _explain(outcome.outcome, self.limits)
            return replace(outcome, message=message)
        return outcome

    async def _replay(self, stop: int) -> None:
        """Bring a new kernel to the state before cell `stop`.

        Outputs and outcomes of the cells stay those of their first execution. A cell
        that keeps killing kernels is left out, so this ends after a few of them.
        """
        while self.session.clock() < self.deadline:
            await self.session.stop()
            await self.session.start()
            for index in range(stop):
                cell = self.document.cells[index]
                if index in self.skipped or not _is_code(cell):
                    continue
                left = self.deadline - self.session.clock()
                if left <= 0:
                    return
                limit = min(self.limits.cell_seconds, left)
                await self.session.run_cell(deepcopy(cell), index, limit)
                self.document.cells[index] = cell
                if not self.session.is_alive:
                    self.n_deaths[index] += 1
                    if self.n_deaths[index] >= MAX_DEATHS:
                        self.skipped.add(index)
                    break
            else:
                return


def _is_code(cell: NotebookNode) -> bool:
    return bool(cell.cell_type == "code" and cell.source.strip())


def _explain(outcome: Outcome, limits: Limits) -> str:
    return {
        Outcome.TIMED_OUT: f"more than {limits.cell_seconds:g} s",
        Outcome.OUT_OF_MEMORY: f"more than {limits.memory_mib} MiB",
        Outcome.KERNEL_DIED: "the kernel died",
    }[outcome]


def execute_file(
    path: Path,
    *,
    parameters: dict[str, Any],
    limits: Limits,
    kernels: Kernels,
    cwd: Path,
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
        kernels=kernels,
        cwd=cwd,
        outcomes=outcomes,
    )
    return NotebookExecution(path.stem, document, tuple(outcomes))
