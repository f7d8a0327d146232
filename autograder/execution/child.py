"""What runs in a warm kernel's process, from the fork to the first message.

Imported in the fork server and in every kernel: it must stay light.
"""

import gc
import os
import random
import sys
import tempfile
from dataclasses import dataclass, field
from multiprocessing import forkserver, process, resource_tracker
from socket import socket
from typing import Any

from autograder.execution import sandbox


@dataclass(frozen=True)
class Launch:
    """All that a kernel process is told; the only thing that crosses to it."""

    arguments: tuple[str, ...]
    cwd: str
    environment: dict[str, str] = field(default_factory=dict)
    n_threads: int = 0
    policy: sandbox.Policy | None = None
    log_path: str = os.devnull
    channel: socket | None = None  # to the judge
    seed: int = 0


def run_kernel(launch: Launch) -> None:
    """Become an ipykernel; called in the forked process, never returns alive."""
    keep = (launch.channel.fileno(),) if launch.channel else ()
    enter(launch, keep)
    _start_kernel(launch)


def enter(launch: Launch, keep: tuple[int, ...] = ()) -> None:
    """Leave the fork server's world for that of a kernel.

    Parameters
    ----------
    keep
        Descriptors that stay open.
    """
    gc.freeze()  # a collection would copy all memory that is shared with the server
    os.setsid()
    _leave_fork_server(keep)
    _redirect(launch.log_path)
    os.environ.clear()
    os.environ.update(launch.environment)
    tempfile.tempdir = None  # TMPDIR is another now
    os.chdir(launch.cwd)
    sys.path[:] = [path for path in sys.path if path not in ("", os.getcwd())]
    sys.argv = ["ipykernel_launcher", *launch.arguments]
    _use_threads(launch.n_threads)
    reseed(launch.seed)
    current: Any = process.current_process()
    current._config["daemon"] = False  # it may have children
    if launch.policy:
        sandbox.confine(launch.policy)


def _start_kernel(launch: Launch) -> None:
    from autograder.execution.lean import make_kernel  # imports IPython

    sys.path.insert(0, "")  # as ipykernel does: modules beside the notebook
    app = make_kernel(launch.arguments, launch.channel, launch.seed)
    if launch.policy:
        sandbox.close_sockets()
    app.start()


def reseed(seed: int = 0) -> None:
    """Set the seeds of Python, NumPy and torch, of what is imported already.

    `torch.manual_seed` would also note, for a GPU that nobody uses yet, where it was
    called from, which takes 2 ms.
    """
    random.seed(seed)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(seed)
    if "torch" in sys.modules:
        torch = sys.modules["torch"]
        torch.default_generator.manual_seed(seed)
        if torch.cuda.is_initialized():
            torch.cuda.manual_seed_all(seed)


def _leave_fork_server(keep: tuple[int, ...]) -> None:
    """Drop every other descriptor and every way back to the grader."""
    sandbox.die_with_parent()
    low = 3
    for descriptor in sorted(keep):
        os.closerange(low, descriptor)
        low = descriptor + 1
    os.closerange(low, os.sysconf("SC_OPEN_MAX"))
    server: Any = forkserver._forkserver
    server._forkserver_alive_fd = server._forkserver_address = None
    server._forkserver_pid = server._inherited_fds = None
    tracker: Any = resource_tracker._resource_tracker
    tracker._fd = tracker._pid = None


def _redirect(log_path: str) -> None:
    """Standard streams that lead nowhere but to the log."""
    null = os.open(os.devnull, os.O_RDONLY)
    log = os.open(log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(null, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    for descriptor in {null, log} - {0, 1, 2}:
        os.close(descriptor)


def _use_threads(n_threads: int) -> None:
    torch = sys.modules.get("torch")
    if torch is not None and n_threads:
        torch.set_num_threads(n_threads)
