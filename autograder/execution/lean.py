"""An IPython kernel without what the notebook of a class does not use.

A kernel that is forked warm spends most of its own time on the debugger, on naming and
translating cells, on an input history on disk. Here these are left out or made cheap;
what a cell does and shows stays the same. Source of each cost: ipykernel 7, IPython 9.
"""

import inspect
import sys
from ast import PyCF_ALLOW_TOP_LEVEL_AWAIT
from functools import lru_cache, partial
from socket import socket
from typing import Any, ClassVar

from ipykernel import debugger, ipkernel
from ipykernel.compiler import XCachingCompiler
from ipykernel.kernelapp import IPKernelApp
from IPython.core.compilerop import code_name
from IPython.core.inputtransformer2 import TransformerManager
from tornado.ioloop import IOLoop
from traitlets.config import Config

from autograder.execution.answering import Answerer
from autograder.execution.child import reseed

OPTIONS = {
    "HistoryManager": {"enabled": False},  # a database and its thread
    "IPythonKernel": {"_execute_sleep": 0},
}


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


def make_kernel(
    arguments: tuple[str, ...], channel: socket | None, seed: int
) -> IPKernelApp:
    """A kernel application, ready to start; its sockets are open.

    When idle, it answers a judge on `channel`. Cells that are executed without being
    stored in the history are tests: the seeds are set before each of them.
    """
    debugger._is_debugpy_available = False
    module: Any = ipkernel
    module.sys = _SystemWithoutModules()
    module.IPythonKernel.compiler_class = _Compiler
    app: Any = IPKernelApp.instance(config=Config(OPTIONS))
    app.initialize(list(arguments))
    app.shell.input_transformer_manager = _Transformer()  # type: ignore[no-untyped-call]
    app.shell.should_run_async = _should_run_async
    app.shell.InteractiveTB.set_mode("Plain")  # the coloured ones take 0.3 s
    app.shell.events.register("pre_run_cell", partial(_reseed_before_tests, seed))
    if channel is not None:
        _answer_when_idle(channel, app.shell.user_ns)
    return app


def _answer_when_idle(channel: socket, namespace: dict[str, Any]) -> None:
    loop = IOLoop.current()
    answerer = Answerer(channel, namespace, lambda: loop.remove_handler(channel))
    loop.add_handler(channel, answerer.on_readable, IOLoop.READ)


def _should_run_async(raw: str, *, transformed_cell: str = "", **_: Any) -> bool:
    return bool((_flags(transformed_cell) or 0) & inspect.CO_COROUTINE)


def _reseed_before_tests(seed: int, info: Any) -> None:
    if not info.store_history:
        reseed(seed)
