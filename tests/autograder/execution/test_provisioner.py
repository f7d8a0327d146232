"""Warm kernels serve every program that starts kernels by name."""

from pathlib import Path

import nbformat
import papermill
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell

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
