"""The judge's process: it runs the instructor's cells on the student's answers.

No notebook kernel: the source of its cells is ours, so a loop that executes them and
reports outputs is enough, and costs a tenth. It is confined like a student's kernel.
"""

import ast
import contextlib
import inspect
import io
import json
import linecache
import marshal
import os
import sys
import textwrap
import traceback
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from socket import socket
from typing import Any

from autograder.execution import child, sandbox, wire
from autograder.execution.link import Link
from autograder.execution.proxies import isinstance_of_student

HERE = os.path.dirname(__file__)
MAX_TEXT, MAX_LINES = 4_000, 100  # of what is told of an error or a value
# The names that a cell uses, its statements, and the last one if it has a value
Prepared = tuple[frozenset[str], types.CodeType, types.CodeType | None]
PYPLOT = ("gcf", "gca", "get_fignums", "close", "fignum_exists")


@dataclass(frozen=True)
class Plan:
    """What the judge of one notebook is told once.

    `names` are the global names that the source's solution cells define, `attributes`
    those of its classes, `answers` the student's cells as submitted.
    """

    names: tuple[str, ...] = ()
    attributes: dict[str, frozenset[str]] = field(default_factory=dict)
    answers: tuple[str, ...] = ()


def run_judge(
    launch: child.Launch, grader: socket, student: socket, plan: Plan
) -> None:
    """Become a judge; called in the forked process, returns when nobody asks."""
    child.enter(launch, keep=(grader.fileno(), student.fileno()))
    if launch.policy:
        sandbox.close_sockets()
    judge = Judge(student, plan, launch.seed)
    with contextlib.suppress(wire.GoneError):
        while True:
            request = marshal.loads(wire.receive(grader))
            reply = judge.run(**request)
            wire.send(grader, json.dumps(reply).encode())
    os._exit(0)


class Judge:
    """A namespace of instructor's cells, with the student's names bound to proxies."""

    def __init__(self, student: socket, plan: Plan, seed: int = 0) -> None:
        module = types.ModuleType("__main__")
        sys.modules["__main__"] = module
        self.plan = plan
        self.seed = seed
        self.namespace: dict[str, Any] = module.__dict__
        self.link = Link(student, self.namespace, plan.attributes)
        self._answer_for_source()
        self._answer_for_pyplot()

    def run(
        self,
        source: str,
        name: str,
        prepared: Prepared | None,
        is_test: bool,
        max_output: int,
    ) -> dict[str, Any]:
        """Execute one cell; its outputs, its error and the text of its value."""
        printed = _Outputs(max_output)
        error, result = None, None
        before = dict(self.namespace)
        try:
            with (
                contextlib.redirect_stdout(printed.stream("stdout")),
                contextlib.redirect_stderr(printed.stream("stderr")),
            ):
                if prepared:
                    self._bind(prepared[0])
                if is_test:  # after the student's process was asked for the names
                    child.reseed(self.seed)
                result = _execute(source, f"<{name}>", prepared, self.namespace)
        except BaseException as raised:  # an instructor's cell may do anything
            error = _describe(raised)
        if not is_test:
            self._share(before)
        return {
            "outputs": printed.outputs,
            "error": error,
            "result": result,
            "is_broken": bool(self.link.broken),
        }

    def _share(self, before: dict[str, Any]) -> None:
        """Note what an instructor's cell defined: the student's process has it, too."""
        for name, value in self.namespace.items():
            is_new = name not in before or before[name] is not value
            if is_new and name not in self.plan.names:
                self.link.shared[name] = value

    def _bind(self, used: frozenset[str]) -> None:
        """Give the names that a cell uses the values that the student gave them."""
        wanted = [name for name in self.plan.names if name in used]
        if not wanted:
            return
        values = self.link.names(wanted)
        for name in wanted:
            self.namespace.pop(name, None)
        self.namespace.update({n: v for n, v in values.items() if n in wanted})

    def _answer_for_source(self) -> None:
        """`inspect.getsource` of a proxy is the submitted text, not the process's."""
        module: Any = inspect
        original = module.getsource

        def getsource(item: Any) -> str:
            if not isinstance_of_student(item):
                return str(original(item))
            for answer in reversed(self.plan.answers):
                text = _find_definition(answer, str(item.__name__))
                if text:
                    return text
            raise OSError(f"no hay definición de {item.__name__} en tus celdas")

        module.getsource = getsource

    def _answer_for_pyplot(self) -> None:
        """`plt.gcf()` and the like look at the student's figures if there are any."""
        pyplot: Any = sys.modules.get("matplotlib.pyplot")
        for name in PYPLOT if pyplot else ():
            setattr(pyplot, name, self._pyplot(name, getattr(pyplot, name)))

    def _pyplot(self, name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def ask(*args: Any) -> Any:
            if self.link.has_figures:
                return self.link.ask("pyplot", name, *args)
            return original(*args)

        return ask


class _Outputs:
    """What a cell prints, as notebook outputs, up to a limit."""

    def __init__(self, limit: int) -> None:
        self.outputs: list[dict[str, Any]] = []
        self.room = limit

    def stream(self, name: str) -> io.TextIOBase:
        outer = self

        class Stream(io.TextIOBase):
            def writable(self) -> bool:
                return True

            def write(self, text: str) -> int:
                outer.add(name, str(text))
                return len(text)

        return Stream()

    def add(self, name: str, text: str) -> None:
        text, self.room = text[: max(self.room, 0)], self.room - len(text)
        if self.outputs and self.outputs[-1]["name"] == name:
            self.outputs[-1]["text"] += text
        elif text:
            output = {"output_type": "stream", "name": name, "text": text}
            self.outputs.append(output)


def prepare(source: str, name: str) -> Prepared | None:
    """Parse and compile a cell for `Judge.run`; None when it is not Python.

    For the grader to do, once for all students.
    """
    filename = f"<{name}>"
    try:
        tree = ast.parse(source, filename)
        used = frozenset(n.id for n in ast.walk(tree) if isinstance(n, ast.Name))
        last = None
        if tree.body and isinstance(tree.body[-1], ast.Expr):
            expression = ast.Expression(tree.body.pop().value)  # type: ignore[attr-defined]
            last = compile(expression, filename, "eval", dont_inherit=True)
        return used, compile(tree, filename, "exec", dont_inherit=True), last
    except (SyntaxError, ValueError):
        return None


def _execute(
    source: str, filename: str, prepared: Prepared | None, namespace: dict[str, Any]
) -> str | None:
    """Run a cell; the text of its last expression as IPython would show it."""
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    if prepared is None:
        exec(compile(source, filename, "exec"), namespace)  # to raise what is wrong
        return None
    _, body, last = prepared
    exec(body, namespace)
    value = eval(last, namespace) if last else None
    if value is None or source.rstrip().endswith(";"):
        return None
    from IPython.lib.pretty import pretty

    return str(pretty(value))[:MAX_TEXT]


def _describe(error: BaseException) -> dict[str, Any]:
    """Name, message and lines of an error, without the judge's own frames."""
    render = getattr(error, "_render_traceback_", None)
    if render is not None:
        lines = [str(line) for line in render()]
    else:
        frames = traceback.extract_tb(error.__traceback__)
        shown = [f for f in frames if not f.filename.startswith(HERE)]
        lines = ["Traceback (most recent call last):\n"] if shown else []
        lines += traceback.format_list(shown)
        lines += traceback.format_exception_only(error)
        lines = "".join(lines).splitlines()
    return {
        "ename": type(error).__name__,
        "evalue": str(error)[:MAX_TEXT],
        "traceback": [line[:MAX_TEXT] for line in lines[:MAX_LINES]],
    }


def _find_definition(source: str, name: str) -> str | None:
    """The text of the last function or class of that name."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return None
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    found = [n for n in ast.walk(tree) if isinstance(n, kinds) and n.name == name]
    if not found:
        return None
    first = min([found[-1].lineno, *(d.lineno for d in found[-1].decorator_list)])
    lines = source.splitlines(keepends=True)[first - 1 : found[-1].end_lineno]
    return textwrap.dedent("".join(lines))
