"""One kernel with limits: run a cell, always get an outcome back.

`KernelSession` owns a kernel process for as long as one notebook runs. Whatever the
cell does (loops, eats memory, kills its kernel, prints for ever), `run_cell` returns
within the limits and the session knows whether the kernel is still usable.
"""

import asyncio
import contextlib
import os
import signal
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from jupyter_client.kernelspec import NoSuchKernel
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_output

from autograder.errors import KernelStartError, SourceError
from autograder.records import CellOutcome, Outcome
from autograder.settings import Limits

INTERRUPT_GRACE_S = 2.0
POLL_S = 0.1
MAX_MESSAGE = 4000
FAILURES = ("AssertionError", "CheckFailed")
OUTPUT_CUT = "\n[salida cortada: más de {limit} KiB · output cut]\n"


class _CappedClient(NotebookClient):
    """An nbclient that stops collecting a cell's output at a limit."""

    def __init__(self, nb: NotebookNode, max_output: int, **traits: Any) -> None:
        super().__init__(nb, **traits)
        self.max_output = max_output
        self.reply: dict[str, Any] = {}
        self.result: str | None = None
        self.room = max_output

    def begin_cell(self) -> None:
        self.reply, self.result, self.room = {}, None, self.max_output

    def process_message(
        self, msg: dict[str, Any], cell: NotebookNode, cell_index: int
    ) -> NotebookNode | None:
        kind, content = msg["msg_type"], msg["content"]
        if kind == "execute_result":
            self.result = str(content.get("data", {}).get("text/plain", ""))
        if kind in (
            "stream",
            "display_data",
            "execute_result",
            "error",
            "update_display_data",
        ):
            if self.room <= 0:
                return None
            room, self.room = self.room, self.room - _size(content)
            if self.room <= 0:
                note = OUTPUT_CUT.format(limit=self.max_output // 1024)
                text = str(content.get("text", ""))[:room] + note
                cell.outputs.append(new_output("stream", name="stdout", text=text))
                return None
        output: NotebookNode | None = super().process_message(msg, cell, cell_index)
        return output


@dataclass
class _Watch:
    """Largest memory seen since the cell began, and whether the limit was crossed."""

    peak_mib: float = 0.0
    exceeded: bool = False


class KernelSession:
    """A kernel process, its limits and its end.

    Use as ``async with KernelSession(...) as session``; on leaving, the kernel and
    every process it started are gone.
    """

    def __init__(
        self,
        document: NotebookNode,
        kernel_name: str,
        limits: Limits,
        cwd: Path,
        environment: dict[str, str],
    ) -> None:
        self.document = document
        self.kernel_name = kernel_name
        self.limits = limits
        self.cwd = cwd
        self.environment = environment
        self.is_alive = False
        self._watch = _Watch()

    async def __aenter__(self) -> "KernelSession":
        self._connections = tempfile.TemporaryDirectory(prefix="curso-")
        try:
            await self.start()
        except BaseException:
            self._connections.cleanup()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        try:
            await self.stop()
        finally:
            self._connections.cleanup()

    async def start(self) -> None:
        """Start a kernel, or another one after the first died."""
        place = Path(self._connections.name)
        self._manager = AsyncKernelManager(
            kernel_name=self.kernel_name,
            transport="ipc",
            connection_file=str(place / f"kernel-{time.monotonic_ns()}.json"),
        )
        self._client = _CappedClient(
            self.document,
            max_output=self.limits.output_kib * 1024,
            km=self._manager,
            timeout=None,
            startup_timeout=int(self.limits.start_seconds),
            allow_errors=True,
            raise_on_iopub_timeout=True,
            iopub_timeout=10,
            skip_cells_with_tag="",
            on_cell_executed=self._keep_reply,
        )
        try:
            await self._client.async_start_new_kernel(
                cwd=str(self.cwd), env=self.environment
            )
            provisioner: Any = self._manager.provisioner
            self._process = psutil.Process(provisioner.process.pid)
            await self._client.async_start_new_kernel_client()
        except NoSuchKernel as error:
            message = f"there is no kernel named {self.kernel_name!r} here"
            raise SourceError(message) from error
        except (RuntimeError, OSError, TimeoutError) as error:
            await self.stop()
            raise KernelStartError(f"kernel {self.kernel_name!r}: {error}") from error
        self.is_alive = True
        self._watch = _Watch()
        self._watcher = asyncio.ensure_future(self._watch_memory())

    async def stop(self) -> None:
        """Kill the kernel and everything that descends from it."""
        self.is_alive = False
        if hasattr(self, "_watcher"):
            self._watcher.cancel()
        if hasattr(self, "_process"):
            _kill_tree(self._process)
        if self._client.km is not None:
            with contextlib.suppress(RuntimeError):
                await self._client._async_cleanup_kernel()

    async def run_cell(
        self, cell: NotebookNode, index: int, seconds: float
    ) -> CellOutcome:
        """Execute one code cell; its outputs are left in `cell`.

        Returns
        -------
        The outcome. After TIMED_OUT, OUT_OF_MEMORY or KERNEL_DIED `is_alive` may be
        False, and `start` gives a new kernel.
        """
        grade_id = str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))
        self._client.begin_cell()
        self._watch.peak_mib = 0.0
        began = time.monotonic()
        outcome = await self._execute(cell, index, seconds)
        self._measure()
        reply = (
            self._client.reply if outcome in (Outcome.PASSED, Outcome.RAISED) else {}
        )
        error, message = str(reply.get("ename", "")), str(reply.get("evalue", ""))
        if outcome is Outcome.RAISED and error in FAILURES:
            outcome = Outcome.FAILED
        _show_error(cell, outcome, reply)
        return CellOutcome(
            index=index,
            grade_id=grade_id,
            outcome=outcome,
            seconds=time.monotonic() - began,
            peak_mib=self._watch.peak_mib,
            error=error,
            message=message[:MAX_MESSAGE],
            result=self._client.result if outcome is Outcome.PASSED else None,
        )

    async def _execute(self, cell: NotebookNode, index: int, seconds: float) -> Outcome:
        task = asyncio.ensure_future(self._client.async_execute_cell(cell, index))
        done, _ = await asyncio.wait({task}, timeout=seconds)
        late = not done
        if late:
            await self._interrupt(task)
        try:
            await task
        except DeadKernelError:
            self.is_alive = False
        except CellTimeoutError:  # the outputs never came to an end
            late = True
        if self._watch.exceeded:
            return Outcome.OUT_OF_MEMORY
        if late:
            return Outcome.TIMED_OUT
        if not self.is_alive:
            return Outcome.KERNEL_DIED
        return (
            Outcome.PASSED
            if self._client.reply.get("status") == "ok"
            else Outcome.RAISED
        )

    async def _interrupt(self, task: "asyncio.Future[Any]") -> None:
        """Ask the cell to stop; kill its kernel when it does not."""
        await self._manager.interrupt_kernel()
        done, _ = await asyncio.wait({task}, timeout=INTERRUPT_GRACE_S)
        if not done:
            _kill_tree(self._process)

    async def _keep_reply(
        self, cell: NotebookNode, cell_index: int, execute_reply: dict[str, Any]
    ) -> None:
        self._client.reply = execute_reply["content"]

    async def _watch_memory(self) -> None:
        while self._measure() <= self.limits.memory_mib:
            await asyncio.sleep(POLL_S)
        self._watch.exceeded = True
        _kill_tree(self._process)

    def _measure(self) -> float:
        used = _memory_mib(self._process)
        self._watch.peak_mib = max(self._watch.peak_mib, used)
        return used


def _size(content: dict[str, Any]) -> int:
    """Bytes of an output message, roughly."""
    return sum(len(str(value)) for value in content.values())


def _show_error(cell: NotebookNode, outcome: Outcome, reply: dict[str, Any]) -> None:
    """Make sure that a cell which did not pass shows an error, and only then."""
    shown = any(output.output_type == "error" for output in cell.get("outputs", []))
    if outcome is Outcome.PASSED or shown:
        return
    name = str(reply.get("ename", "")) or str(outcome)
    text = str(reply.get("evalue", ""))
    traceback = [f"{name}: {text}" if text else name]
    cell.outputs.append(
        new_output("error", ename=name, evalue=text, traceback=traceback)
    )


def _memory_mib(process: psutil.Process) -> float:
    """Resident memory of a process and its descendants; 0 when it is gone."""
    try:
        family = [process, *process.children(recursive=True)]
    except psutil.Error:
        return 0.0
    total = 0
    for member in family:
        with contextlib.suppress(psutil.Error):
            total += member.memory_info().rss
    return float(total) / 2**20


def _kill_tree(process: psutil.Process) -> None:
    """Kill a process, its group and all its descendants."""
    try:
        family = [process, *process.children(recursive=True)]
    except psutil.Error:
        family = [process]
    with contextlib.suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)
    for member in family:
        with contextlib.suppress(psutil.Error):
            member.kill()
