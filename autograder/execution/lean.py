"""An IPython kernel without what the notebook of a class does not use.

A kernel that is forked warm spends most of its own time on the debugger, on naming and
translating cells, on an input history on disk, on messages that only a frontend reads.
Here these are left out or made cheap; what a cell does and shows stays the same. Source
of each cost: ipykernel 7, IPython 9.
"""

import inspect
import logging
import sys
from ast import PyCF_ALLOW_TOP_LEVEL_AWAIT
from functools import lru_cache, partial
from socket import socket
from typing import Any, ClassVar

from ipykernel import debugger, iostream, ipkernel, kernelapp, kernelbase
from ipykernel.compiler import XCachingCompiler
from IPython.core.compilerop import code_name
from IPython.core.inputtransformer2 import TransformerManager
from tornado.ioloop import IOLoop
from traitlets.config import Config

from autograder.execution.answering import Answerer
from autograder.execution.child import reseed


class _SystemWithoutModules:
    """Stands in for `sys` in ipykernel, which asks every module for its file.

    It does so for the debugger; the look alone copies 25 MiB of shared memory.
    """

    modules: ClassVar[dict[str, Any]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(sys, name)


class _Compiler(XCachingCompiler):
    """Names cells as IPython does; the debugger's names cost a slow hash."""

    def get_code_name(self, raw_code: str, code: str, number: int) -> str:
        return code_name(code, number)


class IPKernelApp(kernelapp.IPKernelApp):
    """Starts without parsing a command line, start-up files or set-up of a log."""

    def parse_command_line(self, argv: Any = None) -> None:
        match argv:
            case ["-f", str() as path]:
                self.connection_file = path
            case _:
                super().parse_command_line(argv)

    def _configure_logging(self) -> None:
        """Nobody reads the log."""

    def init_code(self) -> None:
        """No files of the user's; IPython's would note the name of every module.

        Those names lie all over the memory shared with the fork server, and to read
        one is to copy its page: 15 MiB.
        """
        shell: Any = self.shell
        shell.user_ns_hidden.update(shell.user_ns)


class _Kernel(ipkernel.IPythonKernel):
    """Does not say when it begins a cell: whoever executes a notebook knows."""

    compiler_class = _Compiler

    def _publish_execute_input(self, *_: Any) -> None:
        pass

    def _publish_status(self, status: str, *args: Any, **options: Any) -> None:
        if status != "busy":
            super()._publish_status(status, *args, **options)  # type: ignore[no-untyped-call]


class OutStream(iostream.OutStream):
    """Waits for its thread only where there is something to send."""

    def flush(self) -> None:
        if self._buffers:
            super().flush()  # type: ignore[no-untyped-call]


class _Transformer(TransformerManager):
    """Leaves cells alone that are Python already, without magics."""

    def transform_cell(self, cell: str) -> str:
        text = cell if cell.endswith("\n") else cell + "\n"
        return super().transform_cell(cell) if _flags(text) is None else text


@lru_cache(maxsize=2)  # IPython asks four times per cell
def _flags(text: str) -> int | None:
    """Flags of the code that a text is; None where it is not Python."""
    try:
        code = compile(text, "<cell>", "exec", PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return int(code.co_flags)


OPTIONS = {
    "HistoryManager": {"enabled": False},  # a database and its thread
    "IPythonKernel": {"_execute_sleep": 0},
    "IPKernelApp": {
        "kernel_class": _Kernel,
        "outstream_class": f"{__name__}.OutStream",
    },
}


def make_kernel(
    arguments: tuple[str, ...], channel: socket | None, seed: int
) -> kernelapp.IPKernelApp:
    """A kernel application, ready to start; its sockets are open.

    When idle, it answers a judge on `channel`. Cells that are executed without being
    stored in the history are tests: the seeds are set before each of them.
    """
    debugger._is_debugpy_available = False
    module: Any = ipkernel
    module.sys = _SystemWithoutModules()
    module._accepts_parameters = _accepted_parameters
    app: Any = IPKernelApp.instance(config=Config(OPTIONS))
    app.initialize(list(arguments))
    app.log.setLevel(logging.CRITICAL)
    app.shell.input_transformer_manager = _Transformer()  # type: ignore[no-untyped-call]
    app.shell.should_run_async = _should_run_async
    app.shell.InteractiveTB.set_mode("Plain")  # the coloured ones take 0.3 s
    app.shell.events.register("pre_run_cell", partial(_reseed_before_tests, seed))
    if channel is not None:
        _answer_when_idle(channel, app.shell.user_ns)
    return app


def _accepted_parameters(method: Any, names: list[str]) -> dict[str, Any]:
    """As ipykernel's function, which looks at the signature again for each cell."""
    return _accepted(method.__func__, tuple(names))


@lru_cache
def _accepted(function: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return dict(kernelbase._accepts_parameters(function, names))


def _answer_when_idle(channel: socket, namespace: dict[str, Any]) -> None:
    loop = IOLoop.current()
    answerer = Answerer(channel, namespace, lambda: loop.remove_handler(channel))
    loop.add_handler(channel, answerer.on_readable, IOLoop.READ)


def _should_run_async(raw: str, *, transformed_cell: str = "", **_: Any) -> bool:
    return bool((_flags(transformed_cell) or 0) & inspect.CO_COROUTINE)


def _reseed_before_tests(seed: int, info: Any) -> None:
    if not info.store_history:
        reseed(seed)
