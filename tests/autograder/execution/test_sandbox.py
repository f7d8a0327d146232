"""Each attack succeeds without the sandbox, so that its failure inside means something.

An attack is code whose last line is True when it got what it wanted.
"""

import os
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from nbformat.v4 import new_code_cell

from autograder.execution import sandbox
from autograder.execution.engine import execute_document
from autograder.records import CellOutcome, Outcome
from autograder.settings import Kernels, Limits
from tests.factories import notebook

pytestmark = pytest.mark.skipif(
    not sandbox.landlock_abi(), reason="this machine has no Landlock"
)


@dataclass(frozen=True)
class World:
    """What an attacker would like to reach."""

    victim: Path  # a course folder with a gradebook
    scratch: Path
    tcp_port: int
    udp_port: int
    unix_path: str
    pid: int


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    victim = tmp_path_factory.mktemp("victim")
    (victim / "gradebook.db").write_text("grades")
    (victim / "source.ipynb").write_text("hidden tests")
    sockets = [
        socket.create_server(("127.0.0.1", 0)),
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
        socket.socket(socket.AF_UNIX),
    ]
    sockets[1].bind(("127.0.0.1", 0))
    unix_path = f"/tmp/curso-test-{os.getpid()}"
    sockets[2].bind(unix_path)
    sockets[2].listen()
    accepting = threading.Thread(target=_accept_all, args=(sockets[0],), daemon=True)
    accepting.start()
    yield World(
        victim=victim,
        scratch=tmp_path_factory.mktemp("scratch"),
        tcp_port=sockets[0].getsockname()[1],
        udp_port=sockets[1].getsockname()[1],
        unix_path=unix_path,
        pid=os.getpid(),
    )
    for server in sockets:
        server.close()
    os.unlink(unix_path)


def _accept_all(server: socket.socket) -> None:
    while True:
        try:
            server.accept()[0].close()
        except OSError:
            return


LIBC = "import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\n"
ATTACKS = {
    "tcp to loopback": (
        "import socket\nsocket.create_connection(('127.0.0.1', {w.tcp_port}))\nTrue"
    ),
    "udp": (
        "import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        "s.sendto(b'x', ('127.0.0.1', {w.udp_port})) == 1"
    ),
    "listen on tcp": (
        "import socket\ns = socket.create_server(('127.0.0.1', 0))\n"
        "s.getsockname()[1] > 0"
    ),
    "raw socket": (
        "import socket\nsocket.socket(socket.AF_INET, socket.SOCK_RAW, 1)\nTrue"
    ),
    "unix socket of another program": (
        "import socket\nsocket.socket(socket.AF_UNIX).connect({w.unix_path!r})\nTrue"
    ),
    "sockets by io_uring": LIBC
    + "libc.syscall(425, 8, ctypes.create_string_buffer(120)) >= 0",
    "read the gradebook": "open({victim!r} + '/gradebook.db').read() == 'grades'",
    "read the source notebook": "'hidden' in open({victim!r} + '/source.ipynb').read()",
    "list the course folder": "import os\n'gradebook.db' in os.listdir({victim!r})",
    "read the home folder": (
        "import os, pwd\nlen(os.listdir(pwd.getpwuid(os.getuid()).pw_dir)) >= 0"
    ),
    "read /etc/passwd": "len(open('/etc/passwd').read()) > 0",
    "read the environment of the grader": (
        "b'PATH=' in open('/proc/{w.pid}/environ', 'rb').read()"
    ),
    "list processes": "import os\n'{w.pid}' in os.listdir('/proc')",
    "read through a symlink": (
        "import os\nos.symlink({victim!r} + '/gradebook.db', 'l1')\n"
        "open('l1').read() == 'grades'"
    ),
    "read through a hard link": (
        "import os\nos.link({victim!r} + '/gradebook.db', 'l2')\n"
        "open('l2').read() == 'grades'"
    ),
    "write beside the gradebook": "open({victim!r} + '/new', 'w').write('x') == 1",
    "change the gradebook": "open({victim!r} + '/gradebook.db', 'a').write('') == 0",
    "cut the gradebook": (
        "import os\nos.truncate({victim!r} + '/gradebook.db', 6) is None"
    ),
    "move the gradebook away": (
        "import os\nos.rename({victim!r} + '/gradebook.db', {victim!r} + '/g')\n"
        "os.rename({victim!r} + '/g', {victim!r} + '/gradebook.db') is None"
    ),
    "make the gradebook unreadable": (
        "import os\nos.chmod({victim!r} + '/gradebook.db', 0o600)\n"
        "os.stat({victim!r} + '/gradebook.db').st_mode & 0o777 == 0o600"
    ),
    "write to shared memory": "open('/dev/shm/curso', 'w').write('x') == 1",
    "write to /tmp": "open('/tmp/curso-escape', 'w').write('x') == 1",
    "signal the grader": "import os\nos.kill({w.pid}, 0) is None",
    "trace the grader": LIBC + "libc.syscall(101, 0x4206, {w.pid}, 0, 0) == 0",
    "read the memory of the grader": (
        LIBC
        + "libc.syscall(438, {w.pid}, 0) >= 0 and libc.syscall(434, {w.pid}, 0) >= 0"
        " or libc.syscall(434, {w.pid}, 0) >= 0"
    ),
    "new namespace": LIBC + "libc.unshare(0x04000000) == 0",
    "new namespace by clone": (
        LIBC + "p = libc.syscall(56, 0x10000000 | 17, 0, 0, 0, 0)\n"
        "if p == 0: os._exit(0)\np > 0"
    ),
    "leave the session": (
        "import os\np = os.fork()\n"
        "if p == 0:\n    try: os.setsid(); os._exit(0)\n"
        "    except OSError: os._exit(1)\n"
        "os.waitstatus_to_exitcode(os.waitpid(p, 0)[1]) == 0"
    ),
    "limit the grader": (
        "import resource\nlen(resource.prlimit({w.pid}, resource.RLIMIT_NOFILE)) == 2"
    ),
    "raise its own limit": (
        "import resource\nn = resource.getrlimit(resource.RLIMIT_FSIZE)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))\nTrue"
    ),
    "outlive the fork server": LIBC + "libc.prctl(1, 0, 0, 0, 0) == 0",
    "see a secret of the environment": "import os\n'CURSO_SECRET' in os.environ",
    "system v shared memory": LIBC + "libc.shmget(0x1234, 4096, 0o1600) >= 0",
    "posix message queue": LIBC + "libc.syscall(240, b'curso', 0o102, 0o600, 0) >= 0",
}


def attack(world: World, code: str, *, is_confined: bool) -> CellOutcome:
    code = code.replace("{victim!r}", repr(str(world.victim))).format(w=world)
    execution = execute_document(
        "attack",
        notebook(new_code_cell(code)),
        kernel_name="python3",
        limits=Limits(),
        kernels=Kernels(sandbox=is_confined),
        cwd=world.scratch,
    )
    return execution.cells[0]


@pytest.fixture(autouse=True)
def _clean(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("CURSO_SECRET", "x")
    (world.victim / "gradebook.db").chmod(0o644)
    yield
    for stray in (
        *world.scratch.iterdir(),
        Path("/dev/shm/curso"),
        Path("/tmp/curso-escape"),
        world.victim / "new",
    ):
        if stray.is_symlink() or stray.is_file():
            stray.unlink()


@pytest.mark.parametrize("name", ATTACKS)
def test_attack_fails_inside_the_sandbox(world: World, name: str) -> None:
    outcome = attack(world, ATTACKS[name], is_confined=True)

    assert outcome.result != "True"
    assert outcome.outcome in (Outcome.PASSED, Outcome.RAISED)


@pytest.mark.parametrize("name", ATTACKS)
def test_attack_succeeds_without_the_sandbox(world: World, name: str) -> None:
    outcome = attack(world, ATTACKS[name], is_confined=False)

    if outcome.result != "True" and os.getuid() != 0:
        pytest.skip("needs root outside the sandbox")
    assert outcome.result == "True", outcome


def run(scratch: Path, *sources: str, **limits: float) -> list[CellOutcome]:
    execution = execute_document(
        "nb",
        notebook(*(new_code_cell(source) for source in sources)),
        kernel_name="python3",
        limits=Limits(**limits),  # type: ignore[arg-type]
        kernels=Kernels(),
        cwd=scratch,
    )
    return list(execution.cells)


def test_ordinary_work_is_possible_inside(tmp_path: Path) -> None:
    cells = run(
        tmp_path,
        "import torch, numpy, pandas, tempfile, shutil, subprocess, sys, threading",
        "open('a.txt', 'w').write('x'); shutil.copy('a.txt', 'b.txt')",
        "torch.save(torch.ones(3), 'w.pt'); torch.load('w.pt').sum().item()",
        "with tempfile.TemporaryDirectory() as d: open(d + '/x', 'w').write('1')",
        "import matplotlib.pyplot as plt; plt.plot([1, 2]); plt.close()",
        "subprocess.run([sys.executable, '-c', 'print(1)'], check=True).returncode",
        "import multiprocessing as m\n"
        "c = m.get_context('fork'); a, b = m.Pipe()\n"
        "p = c.Process(target=b.send, args=(7,)); p.start(); p.join(); a.recv()",
    )

    assert [c.outcome for c in cells] == [Outcome.PASSED] * 7, cells
    assert (cells[2].result, cells[5].result, cells[6].result) == ("3.0", "0", "7")


HOGS = {
    "memory": ("x = bytearray(2**30)", {"memory_mib": 300}),
    "shared memory": (
        "import mmap, time\nm = mmap.mmap(-1, 2**31)\nm.write(b'x' * 2**30)\n"
        "time.sleep(5)",
        {"memory_mib": 600},
    ),
    "memory that children share": (
        "import os, time\nif os.fork() == 0:\n"
        "    x = [b'x' * 2**28 for _ in range(3)]\n    os.fork()\n    time.sleep(9)\n"
        "time.sleep(9)",
        {"memory_mib": 900},
    ),
    "processes": (
        "import os, time\nfor _ in range(40):\n"
        "    if os.fork() == 0: time.sleep(60)\ntime.sleep(9)",
        {"processes": 10},
    ),
    "disk": (
        "import time\nfor i in range(99):\n"
        "    open(f'f{i}', 'wb').write(bytes(2**23))\ntime.sleep(5)",
        {"disk_mib": 50},
    ),
}


@pytest.mark.parametrize(("hog", "limits"), HOGS.values(), ids=HOGS)
def test_hog_ends_its_own_question_only(
    tmp_path: Path, hog: str, limits: dict[str, float]
) -> None:
    cells = run(tmp_path, "y = 1", hog, "y", **limits)

    wanted = [Outcome.PASSED, Outcome.OUT_OF_MEMORY, Outcome.PASSED]
    assert [cell.outcome for cell in cells] == wanted
    assert cells[1].message.startswith("more than") or cells[1].error == "MemoryError"


def test_memory_shared_with_children_counts_once(tmp_path: Path) -> None:
    [cell] = run(
        tmp_path,
        "import os, time\nx = b'x' * 2**28\nfor _ in range(4):\n"
        "    if os.fork() == 0:\n        time.sleep(1.5)\n        os._exit(0)\n"
        "for _ in range(4): os.wait()",
        memory_mib=1600,
    )

    assert cell.outcome is Outcome.PASSED, cell


@pytest.mark.parametrize(
    "hog",
    [
        "open('big', 'wb').write(bytes(3 * 2**20))",
        "files = [open(f'f{i}', 'w') for i in range(1000)]",
    ],
    ids=["size of a file", "open files"],
)
def test_too_much_is_an_error_in_the_cell(tmp_path: Path, hog: str) -> None:
    cells = run(tmp_path, "y = 1", hog, "y", files_mib=2)

    assert [c.outcome for c in cells] == [
        Outcome.PASSED,
        Outcome.RAISED,
        Outcome.PASSED,
    ]
    assert cells[1].error == "OSError"


def test_processor_time_is_limited_however_it_is_burnt(tmp_path: Path) -> None:
    burn = (
        "import os, time\nif os.fork() == 0:\n    while True: pass\ntime.sleep(0.2)\n1"
    )
    ask = "import resource; resource.getrlimit(resource.RLIMIT_CPU)"

    cells = run(tmp_path, burn, ask, submission_seconds=7)

    assert cells[1].result == "(8, 8)"


STRAYS = {
    "child": "import subprocess\nsubprocess.Popen(['sleep', '60']).pid",
    "stopped child": (
        "import os\np = os.fork()\nif p == 0:\n    os.kill(os.getpid(), 19)\n"
        "    os._exit(0)\np"
    ),
    # the parent between is gone, and it tries to leave the session
    "double fork": (
        "import os, time\nr, w = os.pipe()\nif os.fork() == 0:\n"
        "    try: os.setsid()\n    except OSError: pass\n"
        "    p = os.fork()\n    if p == 0: time.sleep(60)\n"
        "    os.write(w, str(p).encode()); os._exit(0)\nint(os.read(r, 9))"
    ),
}


@pytest.mark.parametrize("code", STRAYS.values(), ids=STRAYS)
def test_nothing_outlives_the_submission(tmp_path: Path, code: str) -> None:
    [cell] = run(tmp_path, code)

    pid = int(cell.result or 0)
    assert pid > 0
    psutil.wait_procs(
        [psutil.Process(pid)] if psutil.pid_exists(pid) else [], timeout=2
    )
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == "zombie"


def test_descriptors_of_the_grader_are_not_there(tmp_path: Path) -> None:
    with open(tmp_path.parent / "grader-file", "w") as file:
        os.set_inheritable(file.fileno(), True)
        inode = os.fstat(file.fileno()).st_ino
        code = (
            "import os\ndef ino(n):\n    try: return os.fstat(n).st_ino\n"
            f"    except OSError: return 0\nany(ino(n) == {inode} for n in range(256))"
        )
        [cell] = run(tmp_path, code)

    assert cell.result == "False"


def test_missing_landlock_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "landlock_abi", lambda: 0)

    with pytest.raises(sandbox.SandboxError, match="Landlock"):
        sandbox.restrict_files(sandbox.Policy())
