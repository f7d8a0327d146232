"""The student's side of the judge's channel: it answers, it asks for nothing.

Whenever the kernel is idle, its main thread reads what the judge wants (call this
function, read that attribute) and replies with data. All of this runs in the student's
process, where the student's code can change it: nothing here decides about points.
"""

import io
import pickle
import signal
import sys
import types
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field
from functools import cache
from select import select
from socket import socket
from typing import Any

import torch
from torch import nn

from autograder.execution import wire
from autograder.execution.surfaces import (
    DRAWING,
    Fingerprint,
    GlobalRandomness,
    changeable,
    content_print,
    generator_state,
    is_tracked,
    optimizer_options,
    set_torch_modes,
    tensor_print,
    torch_modes,
)

MAX_PRINTED = 64 * 1024
MAX_MESSAGE = 10_000
MAX_ATTRIBUTES, MAX_TEXT = 50, 200  # of what is told of an object beside the answer
LINGER_S = 0.003
SPECIALS = (
    "__call__", "__iter__", "__next__", "__len__", "__getitem__", "__setitem__",
    "__delitem__", "__contains__", "__enter__", "__exit__", "__reversed__",
    "__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__bool__", "__hash__",
    "__add__", "__radd__", "__iadd__", "__sub__", "__rsub__", "__isub__", "__mul__",
    "__rmul__", "__imul__", "__truediv__", "__rtruediv__", "__itruediv__",
    "__floordiv__", "__rfloordiv__", "__mod__", "__rmod__", "__pow__", "__rpow__",
    "__matmul__", "__rmatmul__", "__neg__", "__pos__", "__abs__", "__invert__",
    "__and__", "__or__", "__xor__", "__float__", "__int__", "__index__", "__complex__",
    "__round__", "__str__", "__repr__", "__format__", "__bytes__", "__array__",
)  # fmt: skip


class JudgeObject:
    """Stands for an object of the judge's that did not cross; usually a function."""

    def __init__(self, answerer: "Answerer", number: int) -> None:
        self._judge = answerer, number

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("__call__", *args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._ask("__getattribute__", name)

    def __iter__(self) -> Any:
        return self._ask("__iter__")

    def __next__(self) -> Any:
        return self._ask("__next__")

    def __len__(self) -> Any:
        try:
            return self._ask("__len__")
        except AttributeError as error:  # `list` asks a generator, too
            raise TypeError("an object without a length") from error

    def __getitem__(self, index: Any) -> Any:
        return self._ask("__getitem__", index)

    def __enter__(self) -> Any:
        return self._ask("__enter__")

    def __exit__(self, *_: Any) -> Any:
        return self._ask("__exit__", None, None, None)

    def _ask(self, name: str, *args: Any, **kwargs: Any) -> Any:
        answerer, number = self._judge
        return answerer.call_back(number, name, args, kwargs)


@dataclass
class _Exchange:
    """What one request is about, while it is answered."""

    arguments: list[Any] = field(default_factory=list)
    prints: list[Fingerprint] = field(default_factory=list)
    inputs: list[torch.Tensor] = field(default_factory=list)  # arguments with a graph
    outputs: list[torch.Tensor] = field(default_factory=list)
    mentioned: dict[int, Any] = field(default_factory=dict)  # objects, by their number

    def note(self, arguments: Any, is_shared: Callable[[Any], bool]) -> None:
        self.arguments = list(changeable(arguments, is_shared))
        self.prints = [content_print(item) for item in self.arguments]

    def position(self, item: Any) -> int | None:
        for number, argument in enumerate(self.arguments):
            if argument is item:
                return number
        return None


class Answerer:
    """Everything that the judge knows by number, and how to answer about it."""

    def __init__(
        self,
        channel: socket,
        namespace: dict[str, Any],
        on_end: Callable[[], None] = lambda: None,
    ) -> None:
        self.channel = channel
        self.on_end = on_end
        self.namespace = namespace
        self.objects: dict[int, Any] = {}
        self.numbers: dict[int, int] = {}  # id of an object -> its number
        self.leaves: dict[int, torch.Tensor] = {}
        self.prints: dict[int, Fingerprint] = {}
        self.modes: dict[int, bool] = {}  # of the modules: training or not
        self.parts: dict[int, list[int]] = {}  # ids of what a module is made of
        self.calls: dict[int, tuple[list[torch.Tensor], list[torch.Tensor]]] = {}
        self.randomness = GlobalRandomness()
        self.exchange = _Exchange()  # the innermost request that is being answered
        self.next_number = 0
        self.classes: tuple[str, ...] = ()

    def on_readable(self, *_: Any) -> None:
        """Called by the kernel's event loop when the judge has asked something.

        It waits a moment for the next question, which is faster than by the loop.
        """
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        modes = torch_modes()
        try:
            self._reply(self._read_request())
            while select([self.channel], [], [], LINGER_S)[0]:
                self._reply(self._read_request())
        except (wire.GoneError, wire.BadReplyError):
            self.on_end()
        except KeyboardInterrupt:
            pass  # it came when all was said
        finally:
            set_torch_modes(modes)
            signal.signal(signal.SIGINT, before)

    def call_back(
        self, number: int, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Have the judge use one of its objects, and answer what it asks meanwhile."""
        outer = self.exchange
        exchange = _Exchange(outer.arguments, outer.prints, outer.inputs)
        content = self._encode([number, name, list(args), kwargs], exchange)
        fields = {
            "switches": torch_modes(),
            "randomness": self.randomness.changed(),
            **self._changes(),
        }
        wire.send(self.channel, self._message("callback", content, exchange, fields))
        while True:
            request = self._read_request()
            if request["nonce"]:
                self._reply(request)
                continue
            if request["failure"]:
                raise request["failure"]
            set_torch_modes(request["modes"])
            if request["error"] is not None:
                raise request["error"]
            return request["value"]

    def _reply(self, request: dict[str, Any]) -> None:
        exchange, outer = request["exchange"], self.exchange
        self.exchange = exchange
        printed = _Printed()
        content, error = b"", None
        try:
            if request["failure"]:
                raise request["failure"]
            exchange.note(request["arguments"], self._is_shared)
            set_torch_modes(request["modes"])
            with redirect_stdout(printed), redirect_stderr(printed):
                value = self._do(request, exchange)
            content = self._encode(value, exchange)
        except BaseException as raised:  # whatever it is, the judge gets to know
            error, exchange.outputs = self._describe_error(raised), []
        may_draw = request.get("op") in DRAWING
        fields = {
            "nonce": request["nonce"],
            "error": error,
            "printed": printed.getvalue(),
            "switches": torch_modes(),
            "randomness": self.randomness.changed() if may_draw else {},
            **self._changes(),
        }
        wire.send(self.channel, self._message("reply", content, exchange, fields))
        self.exchange = outer

    def _message(
        self, kind: str, content: bytes, exchange: _Exchange, fields: dict[str, Any]
    ) -> bytes:
        """One message: what was asked for, changed arguments, and the graph behind."""
        graph = self._record_call(exchange) if exchange.outputs else None
        changed = []
        for number, item in enumerate(exchange.arguments):
            now = content_print(item)
            if now != exchange.prints[number]:
                exchange.prints[number] = now
                content_now = self._encode(_content(item), exchange, inside=item)
                changed.append([number, content_now])
        drawn = fields["randomness"]
        fields["randomness"] = wire.encode(drawn, lambda item: None) if drawn else b""
        holdings = []
        with suppress(Exception):  # by classes that no rule foresees
            for number, mentioned in exchange.mentioned.items():
                holdings.append([number, *_holds(mentioned)])
        return wire.encode_plain(
            {
                "kind": kind,
                "content": content,
                "graph": graph,
                "changed": changed,
                "holdings": holdings,
            }
            | fields
        )

    def _is_shared(self, item: Any) -> bool:
        """Whether an argument is an object of this side, or a leaf of both."""
        if isinstance(item, torch.Tensor):
            return is_tracked(item) or id(item) in self.numbers
        return self.numbers.get(id(item), 0) > 0

    # What is asked

    def _do(self, request: dict[str, Any], exchange: _Exchange) -> Any:
        op, arguments = request["op"], request["arguments"]
        if op == "names":
            return self._look_up(arguments)
        if op == "backward":
            return self._backward(*arguments)
        if op == "pyplot":
            name, *args = arguments
            return getattr(sys.modules["matplotlib.pyplot"], name)(*args)
        target, *rest = arguments
        if op == "call":
            args, kwargs = rest
            owner = target.__self__ if type(target) is types.MethodType else None
            if id(owner) in self.numbers:
                exchange.mentioned[self.numbers[id(owner)]] = owner
            return target(*args, **kwargs)
        if op == "special":
            name, args = rest
            return _special(target, name)(*args)
        if op == "getattr":
            exchange.mentioned[self._number(target)] = target
            return getattr(target, *rest)
        if op == "setattr":
            return setattr(target, *rest)
        if op == "delattr":
            return delattr(target, *rest)
        if op == "isinstance":
            return isinstance(rest[0], target)
        if op == "signature":
            return _signature(target)
        if op == "dir":
            return dir(target)
        raise ValueError(op)

    def _look_up(self, names: list[str]) -> dict[str, Any]:
        self.classes = tuple(
            name for name in names if isinstance(self.namespace.get(name), type)
        )
        return {name: self.namespace[name] for name in names if name in self.namespace}

    def _backward(self, call: int, grads: list[Any]) -> list[Any]:
        """Gradients of a recorded call's inputs, given those of its outputs."""
        outputs, inputs = self.calls[call]
        pairs = [(o, g) for o, g in zip(outputs, grads, strict=True) if g is not None]
        with torch.enable_grad():
            found = torch.autograd.grad(
                [output for output, _ in pairs],
                inputs,
                [grad for _, grad in pairs],
                retain_graph=True,
                allow_unused=True,
            )
        return [None if grad is None else grad.detach() for grad in found]

    # What comes in

    def _read_request(self) -> dict[str, Any]:
        """First what changed, then the request that may refer to it.

        What cannot be read, because the student deleted a class of the instructor's,
        say, is the request's failure. Only what resumes a callback has no nonce.
        """
        exchange, payload = _Exchange(), io.BytesIO(wire.receive(self.channel))
        nonce, *changes = pickle.load(payload)
        request = {"nonce": nonce, "exchange": exchange, "failure": None}
        try:
            self._take_over(*changes)
            op, arguments, modes, states, fields = _Unpickler(
                payload, self, exchange
            ).load()
            self.randomness.set(states)
        except Exception as error:
            return request | {"failure": error}
        return request | {"op": op, "arguments": arguments, "modes": modes} | fields

    def _take_over(
        self,
        leaves: list[Any],
        modes: list[Any],
        options: list[Any],
        bindings: list[tuple[int, int, str]],
        dropped: list[int],
        dropped_calls: list[int],
    ) -> None:
        """What the judge changed since it last asked."""
        for number, owner, name in bindings:
            method = self.objects[number] = getattr(self.objects[owner], name)
            self.numbers[id(method)] = number
        for number in dropped:
            self.numbers.pop(id(self.objects.pop(number, None)), None)
            for table in (self.leaves, self.prints, self.modes, self.parts):
                table.pop(number, None)
        for call in dropped_calls:
            self.calls.pop(call, None)
        for number, data, grad, requires_grad in leaves:
            leaf = self.leaves[number]
            set_leaf(leaf, data, grad, requires_grad)
            self.prints[number] = tensor_print(leaf)
        for number, training in modes:
            self.objects[number].training = self.modes[number] = training
        for number, values in options:
            groups = self.objects[number].param_groups
            for group, new in zip(groups, values, strict=True):
                group.update(new)

    # What goes out

    def _encode(self, value: Any, exchange: _Exchange, inside: Any = None) -> bytes:
        def refer(item: Any) -> Any:
            position = exchange.position(item)
            if position is not None and item is not inside:
                return ["argument", position]
            if isinstance(item, JudgeObject):
                return ["judge", item._judge[1]]
            if isinstance(item, torch.Tensor):
                return self._refer_tensor(item, exchange)
            if wire.is_data(item):
                return None
            if isinstance(item, nn.Module):
                kind, info = "module", self._describe_module(item)
            else:
                kind, info = "object", self._describe(item)
            exchange.mentioned[info["number"]] = item
            return [kind, info]

        return wire.encode(value, refer)

    def _refer_tensor(self, tensor: torch.Tensor, exchange: _Exchange) -> Any:
        if is_tracked(tensor) or id(tensor) in self.numbers:
            return ["leaf", *self._describe_leaf(tensor)]
        if tensor.requires_grad:
            exchange.outputs.append(tensor)
            return ["output", len(exchange.outputs) - 1]
        return None if wire.is_data(tensor) else ["object", self._describe(tensor)]

    def _number(self, item: Any) -> int:
        number = self.numbers.get(id(item))
        if number is None:
            self.next_number += 1
            number = self.next_number
            self.numbers[id(item)] = number
            self.objects[number] = item
        return number

    def _describe(self, item: Any) -> dict[str, Any]:
        """What the judge has to know about an object that stays here."""
        cls = item if isinstance(item, type) else type(item)
        specials, bases = _class_facts(cls)
        if isinstance(item, type):
            specials, _ = _class_facts(type(item))
        info = {
            "number": self._number(item),
            "is_class": isinstance(item, type),
            "type": str(cls.__name__)[:100],
            "names": [n for n in self.classes if self.namespace.get(n) in cls.__mro__],
            "specials": specials,
            "bases": bases,
        }
        if callable(item) and not isinstance(item, type):
            info["function"] = str(getattr(item, "__name__", ""))[:100]
        return info

    def _describe_leaf(self, tensor: torch.Tensor) -> list[Any]:
        is_known = id(tensor) in self.numbers
        number = self._number(tensor)
        self.leaves[number] = tensor
        if is_known:
            return [number, None, None, False, False]
        self.prints[number] = tensor_print(tensor)
        grad = None if tensor.grad is None else wire.tensor_content(tensor.grad)
        is_parameter = isinstance(tensor, nn.Parameter)
        content = wire.tensor_content(tensor)
        return [number, content, grad, is_parameter, tensor.requires_grad]

    def _describe_module(self, module: nn.Module) -> dict[str, Any]:
        info = self._describe(module)
        self.modes[info["number"]] = bool(module.training)
        self.parts[info["number"]] = _parts(module)
        return info | {
            "training": bool(module.training),
            "parameters": [
                [name, None if p is None else self._describe_leaf(p)]
                for name, p in module._parameters.items()
            ],
            "buffers": [
                [name, None if b is None else self._describe_leaf(b)]
                for name, b in module._buffers.items()
            ],
            "hidden_buffers": sorted(module._non_persistent_buffers_set),
            "children": [
                [name, None if child is None else self._describe_module(child)]
                for name, child in module._modules.items()
            ],
        }

    def _record_call(self, exchange: _Exchange) -> dict[str, Any]:
        """Keep the graph of the tensors that go out; say where it ends."""
        self.next_number += 1
        call = self.next_number
        inputs, references = [], []
        for leaf in _graph_leaves(exchange.outputs):
            inputs.append(leaf)
            for position, argument in enumerate(exchange.inputs):
                if argument is leaf:
                    references.append(["input", position])
                    break
            else:
                references.append(["leaf", *self._describe_leaf(leaf)])
        self.calls[call] = (exchange.outputs, inputs)
        outputs = [wire.tensor_content(output) for output in exchange.outputs]
        return {"call": call, "outputs": outputs, "inputs": references}

    def _changes(self) -> dict[str, Any]:
        """Leaves and modes that this side changed since the judge last knew."""
        changed = []
        for number, leaf in self.leaves.items():
            new = tensor_print(leaf)
            if new != self.prints.get(number):
                self.prints[number] = new
                grad = None if leaf.grad is None else wire.tensor_content(leaf.grad)
                content = wire.tensor_content(leaf)
                changed.append([number, content, grad, leaf.requires_grad])
        modes = []
        for number, mode in self.modes.items():
            training = bool(self.objects[number].training)
            if training != mode:
                modes.append([number, training])
        self.modes.update(modes)  # type: ignore[arg-type]
        modules = [
            self._describe_module(self.objects[number])
            for number, parts in list(self.parts.items())
            if parts != _parts(self.objects[number])
        ]
        return {
            "leaves": changed,
            "modes": modes,
            "modules": modules,
            "figures": _figures(),
        }

    def _describe_error(self, error: BaseException) -> list[Any]:
        """Type by name, its known bases, and the message."""
        try:
            message = str(error)[:MAX_MESSAGE]
        except Exception:
            message = ""
        kind: Any = type(error)
        _, bases = _class_facts(kind)
        names = [n for n in self.namespace if self.namespace[n] is type(error)]
        return [names[0] if names else "", bases, message]


class _Printed(io.StringIO):
    """What a student's function prints, up to a limit."""

    def write(self, text: str) -> int:
        room = MAX_PRINTED - self.tell()
        return super().write(text[: max(room, 0)])


class _Unpickler(pickle.Unpickler):
    """Reads requests; the judge names what lives here, or what stays there."""

    def __init__(self, file: Any, answerer: Answerer, exchange: _Exchange) -> None:
        super().__init__(file)
        self.answerer = answerer
        self.exchange = exchange

    def find_class(self, module: str, name: str) -> Any:
        if name == "resolve" and module == __name__:
            return self._resolve
        if module == "__main__":  # the cells may define it anew
            return super().find_class(module, name)
        return _find_class(module, name)

    def _resolve(self, kind: str, *rest: Any) -> Any:
        answerer = self.answerer
        if kind == "data":
            return wire.tensor_from(rest)
        if kind == "array":
            return wire.array_from(rest)
        if kind == "number":
            return wire.array_from(rest)[()]
        if kind == "plain":
            return rest[0]
        if kind == "object":
            return answerer.objects[rest[0]]
        if kind == "judge":
            return JudgeObject(answerer, rest[0])
        if kind == "input":
            tensor = rest[0].requires_grad_()
            self.exchange.inputs.append(tensor)
            return tensor
        if kind == "new":
            number, payload = rest
            if number not in answerer.objects:
                item = _Unpickler(io.BytesIO(payload), answerer, self.exchange).load()
                answerer.objects[number] = item
                answerer.numbers[id(item)] = number
                if isinstance(item, nn.Module):
                    answerer.modes[number] = item.training
            return answerer.objects[number]
        number, data, grad, is_parameter, requires_grad = rest
        if number not in answerer.leaves:
            leaf = make_leaf(data, grad, is_parameter, requires_grad)
            answerer.leaves[number] = answerer.objects[number] = leaf
            answerer.numbers[id(leaf)] = number
            answerer.prints[number] = tensor_print(leaf)
        return answerer.leaves[number]


@cache
def _find_class(module: str, name: str) -> Any:
    return pickle.Unpickler(io.BytesIO()).find_class(module, name)


def resolve(kind: str, *content: Any) -> Any:
    """In a request, stands for what the student's side puts in its place."""
    raise NotImplementedError


def make_leaf(
    data: torch.Tensor, grad: Any, is_parameter: bool, requires_grad: bool
) -> torch.Tensor:
    """A leaf like the one on the other side."""
    leaf = nn.Parameter(data, False) if is_parameter else data.detach()
    leaf.requires_grad_(requires_grad)
    leaf.grad = grad
    return leaf


def set_leaf(
    leaf: torch.Tensor, data: torch.Tensor, grad: Any, requires_grad: bool
) -> None:
    """Give a leaf the values and the gradient of its twin.

    Through `data`, so that graphs which the leaf is part of stay valid.
    """
    if leaf.shape == data.shape and leaf.dtype == data.dtype:
        leaf.data.copy_(data)
    else:
        leaf.grad = None
        leaf.data = data
    if leaf.is_leaf:
        leaf.requires_grad_(requires_grad)
    leaf.grad = grad


def _parts(module: nn.Module) -> list[int]:
    """Tensors and modules that a module holds: another list where one is exchanged."""
    tables = (module._parameters, module._buffers, module._modules)
    return [id(part) for table in tables for part in table.values()]


def _content(item: Any) -> Any:
    """What to send of an argument that was changed in place."""
    if isinstance(item, nn.Module):
        return [module.training for module in item.modules()]
    if isinstance(item, torch.optim.Optimizer):
        return optimizer_options(item)
    if isinstance(item, torch.Tensor):
        return item.detach().clone()
    if wire.is_data(item):
        return item
    return generator_state(item)


def _graph_leaves(outputs: list[torch.Tensor]) -> list[torch.Tensor]:
    """The leaves that some tensors were computed from, each once."""
    seen, found = set(), []
    todo: list[Any] = [output.grad_fn for output in outputs]
    found += [o for o in outputs if o.grad_fn is None and o.requires_grad]
    while todo:
        node = todo.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        leaf = getattr(node, "variable", None)
        if isinstance(leaf, torch.Tensor) and leaf.is_leaf:
            if not any(leaf is other for other in found):
                found.append(leaf)
            continue
        todo.extend(function for function, _ in node.next_functions)
    return found


@cache
def _class_facts(cls: type) -> tuple[list[str], list[list[str]]]:
    """The special methods of a class, and those of its bases that have a module."""
    mro = [base for base in cls.__mro__ if base is not object]
    specials = [n for n in SPECIALS if any(c.__dict__.get(n) is not None for c in mro)]
    bases = [
        [str(base.__module__), str(base.__qualname__)]
        for base in mro
        if base.__module__ != "__main__"
    ]
    return specials, bases


def _holds(item: Any) -> tuple[dict[str, Any], list[str]]:
    """Numbers and texts among an object's attributes, and its methods.

    They go with an answer about the object, so that nobody has to ask for them. Only
    what `getattr` would find there without running any code.
    """
    cls: Any = type(item)
    tables = [base.__dict__ for base in cls.__mro__]
    slot = next((table["__dict__"] for table in tables if "__dict__" in table), None)
    is_usual = cls.__getattribute__ is object.__getattribute__
    if not is_usual or type(slot) is not types.GetSetDescriptorType:
        return {}, []
    own = slot.__get__(item)
    values = {
        name: value
        for name, value in list(own.items())[:MAX_ATTRIBUTES]
        if _is_short(value)
        and _is_name(name)
        and not any(name in table for table in tables)
    }
    return values, [name for name in _methods(cls) if name not in own]


def _is_short(value: Any) -> bool:
    if type(value) is int:
        return abs(value) < 2**63
    if type(value) is str:
        return len(value) < MAX_TEXT and value.isprintable()
    return value is None or type(value) in (bool, float)


def _methods(cls: type) -> list[str]:
    """Names that are functions in a class that the cells define."""
    found: dict[str, Any] = {}
    for base in cls.__mro__:
        if base.__module__ != "__main__":
            break
        found = dict(base.__dict__) | found
    functions = [n for n, v in found.items() if isinstance(v, types.FunctionType)]
    named = [n for n in functions if _is_name(n) and not n.startswith("__")]
    return named[:MAX_ATTRIBUTES]


def _is_name(name: Any) -> bool:
    return type(name) is str and name.isidentifier()


def _special(target: Any, name: str) -> Any:
    """A special method, found as Python finds it: on the type."""
    method = getattr(type(target), name)
    return lambda *args: method(target, *args)


def _signature(function: Any) -> list[Any]:
    import inspect

    signature = inspect.signature(function)
    return [
        [p.name, int(p.kind), p.default is not p.empty, _plain(p.default, p.empty)]
        for p in signature.parameters.values()
    ]


def _plain(default: Any, empty: Any) -> Any:
    return default if default is not empty and wire.is_data(default) else None


def _figures() -> bool:
    """Whether figures are open, so that the judge's `plt.gcf()` asks here."""
    pyplot: Any = sys.modules.get("matplotlib._pylab_helpers")
    return bool(pyplot and pyplot.Gcf.figs)
