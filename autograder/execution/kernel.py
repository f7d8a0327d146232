"""One kernel with limits: run a cell, always get an outcome back.

`KernelSession` owns a kernel process for as long as one notebook runs. Whatever the
cell does (loops, eats memory, kills its kernel, prints for ever), `run_cell` returns
within the limits and the session knows whether the kernel is still usable.
"""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from queue import Empty
from typing import Any

import psutil
from jupyter_client.kernelspec import NoSuchKernel
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode, ValidationError, validate
from nbformat import from_dict as output_from_dict
from nbformat.v4 import new_output

from autograder.errors import KernelStartError, SourceError
from autograder.execution import provisioner
from autograder.execution.judging import JudgeSession, Trial, outputs_of
from autograder.execution.surroundings import (
    kernel_environment,
    remove_tree,
    sandbox_policy,
)
from autograder.records import CellOutcome, Outcome, clean, grade_id_of
from autograder.settings import Kernels, Limits

INTERRUPT_GRACE_S = 2.0
SOCKET_POLL_S = 0.005
READY_POLL_S = 0.1
WATCH_S = 0.05
FAMILY_EVERY = 5  # looks at the kernel between two looks at all of its family
MAX_STRETCH = 4.0  # how much longer a limit may take on a crowded machine
MIN_WAIT_S = 0.02
MAX_MESSAGE = 4000
OUTCOME_OF_ERROR = {
    "AssertionError": Outcome.FAILED,
    "CheckFailed": Outcome.FAILED,
    "MemoryError": Outcome.OUT_OF_MEMORY,
}
OUTPUT_KINDS = (
    "stream", "display_data", "execute_result", "error", "update_display_data",
    "comm_open", "comm_msg",
)  # fmt: skip
MALFORMED = (ValueError, TypeError, LookupError, AttributeError, ValidationError)
OUTPUT_CUT = "\n[salida cortada: más de {limit} KiB · output cut]\n"
RESEED = "__import__('autograder.execution.child', fromlist=['']).reseed({seed})"


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
        if kind in OUTPUT_KINDS:
            if self.room <= 0:
                return None
            room, self.room = self.room, self.room - _size(content)
            if self.room <= 0:
                note = OUTPUT_CUT.format(limit=self.max_output // 1024)
                text = str(content.get("text", ""))[:room] + note
                cell.outputs.append(new_output("stream", name="stdout", text=text))
                return None
        try:
            output: NotebookNode | None = super().process_message(msg, cell, cell_index)
        except MALFORMED:  # the student's process can send anything in its name
            return None
        return output


@dataclass
class _Watch:
    """Largest memory seen since the cell began, and which limit was crossed."""

    peak_mib: float = 0.0
    exceeded: str = ""


class KernelSession:
    """A kernel process, its limits and its end.

    Use as ``async with KernelSession(...) as session``; on leaving, the kernel and
    every process it started are gone.
    """

    def __init__(
        self,
        document: NotebookNode,
        kernel_name: str,
        *,
        limits: Limits,
        kernels: Kernels,
        cwd: Path,
        purpose: str = "",
        trial: Trial | None = None,
        judge_cwd: Path | None = None,
    ) -> None:
        self._judge = JudgeSession(trial, limits, kernels) if trial else None
        self._judge_cwd = judge_cwd or cwd
        self.document = document
        self.kernel_name = kernel_name
        self.limits = limits
        self.kernels = kernels
        self.cwd = cwd
        self.purpose = purpose
        self.is_alive = False
        self._watch = _Watch()
        self._pid = 0
        self._process: psutil.Process | None = None
        self._opened = time.monotonic()
        self._queued = 0.0

    async def __aenter__(self) -> "KernelSession":
        self._connections = Path(tempfile.mkdtemp(prefix="curso-"))
        try:
            await self.start()
        except BaseException:
            remove_tree(self._connections)
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        try:
            await self.stop()
        finally:
            remove_tree(self._connections)

    def clock(self) -> float:
        """Seconds that pass only while the machine lets this session run.

        Time in which its processes stood in line for a processor is not counted, so
        that a mark does not depend on how many others are graded at that moment; but
        no more than `MAX_STRETCH` allows, because students can crowd out themselves.
        """
        elapsed = time.monotonic() - self._opened
        queued = self._queued + sum(map(_queued_seconds, self._pids()))
        return elapsed - min(queued, elapsed * (1 - 1 / MAX_STRETCH))

    async def start(self) -> None:
        """Start a kernel, or another one after the first died."""
        ends: tuple[socket.socket, ...] = ()
        if self._judge:
            ends = socket.socketpair()
        try:
            self._manager = self._make_manager(*ends[:1])
            self._client = self._make_client()
            await self._manager.start_kernel(
                cwd=str(self.cwd),
                env=self._environment(),
                extra_arguments=[] if self._is_warm else _NO_HISTORY,
            )
            if self._judge:
                await self._judge.start(ends[1], self._judge_cwd, self.cwd)
            process: Any = self._manager.provisioner
            self._pid = process.pid
            self._process = psutil.Process(self._pid)
            await asyncio.wait_for(self._connect(), self.limits.start_seconds)
        except NoSuchKernel as error:
            message = f"there is no kernel named {self.kernel_name!r} here"
            raise SourceError(message) from error
        except (RuntimeError, OSError, EOFError, psutil.Error) as error:
            await self.stop()
            raise KernelStartError(f"kernel {self.kernel_name!r}: {error!r}") from error
        finally:
            for end in ends:
                end.close()
        self.is_alive = True
        self._watch = _Watch()
        self._watcher = asyncio.ensure_future(self._watch_kernel())

    async def stop(self) -> None:
        """Kill the kernel and everything that descends from it."""
        self.is_alive = False
        if hasattr(self, "_watcher"):
            self._watcher.cancel()
        self._queued += sum(map(_queued_seconds, self._pids()))
        if self._judge:
            await self._judge.stop()
        if self._pid:
            self._kill()
            with contextlib.suppress(RuntimeError):
                await self._manager.provisioner.wait()  # type: ignore[union-attr]
            self._pid = 0
        if self._client.kc is not None:
            self._client.kc.stop_channels()
            self._client.kc = None
        await self._manager.cleanup_resources()

    async def run_cell(
        self, cell: NotebookNode, index: int, seconds: float
    ) -> CellOutcome:
        """Execute one code cell; its outputs are left in `cell`.

        Returns
        -------
        The outcome. After TIMED_OUT, OUT_OF_MEMORY or KERNEL_DIED `is_alive` may be
        False, and `start` gives a new kernel.
        """
        info = cell.metadata.get("nbgrader", {})
        is_test = bool(info.get("grade"))
        is_judged = is_test and self._judge and self._judge.trial.has(info["grade_id"])
        self._watch.peak_mib = 0.0
        began = time.monotonic()
        if is_judged:
            outcome, error, result = await self._run_judged(cell, seconds)
        else:
            outcome, error, result = await self._run_here(cell, index, seconds, is_test)
        name, message = str(error.get("ename", "")), str(error.get("evalue", ""))
        if outcome is Outcome.RAISED:
            outcome = OUTCOME_OF_ERROR.get(name, outcome)
        cell.outputs = [output for o in cell.outputs if (output := _tidy(o))]
        _show_error(cell, outcome, error)
        return CellOutcome(
            index=index,
            grade_id=grade_id_of(cell),
            outcome=outcome,
            seconds=time.monotonic() - began,
            peak_mib=self._watch.peak_mib,
            error=clean(name),
            message=clean(message or self._watch.exceeded)[:MAX_MESSAGE],
            result=result if outcome is Outcome.PASSED else None,
        )

    async def _run_here(
        self, cell: NotebookNode, index: int, seconds: float, is_test: bool
    ) -> tuple[Outcome, dict[str, Any], str | None]:
        """Run a cell in the kernel; outcome, error and value."""
        if is_test and not self._is_warm:
            client: Any = self._client.kc
            code = RESEED.format(seed=self.kernels.seed)
            client.execute(code, silent=True, store_history=False)
        self._client.begin_cell()
        # A warm kernel sets the seeds before each cell that is not for the history.
        is_stored = not (is_test and self._is_warm)
        work = self._client.async_execute_cell(cell, index, store_history=is_stored)
        outcome = await self._execute(work, seconds)
        self._look(_memory_mib(self._process))
        is_told = outcome in (Outcome.PASSED, Outcome.RAISED)
        return outcome, self._client.reply if is_told else {}, self._client.result

    async def _run_judged(
        self, cell: NotebookNode, seconds: float
    ) -> tuple[Outcome, dict[str, Any], str | None]:
        """Have the judge run a test cell, on what the student's kernel answers."""
        judge: Any = self._judge
        task = asyncio.ensure_future(judge.run(grade_id_of(cell)))
        late = not await self._ends_within(task, seconds)
        if late:
            await self._interrupt(task)
        reply = await task
        self._look(_memory_mib(self._process))
        if reply is None or self._watch.exceeded:
            self.is_alive = False
        cell.outputs = outputs_of(reply) if reply else []
        error = (reply and reply["error"]) or {}
        outcome = Outcome.PASSED if reply and not error else Outcome.RAISED
        if self._watch.exceeded:
            outcome = Outcome.OUT_OF_MEMORY
        elif late:
            outcome = Outcome.TIMED_OUT
        elif reply is None or error.get("ename") == "GoneError":
            outcome, self.is_alive = Outcome.KERNEL_DIED, False
        elif reply["is_broken"]:  # by what was no answer; what follows gets a new pair
            self.is_alive = False
        return outcome, error, reply["result"] if reply else None

    async def _execute(self, work: Coroutine[Any, Any, Any], seconds: float) -> Outcome:
        task = asyncio.ensure_future(work)
        late = not await self._ends_within(task, seconds)
        if late:
            await self._interrupt(task)
        try:
            await task
        except DeadKernelError:
            self.is_alive = False
        except MALFORMED:  # what is no message at all ends the conversation
            self._kill()
            self.is_alive = False
        except CellTimeoutError:  # the outputs never came to an end
            late = True
        if self._watch.exceeded:
            return Outcome.OUT_OF_MEMORY
        if late:
            return Outcome.TIMED_OUT
        if not self.is_alive:
            return Outcome.KERNEL_DIED
        is_good = self._client.reply.get("status") == "ok"
        return Outcome.PASSED if is_good else Outcome.RAISED

    async def _ends_within(self, task: "asyncio.Future[Any]", seconds: float) -> bool:
        """Wait for a task, `seconds` of the session's clock at most."""
        deadline, left = self.clock() + seconds, seconds
        while left > 0:
            done, _ = await asyncio.wait({task}, timeout=max(left, MIN_WAIT_S))
            if done:
                return True
            left = deadline - self.clock()
        return task.done()

    async def _interrupt(self, task: "asyncio.Future[Any]") -> None:
        """Ask the cell to stop; kill its kernel when it does not."""
        await self._manager.interrupt_kernel()
        if self._judge:
            self._judge.signal(signal.SIGINT)
        done, _ = await asyncio.wait({task}, timeout=INTERRUPT_GRACE_S)
        if not done:
            self._kill()

    def _make_manager(self, *channel: socket.socket) -> AsyncKernelManager:
        manager = AsyncKernelManager(
            kernel_name=self.kernel_name,
            transport="ipc",
            connection_file=str(self._connections / f"{time.monotonic_ns()}.json"),
        )
        self._is_warm = self.kernels.is_warm and _is_own_python(manager.kernel_spec)
        if self._is_warm:
            config: dict[str, Any] = {
                "preload": list(self.kernels.preload),
                "n_threads": self.kernels.n_threads,
                "seed": self.kernels.seed,
            }
            if channel:
                (config["channel"],) = channel
            if self.kernels.sandbox:
                config["policy"] = sandbox_policy(
                    self.limits, self.kernels, self.cwd, self._connections
                )
            chosen = {"provisioner_name": provisioner.NAME, "config": config}
            manager.kernel_spec.metadata["kernel_provisioner"] = chosen  # type: ignore[union-attr]
        elif channel:
            raise SourceError(
                f"kernel {self.kernel_name!r} cannot be judged from another process: "
                'only IPython of this Python on Linux can; set judge = "same-kernel"'
            )
        elif self.kernels.sandbox:
            raise SourceError(
                f"kernel {self.kernel_name!r} cannot be sandboxed: only IPython of "
                "this Python on Linux can; grade with --sandbox off if you trust it"
            )
        return manager

    def _make_client(self) -> _CappedClient:
        return _CappedClient(
            self.document,
            max_output=self.limits.output_kib * 1024,
            km=self._manager,
            timeout=None,
            allow_errors=True,
            raise_on_iopub_timeout=True,
            record_timing=False,
            iopub_timeout=10,
            skip_cells_with_tag="",
            on_cell_executed=self._keep_reply,
        )

    def _environment(self) -> dict[str, str]:
        scratch = self.cwd if self.kernels.sandbox else None
        return kernel_environment(self.kernels.n_threads, self.purpose, scratch)

    async def _connect(self) -> None:
        """Until the kernel answers and its outputs reach us.

        A socket that is connected before the kernel has bound it tries again only
        0.1 s later, and jupyter_client's own wait listens 0.2 s until nothing comes.
        """
        info = self._manager.get_connection_info()
        last = Path(f"{info['ip']}-{info['hb_port']}")
        while not last.exists() and await self._manager.is_alive():
            await asyncio.sleep(SOCKET_POLL_S)
        client: Any = self._manager.client()
        self._client.kc = client
        client.start_channels()
        client.allow_stdin = False
        while True:
            request = client.kernel_info()
            with contextlib.suppress(Empty):
                await client.shell_channel.get_msg(timeout=READY_POLL_S)
                while True:
                    message = await client.iopub_channel.get_msg(timeout=READY_POLL_S)
                    if message["parent_header"].get("msg_id") == request:
                        return
            if not await self._manager.is_alive():
                raise RuntimeError("it died before it answered")

    async def _keep_reply(
        self, cell: NotebookNode, cell_index: int, execute_reply: dict[str, Any]
    ) -> None:
        self._client.reply = execute_reply["content"]

    async def _watch_kernel(self) -> None:
        """Kill the kernel when it and its children use more than they may."""
        n_looks = 0
        while not self._watch.exceeded:
            await asyncio.sleep(WATCH_S)
            n_looks += 1
            if n_looks % FAMILY_EVERY:
                self._look(_memory_mib(self._process))
            else:
                self._look_at_all()
        self._kill()

    def _look_at_all(self) -> None:
        """Also at the kernel's children and at its files, which takes longer."""
        family = list(_family(self._pid))
        children = [process for process in family if process.pid != self._pid]
        self._look(_memory_mib(self._process) + sum(map(_share_mib, children)))
        if self._judge:
            self._look(_memory_mib(self._judge.process))
        if len(family) > self.limits.processes:
            self._watch.exceeded = f"more than {self.limits.processes} processes"
        elif _folder_mib(self.cwd) > self.limits.disk_mib:
            self._watch.exceeded = f"more than {self.limits.disk_mib} MiB of files"

    def _look(self, used_mib: float) -> None:
        self._watch.peak_mib = max(self._watch.peak_mib, used_mib)
        if used_mib > self.limits.memory_mib:
            self._watch.exceeded = f"more than {self.limits.memory_mib} MiB"

    def _pids(self) -> list[int]:
        """The processes that run the cells; empty before the first start."""
        judge = self._judge.pid if self._judge else 0
        return [pid for pid in (self._pid, judge) if pid]

    def _kill(self) -> None:
        """Kill the kernel's group, and whoever left it where there is no sandbox."""
        strays = [] if self.kernels.sandbox else _descendants(self._pid)
        if self._judge:
            self._judge.signal(signal.SIGKILL)
        with contextlib.suppress(OSError):
            os.killpg(self._pid, signal.SIGKILL)
        for pid in strays:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)


_NO_HISTORY = ["--HistoryManager.hist_file=:memory:"]


def _is_own_python(spec: Any) -> bool:
    """Whether a kernel specification starts IPython in this interpreter."""
    if sys.platform != "linux" or "ipykernel_launcher" not in spec.argv:
        return False
    program = spec.argv[0]
    is_named = program in ("python", "python3", f"python3.{sys.version_info.minor}")
    return is_named or os.path.realpath(program) == os.path.realpath(sys.executable)


def _tidy(output: NotebookNode) -> NotebookNode | None:
    """An output that a notebook file can hold; None when it has no such form.

    The student's process can send any message in the kernel's name.
    """
    try:
        text = clean(json.dumps(output, ensure_ascii=False))
        tidy: NotebookNode = output_from_dict(json.loads(text))
        validate(tidy, ref="output", version=4, version_minor=5)
    except (TypeError, ValueError, RecursionError, ValidationError):
        return None
    return tidy


def _size(content: dict[str, Any]) -> int:
    """Bytes of an output message, roughly."""
    return sum(len(str(value)) for value in content.values())


def _show_error(cell: NotebookNode, outcome: Outcome, reply: dict[str, Any]) -> None:
    """Make sure that a cell which did not pass shows an error, and only then."""
    shown = any(output.output_type == "error" for output in cell.get("outputs", []))
    if outcome is Outcome.PASSED or shown:
        return
    name = str(reply.get("ename", ""))[:MAX_MESSAGE] or str(outcome)
    text = str(reply.get("evalue", ""))[:MAX_MESSAGE]
    traceback = [f"{name}: {text}" if text else name]
    cell.outputs.append(
        new_output("error", ename=name, evalue=text, traceback=traceback)
    )


def _queued_seconds(pid: int) -> float:
    """How long a process's first thread has waited for a processor; 0 if unknown."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0


def _memory_mib(process: psutil.Process | None) -> float:
    """Resident memory of one process; 0 when it is gone."""
    try:
        return float(process.memory_info().rss) / 2**20 if process else 0.0
    except psutil.Error:
        return 0.0


def _share_mib(process: psutil.Process) -> float:
    """Memory of a process, its part of what it shares with others; 0 when it is gone.

    After a fork nearly all is shared, so resident memory would count it once more.
    """
    try:
        return float(process.memory_full_info().pss) / 2**20
    except psutil.AccessDenied:
        return _memory_mib(process)
    except psutil.Error:
        return 0.0


def _family(pid: int) -> Iterator[psutil.Process]:
    """The processes of a kernel's group, the kernel among them."""
    for other in psutil.pids():
        with contextlib.suppress(OSError, psutil.Error):
            if os.getpgid(other) == pid:
                yield psutil.Process(other)


def _descendants(pid: int) -> list[int]:
    """Processes that a kernel without sandbox may have moved to another group."""
    try:
        return [child.pid for child in psutil.Process(pid).children(recursive=True)]
    except psutil.Error:
        return []


def _folder_mib(folder: Path) -> float:
    """What the files below a folder take on disk."""
    total = 0
    for base, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(base, name)).st_blocks * 512
    return total / 2**20
