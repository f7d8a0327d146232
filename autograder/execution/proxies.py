"""What stands in the judge for a student's objects.

A test calls them like the real ones. What comes back is data, or another proxy; a
module's parameters are real parameters here, so that gradients arrive in them.

What a proxy never does is decide a test. Comparing it with data compares identities,
asking whether it is true raises, and an object that is no data has none of the methods
of data. Special methods are asked of it only where the *source's* solution defines them
for its class, and their verdict on what the test expects is not taken.
"""

import inspect
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch
from torch import nn

from autograder.execution import wire
from autograder.execution.surfaces import CHANGEABLE, find_loaded

if TYPE_CHECKING:
    from autograder.execution.link import Link

COMPARISONS = ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__")
# Asked of any student's object that has them: they give data, or items to look at.
ALWAYS = (
    "__call__", "__iter__", "__next__", "__len__", "__getitem__", "__setitem__",
    "__delitem__", "__enter__", "__exit__", "__reversed__",
)  # fmt: skip
# Classes that a proxy may not pass for: tests look at these as data.
PLAIN = (
    torch.Tensor, torch._C.TensorBase, int, float, complex, str, bytes, list, tuple,
    dict, set, frozenset, bool, np.generic, *CHANGEABLE[:6],
)  # fmt: skip


class Proxy:
    """Stands for one object of the student's."""

    def __init__(self, link: "Link", info: dict[str, Any]) -> None:
        object.__setattr__(self, "_link", link)
        object.__setattr__(self, "_info", info)

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return known_base(info_of(self)) or type(self)

    def __getattr__(self, name: str) -> Any:
        if name.startswith(("__array", "__torch", "_ipython_", "_repr_")):
            raise AttributeError(name)
        _refuse_to_pass_for_data(self, name)
        return link_of(self).attribute(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        link_of(self).ask("setattr", self, name, value)

    def __delattr__(self, name: str) -> None:
        link_of(self).ask("delattr", self, name)

    def __bool__(self) -> bool:
        raise TypeError(
            f"se esperaba un valor y llegó un objeto de tipo {info_of(self)['type']}"
        )

    def __repr__(self) -> str:
        return f"<{info_of(self)['type']} del estudiante>"

    def __dir__(self) -> Any:
        return link_of(self).ask("dir", self)

    @property
    def __signature__(self) -> inspect.Signature:
        parameters = [
            inspect.Parameter(
                name,
                inspect._ParameterKind(kind),
                default=default if has_default else inspect.Parameter.empty,
            )
            for name, kind, has_default, default in link_of(self).ask("signature", self)
        ]
        return inspect.Signature(parameters)

    @property
    def __name__(self) -> str:
        info = info_of(self)
        return str(info["type"] if info["is_class"] else info.get("function", ""))

    @property
    def __bases__(self) -> tuple[type, ...]:
        if not info_of(self)["is_class"]:
            raise AttributeError("__bases__")
        return (known_base(info_of(self), of_class=True) or object,)

    def __instancecheck__(self, instance: Any) -> bool:
        if not isinstance_of_student(instance):
            return False
        return bool(link_of(self).ask("isinstance", self, instance))


def isinstance_of_student(item: Any) -> bool:
    """Whether something is a proxy; `isinstance` would believe its `__class__`."""
    kind: Any = type(item)
    return _is_remote(kind)


@cache
def _is_remote(cls: type) -> bool:
    return issubclass(cls, Proxy | RemoteModule)


class RemoteModule(nn.Module):
    """Stands for a student's module: its tree and parameters here, its code there."""

    def __init__(self, link: "Link", info: dict[str, Any]) -> None:
        nn.Module.__init__(self)
        self.__dict__["_link"] = link
        self.__dict__["_info"] = info

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return link_of(self).ask("call", self, args, kwargs)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """As called by hand, without hooks."""
        return link_of(self).ask("getattr", self, "forward")(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        for table in ("_parameters", "_buffers", "_modules"):
            if name in self.__dict__[table]:
                return self.__dict__[table][name]
        if name.startswith("__"):
            raise AttributeError(name)
        _refuse_to_pass_for_data(self, name)
        return link_of(self).attribute(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "training":
            self.__dict__[name] = value
        else:
            link_of(self).ask("setattr", self, name, value)

    def __bool__(self) -> bool:
        raise TypeError("se esperaba un valor y llegó un módulo")

    def _apply(self, fn: Any, recurse: bool = True) -> Any:
        """As torch does, but buffers stay the objects that both sides know."""
        buffers = dict(self._buffers)
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        for name, buffer in buffers.items():
            converted = self._buffers[name]
            if buffer is not None and converted is not None:
                buffer.data = converted
                self._buffers[name] = buffer
        return self

    def _get_name(self) -> str:
        return str(info_of(self)["type"])

    def extra_repr(self) -> str:
        """Nothing: what it says of itself would have to be asked for."""
        return ""


def _refuse_to_pass_for_data(proxy: Any, name: str) -> None:
    """An object that is no data has none of data's methods, such as `allclose`.

    Unless the source's class of that name has such an attribute: what the student's
    side says of an object's class is no reason.
    """
    info = info_of(proxy)
    if name not in wire.DATA_ATTRIBUTES:
        return
    sources = link_of(proxy).attributes
    if not any(name in sources.get(cls, ()) for cls in info["names"]):
        raise AttributeError(
            f"se esperaba un dato con «{name}» y llegó un objeto de tipo {info['type']}"
        )


def info_of(proxy: Any) -> dict[str, Any]:
    """What the student's side said of an object; read without asking there."""
    info: dict[str, Any] = object.__getattribute__(proxy, "__dict__")["_info"]
    return info


def link_of(proxy: Any) -> "Link":
    """Whom to ask about an object."""
    link: Link = object.__getattribute__(proxy, "__dict__")["_link"]
    return link


@cache
def proxy_class(specials: frozenset[str]) -> type[Proxy]:
    """A class of proxies with some special methods."""
    methods: dict[str, Any] = {n: _special_method(n) for n in sorted(specials)}
    methods["__doc__"] = property(_documentation)
    return type("Proxy", (Proxy,), methods)


def _documentation(proxy: Any) -> Any:
    return link_of(proxy).ask("getattr", proxy, "__doc__")


def _special_method(name: str) -> Callable[..., Any]:
    if name == "__call__":

        def call(self: Any, /, *args: Any, **kwargs: Any) -> Any:
            return link_of(self).ask("call", self, args, kwargs)

        return call

    def special(self: Any, /, *args: Any) -> Any:
        is_among_students = all(isinstance_of_student(arg) for arg in args)
        if name in COMPARISONS and not is_among_students:
            return NotImplemented
        result = link_of(self).ask("special", self, name, args)
        if name in ALWAYS or is_among_students or isinstance_of_student(result):
            return result
        # An answer minus what was expected is not for the student's code to tell.
        return NotImplemented

    def leave(self: Any, /, *_: Any) -> None:
        """Never told of an error of the test's, which it cannot take back."""
        link_of(self).ask("special", self, name, (None, None, None))

    if name == "__exit__":
        return leave

    return special


@cache
def module_class(base: type | None, name: str) -> type[RemoteModule]:
    bases: tuple[type, ...] = (RemoteModule,)
    if base is not None and issubclass(base, nn.Module) and base is not nn.Module:
        bases = (RemoteModule, base)
    return type(name, bases, {"__module__": "estudiante"})


def known_base(info: dict[str, Any], of_class: bool = False) -> type | None:
    """The nearest class of an installed package that an object is an instance of."""
    if info["is_class"] and not of_class:
        return type
    for module, qualname in info["bases"]:
        cls = find_loaded(str(module), str(qualname))
        if isinstance(cls, type) and cls is not object:
            return None if issubclass(cls, PLAIN) or cls is type else cls
    return None


def exception_class(info: dict[str, Any]) -> type[Exception] | None:
    """A class of our own for a student's exception class, so that it can be caught."""
    base = known_base(info, of_class=True) if info["is_class"] else None
    if base is None or not issubclass(base, Exception):
        return None
    make: Any = _own_exception
    return cast(type[Exception], make(base, str(info["type"])))


@cache
def _own_exception(base: type[Exception], name: str) -> type[Exception]:
    return type(name, (base,), {"__module__": "estudiante"})
