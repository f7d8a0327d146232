"""A kernel provisioner whose kernels are forked from a process that is warm already.

jupyter_client asks a provisioner for a process; ours asks `multiprocessing`'s fork
server, which has imported torch and friends once. Entry point ``curso-warm``; the
kernel specification ``curso`` names it, so that nbclient, papermill, nbmake and
nbgrader can use warm kernels by name.
"""

import asyncio
import io
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import forkserver, popen_forkserver, reduction, util
from multiprocessing.context import ForkServerProcess, set_spawning_popen
from socket import socket
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import Instance, Int, List, Unicode

from autograder.execution.child import Launch, run_kernel
from autograder.execution.sandbox import Policy
from autograder.execution.surroundings import KEPT_VARIABLES

NAME = "curso-warm"
KERNEL_MODULES = (
    "autograder.execution.child",
    "autograder.execution.judge",
    "autograder.execution.lean",
    "autograder.execution.provisioner",  # of the class of the process
    "pyseccomp",
    "ipykernel.zmqshell",
    "tornado.platform.asyncio",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.magics",
    "matplotlib_inline.backend_inline",
    "IPython.core.logger",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "pygments.formatters.terminal256",  # of tracebacks, as the next
    "pygments.styles",
    "multiprocessing.popen_forkserver",
    "multiprocessing.resource_sharer",
    "sqlite3",
)
SETTLE = "autograder.execution.settle"  # after all others
SERVER_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",  # fixed when an interpreter starts, so here
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
}
_START_LOCK = threading.Lock()


class _Popen(popen_forkserver.Popen):
    """Ask the fork server for a process without importing our ``__main__`` there."""

    _fds: list[int]

    def _launch(self, process_obj: Any) -> None:
        buffer = io.BytesIO()
        set_spawning_popen(self)
        try:
            reduction.dump({"name": process_obj.name}, buffer)
            reduction.dump(process_obj, buffer)
        finally:
            set_spawning_popen(None)
        with _fork_server():
            self.sentinel, writer = forkserver.connect_to_new_process(self._fds)
        self.finalizer = util.Finalize(self, os.close, (self.sentinel,))
        with open(writer, "wb", closefd=True) as file:
            file.write(buffer.getbuffer())
        self.pid = forkserver.read_signed(self.sentinel)


class _Process(ForkServerProcess):
    """A process of the fork server, started as `_Popen` does."""

    @staticmethod
    def _Popen(process_obj: Any) -> _Popen:
        return _Popen(process_obj)


def _choose_modules(preload: Iterable[str]) -> None:
    """Say what the fork server imports, should it not run yet."""
    forkserver.set_forkserver_preload([*KERNEL_MODULES, *preload, SETTLE])


async def fork(
    target: Callable[..., None], *args: Any, preload: Iterable[str]
) -> ForkServerProcess:
    """A process that runs `target`, forked from the warm one."""
    _choose_modules(preload)
    process = _Process(target=target, args=args, daemon=True)
    await asyncio.get_running_loop().run_in_executor(None, process.start)
    return process


class WarmProvisioner(LocalProvisioner):
    """Kernels forked from a warm process, in a sandbox when given a policy."""

    preload = List(Unicode(), help="Modules the warm process imports.").tag(config=True)
    n_threads = Int(0, help="Compute threads of a kernel; 0: as torch likes.").tag(
        config=True
    )
    seed = Int(0, help="Of Python, NumPy and torch.").tag(config=True)
    policy = Instance(Policy, allow_none=True)
    channel = Instance(socket, allow_none=True, help="To the judge.")
    process: Any = None

    async def launch_kernel(
        self, cmd: list[str], **kwargs: Any
    ) -> KernelConnectionInfo:
        """Called by `KernelManager` with the command of the kernel specification.

        The command's interpreter is not used; what follows the module's name are the
        kernel's arguments.
        """
        launch = Launch(
            arguments=tuple(cmd[cmd.index("-m") + 2 :] if "-m" in cmd else cmd[1:]),
            cwd=str(kwargs.get("cwd") or os.getcwd()),
            environment={**kwargs.get("env", os.environ)},
            n_threads=self.n_threads,
            policy=self.policy,
            channel=self.channel,
            seed=self.seed,
        )
        if not os.path.isdir(launch.cwd):
            raise FileNotFoundError(launch.cwd)
        self.process = await fork(run_kernel, launch, preload=self.preload)
        self.pid = self.pgid = self.process.pid
        self.cwd = launch.cwd
        return self.connection_info

    @property
    def has_process(self) -> bool:
        """Whether a kernel was launched and not yet waited for."""
        return self.process is not None

    async def poll(self) -> int | None:
        """None while the kernel runs; called every second by nbclient."""
        return self.process.exitcode if self.process else 0

    async def wait(self) -> int | None:
        """Wait for the kernel's end; called after a kill."""
        if not self.process:
            return 0
        while self.process.exitcode is None:
            await asyncio.sleep(0.01)
        code: int | None = self.process.exitcode
        self.process = None
        return code

    async def send_signal(self, signum: int) -> None:
        """Signal the kernel's process group; SIGINT from `interrupt_kernel`."""
        if self.process and self.pid:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signum)

    async def kill(self, restart: bool = False) -> None:
        """Kill the kernel and all it started: they cannot leave its group."""
        await self.send_signal(signal.SIGKILL)

    async def terminate(self, restart: bool = False) -> None:
        """As `kill`: there is nothing that a kernel would tidy up."""
        await self.send_signal(signal.SIGKILL)


@contextmanager
def _fork_server() -> Iterator[None]:
    """The fork server of this process, started where there is none, one user at a time.

    A process that was itself forked forgets its parent's server, which it may not use.
    """
    with _START_LOCK:
        server: Any = forkserver._forkserver
        if not _is_running(server._forkserver_pid):
            if server._forkserver_alive_fd is not None:
                os.close(server._forkserver_alive_fd)
            server._forkserver_alive_fd = server._forkserver_address = None
            server._forkserver_pid = None
            with _environment():
                forkserver.ensure_running()
        yield


def _is_running(pid: int | None) -> bool:
    try:
        return pid is not None and os.waitpid(pid, os.WNOHANG) == (0, 0)
    except ChildProcessError:  # the parent's
        return False


@contextmanager
def _environment() -> Iterator[None]:
    """What the fork server, and in `/proc/self/environ` every kernel, is started with.

    Only what an interpreter needs; the rest could be a secret.
    """
    before = dict(os.environ)
    kept = {n: before[n] for n in (*KEPT_VARIABLES, "PYTHONPATH") if n in before}
    os.environ.clear()
    os.environ.update(kept | SERVER_ENVIRONMENT)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def warm_up(preload: Iterable[str]) -> None:
    """Start the fork server now, so that the first kernel need not wait for it."""
    _choose_modules(preload)
    with _fork_server():
        return


multiprocessing.allow_connection_pickling()
