"""A real browser, and what it is pointed at: a student's and an instructor's server."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from autograder.index import write_index
from autograder.release import release
from autograder.settings import load_settings

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
REPOSITORY = Path(__file__).resolve().parents[2]
PICTURES = os.environ.get("CURSO_PICTURES")  # where to leave screenshots, if anywhere
PATIENCE_MS = 60_000
LAB_SETTINGS = {
    # cells out of sight are left out of the page otherwise
    "notebook-extension/tracker": {"windowingMode": "none"},
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    if not CHROMIUM:
        pytest.skip("there is no Chromium here")
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    """A page at desk size; its errors in the console do not matter, ours are seen."""
    context = chromium.new_context(
        viewport={"width": 1280, "height": 900}, reduced_motion="reduce"
    )
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A student edition of one short unit."""
    folder = tmp_path_factory.mktemp("browser") / "curso"
    release(load_settings(REPOSITORY), ["A1_pesos"], folder)
    write_index(folder)
    return folder


@pytest.fixture(scope="session")
def lab(edition: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of JupyterLab on the student edition."""
    home = tmp_path_factory.mktemp("lab")
    for name, values in LAB_SETTINGS.items():
        path = home / f"@jupyterlab/{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(values))
    with serve(
        ["lab", "--no-browser"],
        edition,
        JUPYTERLAB_SETTINGS_DIR=str(home),
        JUPYTERLAB_WORKSPACES_DIR=str(home / "workspaces"),
    ) as address:
        yield f"{address}/lab"


@contextmanager
def serve(command: list[str], folder: Path, **environment: str) -> Iterator[str]:
    """Run a Jupyter program on a free port until the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = [
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        "--ServerApp.token=",
        "--ServerApp.disable_check_xsrf=True",
        "--allow-root",
    ]
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyter", *command, *options],
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        wait_until(lambda: listens(port, server))
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def wait_until(is_so: Callable[[], bool], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def listens(port: int, server: subprocess.Popen[bytes]) -> bool:
    assert server.poll() is None, "the server ended"
    with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


def picture(page: Any, name: str, **options: Any) -> None:
    """Leave a screenshot where `CURSO_PICTURES` says."""
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", **options)


def serious_findings(page: Any) -> list[str]:
    """What axe finds wrong with a page's accessibility, seriously."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [
        f"{finding['id']}: {finding['nodes'][0]['html'][:200]}"
        for finding in found
        if finding["impact"] in ("serious", "critical")
    ]
