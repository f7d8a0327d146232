"""Warm kernels serve every program that starts kernels by name."""

import os
import signal
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell

from autograder.execution.engine import execute_document
from autograder.settings import Kernels, Limits
from tests.factories import notebook

ASK = (
    "import os\nparent = open(f'/proc/{os.getppid()}/cmdline').read()\n"
    "print('forkserver' in parent, os.getcwd())"
)


def test_nbclient_uses_the_installed_kernel_by_name(tmp_path: Path) -> None:
    document = notebook(new_code_cell(ASK))

    NotebookClient(
        document, kernel_name="curso", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()

    assert document.cells[0].outputs[0].text == f"True {tmp_path}\n"


def test_papermill_uses_the_installed_kernel_by_name(tmp_path: Path) -> None:
    path = tmp_path / "in.ipynb"
    nbformat.write(notebook(new_code_cell(ASK)), path)

    document = papermill.execute_notebook(
        path, tmp_path / "out.ipynb", kernel_name="curso", progress_bar=False
    )

    assert document.cells[0].outputs[0].text.startswith("True ")


def test_kernel_can_be_interrupted_restarted_and_shut_down() -> None:
    manager, client = start_new_kernel(kernel_name="curso")
    try:
        first = manager.provisioner.pid
        client.execute("while True: pass")
        manager.interrupt_kernel()
        manager.restart_kernel(now=True)
        client.wait_for_ready(timeout=30)
        client.execute("6 * 7")
        assert manager.provisioner.pid != first
        assert client.get_shell_msg(timeout=30)["content"]["status"] == "ok"
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    assert not manager.is_alive()


def test_two_kernels_share_nothing(tmp_path: Path) -> None:
    write = notebook(
        new_code_cell("import numpy; numpy.leak = 1; import os; os.getpid()")
    )
    read = notebook(new_code_cell("import numpy; print(hasattr(numpy, 'leak'))"))

    NotebookClient(write, kernel_name="curso").execute()
    NotebookClient(read, kernel_name="curso").execute()

    assert read.cells[0].outputs[0].text == "False\n"


def test_fork_server_that_died_is_replaced_and_told_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CURSO_SECRET", "contraseña")
    ask = notebook(
        new_code_cell("print('CURSO_SECRET' in open('/proc/self/environ').read())")
    )
    told = []
    for _ in range(2):
        server: Any = forkserver._forkserver
        if server._forkserver_pid is not None:
            os.kill(server._forkserver_pid, signal.SIGKILL)
            os.waitid(os.P_PID, server._forkserver_pid, os.WEXITED | os.WNOWAIT)
        execution = execute_document(
            "nb",
            ask,
            kernel_name="python3",
            limits=Limits(),
            kernels=Kernels(),
            cwd=tmp_path,
        )
        told.append(execution.document.cells[0].outputs[0].text)

    assert told == ["False\n", "False\n"]


def test_start_up_files_of_the_user_do_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    startup = tmp_path / "profile_default/startup"
    startup.mkdir(parents=True)
    (startup / "mine.py").write_text("planted = True")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    ask = notebook(new_code_cell("print('planted' in globals())"))

    NotebookClient(ask, kernel_name="curso").execute()

    assert ask.cells[0].outputs[0].text == "False\n"


def test_memory_of_the_fork_server_is_in_huge_pages() -> None:
    release = tuple(int(part) for part in os.uname().release.split(".")[:2])
    enabled = Path("/sys/kernel/mm/transparent_hugepage/enabled")
    if release < (6, 1) or not enabled.exists() or "[never]" in enabled.read_text():
        pytest.skip("this system has no huge pages on demand")
    ask = notebook(
        new_code_cell(
            "import os, re\ntext = open(f'/proc/{os.getppid()}/smaps_rollup').read()\n"
            "print(int(re.search(r'AnonHugePages: *(\\d+)', text)[1]) > 0)"
        )
    )

    NotebookClient(ask, kernel_name="curso").execute()

    assert ask.cells[0].outputs[0].text == "True\n"
