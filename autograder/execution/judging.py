"""The grader's side of a judge: which cells it runs, how it is asked, within limits."""

import ast
import asyncio
import json
import marshal
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import psutil
from nbformat import NotebookNode
from nbformat.v4 import new_output

from autograder.execution import wire
from autograder.execution.child import Launch
from autograder.execution.judge import Plan, Prepared, prepare, run_judge
from autograder.execution.provisioner import fork
from autograder.execution.surroundings import kernel_environment, sandbox_policy
from autograder.records import Assignment, ReleasedNotebook
from autograder.settings import SAME_KERNEL, SEPARATE, Kernels, Limits, Settings

MAX_REPLY = 64 * 2**20
# Python 3.11 miscounts its depth when two threads parse (CPython issue 106905)
_PARSER = threading.Lock()


@dataclass(frozen=True)
class Trial:
    """What is judged apart from the student's kernel, for one submitted notebook.

    `cells` are the instructor's, in order: (name, source, whether it is a test).
    """

    plan: Plan
    cells: tuple[tuple[str, str, bool], ...]

    def has(self, grade_id: str) -> bool:
        """Whether the judge runs the test cell of that name."""
        return any(name == grade_id for name, _, is_test in self.cells if is_test)


def make_trial(released: ReleasedNotebook, submitted: NotebookNode) -> Trial:
    """Who runs what: solution cells are the student's, all others the judge's.

    Names and their classes' attributes come from the source's own solutions, never from
    what was handed in; the submitted text is only there to be shown to tests that ask.
    """
    names: dict[str, None] = {}
    attributes: dict[str, frozenset[str]] = {}
    cells: list[tuple[str, str, bool]] = []
    for reference, graded in zip(
        released.reference.cells, released.graded.cells, strict=True
    ):
        info = graded.metadata.get("nbgrader", {})
        if graded.cell_type != "code":
            continue
        if info.get("solution"):
            names |= dict.fromkeys(global_names(reference.source))
            attributes |= class_attributes(reference.source)
            continue
        choice = graded.metadata.get("curso", {}).get("judge")
        is_test = bool(info.get("grade"))
        if not (is_test and choice == SAME_KERNEL):
            name = str(info.get("grade_id", "")) or f"celda {len(cells)}"
            cells.append((name, graded.source, is_test))
    answers = tuple(
        cell.source
        for cell in submitted.cells
        if cell.cell_type == "code"
        and cell.metadata.get("nbgrader", {}).get("solution")
    )
    return Trial(Plan(tuple(names), attributes, answers), tuple(cells))


def same_kernel_tests(assignment: Assignment, settings: Settings) -> tuple[str, ...]:
    """Names of the test cells that run in the student's own process."""
    trials = {r.name: make_trial(r, r.student) for r in assignment.notebooks}
    is_separate = settings.judge_of(assignment.unit) == SEPARATE
    return tuple(
        cell.grade_id
        for released in assignment.notebooks
        for cell in released.cells
        if cell.is_test and not cell.is_task
        if not (is_separate and trials[released.name].has(cell.grade_id))
    )


@cache
def global_names(source: str) -> tuple[str, ...]:
    """Names that a cell binds at its top level, in order."""
    found: list[str] = []

    def visit(node: ast.AST) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.append(node.name)
            return
        if isinstance(node, ast.Lambda | ast.comprehension):
            return
        if isinstance(node, ast.Import | ast.ImportFrom):
            return  # what is imported is no answer
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.append(node.id)
        for inner in ast.iter_child_nodes(node):
            visit(inner)

    visit(_parse(source))
    return tuple(found)


@cache
def class_attributes(source: str) -> dict[str, frozenset[str]]:
    """For each class of a cell, its methods and the attributes that they set."""
    return {
        node.name: frozenset(_attributes(node))
        for node in _parse(source).body
        if isinstance(node, ast.ClassDef)
    }


def _attributes(cls: ast.ClassDef) -> Iterator[str]:
    for node in ast.walk(cls):
        if isinstance(node, ast.FunctionDef):
            yield node.name
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


@cache
def _prepare(source: str, name: str) -> Prepared | None:
    with _PARSER:
        return prepare(source, name)


def _parse(source: str) -> ast.Module:
    """The tree of a cell, empty when it is not Python."""
    with _PARSER:
        try:
            return ast.parse(source)
        except SyntaxError:
            return ast.Module([], [])


class JudgeSession:
    """A judge's process, from its fork to its end."""

    def __init__(self, trial: Trial, limits: Limits, kernels: Kernels) -> None:
        self.trial = trial
        self.limits = limits
        self.kernels = kernels
        self.pid = 0
        self.process: psutil.Process | None = None

    async def start(self, student: socket.socket, cwd: Path, shared: Path) -> None:
        """Fork a judge that talks to a student's kernel through `student`.

        Parameters
        ----------
        cwd
            Its own folder, with the instructor's files.
        shared
            The student's folder: temporary files of the tests lie here, so that the
            student's functions can read and write them.

        Raises
        ------
        OSError, RuntimeError, psutil.Error
            If it cannot be started.
        """
        self._position = 0
        ours, theirs = socket.socketpair()
        policy = sandbox_policy(self.limits, self.kernels, cwd, shared)
        scratch = cwd if self.kernels.sandbox else None
        environment = kernel_environment(self.kernels.n_threads, scratch=scratch)
        if scratch:
            environment["TMPDIR"] = str(shared)
        launch = Launch(
            arguments=(),
            cwd=str(cwd),
            environment=environment,
            n_threads=self.kernels.n_threads,
            seed=self.kernels.seed,
            policy=policy if self.kernels.sandbox else None,
        )
        with theirs:
            arguments = (launch, theirs, student, self.trial.plan)
            self._child = await fork(
                run_judge, *arguments, preload=self.kernels.preload
            )
        self.pid = self._child.pid or 0
        self.process = psutil.Process(self.pid)
        streams = await asyncio.open_connection(sock=ours, limit=MAX_REPLY)
        self._reader, self._writer = streams

    async def run(self, grade_id: str) -> dict[str, Any] | None:
        """Run the instructor's cells up to a test; None when the judge died.

        Returns
        -------
        What `judge.Judge.run` says of the test cell.
        """
        reply = None
        for position, (name, source, is_test) in enumerate(self.trial.cells):
            if is_test and name != grade_id:
                continue
            if not is_test and position < self._position:
                continue
            reply = await self._ask(name, source, is_test)
            if reply is None or is_test:
                self._position = max(self._position, position)
                return reply
        return reply

    async def _ask(
        self, name: str, source: str, is_test: bool
    ) -> dict[str, Any] | None:
        request = {
            "source": source,
            "name": name,
            "prepared": _prepare(source, name),
            "is_test": is_test,
            "max_output": self.limits.output_kib * 1024,
        }
        payload = marshal.dumps(request)
        try:
            self._writer.write(wire.HEADER.pack(len(payload)) + payload)
            await self._writer.drain()
            header = await self._reader.readexactly(wire.HEADER.size)
            (size,) = wire.HEADER.unpack(header)
            reply: dict[str, Any] = json.loads(await self._reader.readexactly(size))
        except (OSError, EOFError, ValueError):
            return None
        return reply

    def signal(self, number: int) -> None:
        """Signal the judge and what it started."""
        if self.pid:
            with suppress(OSError):
                os.killpg(self.pid, number)

    async def stop(self) -> None:
        """Kill it and wait for its end."""
        if not self.pid:
            return
        self.signal(signal.SIGKILL)
        self._writer.close()
        while self._child.exitcode is None:
            await asyncio.sleep(0.005)
        self.pid, self.process = 0, None


def outputs_of(reply: dict[str, Any]) -> list[NotebookNode]:
    """The notebook outputs of a judge's reply."""
    outputs = [
        new_output("stream", name=output["name"], text=output["text"])
        for output in reply["outputs"]
    ]
    if reply["result"] is not None:
        data = {"text/plain": reply["result"]}
        outputs.append(new_output("execute_result", data=data, execution_count=None))
    if reply["error"]:
        outputs.append(new_output("error", **reply["error"]))
    return outputs
