"""Checks for exercises that say in Spanish what was expected, what came and where.

In every check, `what` names the thing looked at, in words that the student reads.
"""

import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from course_utils.weights import tensor_bytes

MAX_LINES = 6
MAX_COLUMNS = 160
CONTAINERS = (list, tuple, dict)
SCALARS = (bool, int, float, complex, str, bytes, type(None), np.generic)
UNDONE = "todavía sin hacer"


class CheckFailed(AssertionError):
    """A check that did not pass, with what the student should read.

    Parameters
    ----------
    details : what was expected and what came; only visible tests show it
    name, hint : of the `check` around it, or empty

    Notes
    -----
    IPython and nbclient show the message without traceback, at most six lines.
    """

    def __init__(self, details: str, name: str = "", hint: str = "") -> None:
        super().__init__(details, name, hint)  # all of them: it must survive pickling
        self.details = details
        self.name = name
        self.hint = hint

    def __str__(self) -> str:
        text = f"«{self.name}»: {self.details}" if self.name else self.details
        lines = [_shorten(line) for line in text.splitlines() if line.strip()]
        if not self.hint:
            return "\n".join(lines[:MAX_LINES])
        hint = "Pista: " + " ".join(self.hint.split())
        return "\n".join([*lines[: MAX_LINES - 1], hint])

    def _render_traceback_(self) -> list[str]:
        """Tell IPython what to print instead of a traceback."""
        return str(self).splitlines()


@contextmanager
def check(name: str, hint: str = "") -> Iterator[None]:
    """Name what a block of a test looks at, and turn its failure into a message.

    Parameters
    ----------
    name : what is looked at, as the student reads it
    hint : where to look when it fails; never the expected value

    Raises
    ------
    CheckFailed
        If the block raises: with the details of an `expect_*` check, or with type and
        text of any other exception. A keyboard interrupt passes through.
    """
    try:
        yield
    except CheckFailed as failure:
        if failure.name:
            raise
        raise CheckFailed(failure.details, name, hint) from failure
    except (Exception, SystemExit) as error:
        raise CheckFailed(_describe(error), name, hint) from error


def expect_close(
    actual: Any, expected: Any, what: str, *, rtol: float = 1e-7, atol: float = 0.0
) -> None:
    """Compare numbers within |actual - expected| <= atol + rtol * |expected|.

    Parameters
    ----------
    actual, expected : array, tensor or number, or lists, tuples and dicts of them
    what : name of what is compared
    rtol, atol : relative and absolute tolerance

    Raises
    ------
    CheckFailed
        If structure, shape, dtype or a value differs; names the worst position.

    Notes
    -----
    Two arrays, or two tensors, need the same dtype; between NumPy and PyTorch only
    its kind counts (the oracle is often float64); a plain number has none. A nan
    equals a nan, an infinity itself.
    """
    parts = _parts(actual, expected, what)
    if parts is not None:
        for part, a, e in parts:
            expect_close(a, e, part, rtol=rtol, atol=atol)
        return
    a, e = _comparable(actual, expected, what)
    wide = np.complex128 if "c" in a.dtype.kind + e.dtype.kind else np.float64
    a, e = a.astype(wide), e.astype(wide)  # narrow integers would wrap around
    with np.errstate(invalid="ignore", over="ignore"):
        excess = np.abs(a - e) - (atol + rtol * np.abs(e))
    excess = np.where(np.isnan(excess), np.inf, excess)
    excess = np.where((a == e) | (np.isnan(a) & np.isnan(e)), -np.inf, excess)
    n_wrong, n_nan = int((excess > 0).sum()), int(np.isnan(a).sum())
    if n_wrong:
        detail = f"{n_wrong} de {a.size} valores fuera de tolerancia; {n_nan} son nan"
        _fail_at(int(excess.argmax()), a, e, what, detail)


def expect_equal(actual: Any, expected: Any, what: str) -> None:
    """Compare without tolerance; arrays and tensors in shape, dtype and every value.

    Parameters
    ----------
    actual, expected : array, tensor, any Python value, or lists, tuples, dicts of them
    what : name of what is compared

    Raises
    ------
    CheckFailed
        If they differ; names the first position. Dtypes as in `expect_close`.
    """
    parts = _parts(actual, expected, what)
    if parts is not None:
        for part, a, e in parts:
            expect_equal(a, e, part)
    elif _is_array(actual) or _is_array(expected):
        a, e = _comparable(actual, expected, what)
        differs = (a != e) & ~(np.isnan(a) & np.isnan(e))
        if differs.any():
            detail = f"{int(differs.sum())} de {a.size} valores distintos"
            _fail_at(int(differs.argmax()), a, e, what, detail)
    elif actual != expected:
        wanted, got = _shown(expected), _shown(actual)
        raise CheckFailed(f"{what}: esperaba {wanted} y llegó {got}")


def expect_shape(actual: Any, shape: Sequence[int], what: str) -> None:
    """Compare the shape, and warn of the pair (N,) and (N, 1).

    Parameters
    ----------
    actual : array, tensor, number or nested list of numbers
    shape : expected sizes
    what : name of what is compared

    Raises
    ------
    CheckFailed
        If the shape differs or `actual` holds no numbers.
    """
    got, wanted = _to_numbers(actual, what).shape, tuple(shape)
    if got == wanted:
        return
    message = f"{what}: esperaba forma {wanted} y llegó {got}"
    flat, column = sorted((got, wanted), key=len)
    if column == (*flat, 1) and len(flat) == 1:
        n = flat[0]
        message += (
            f"\nCuidado: al operar ({n},) con ({n}, 1) se repiten los valores "
            f"(broadcasting) y sale ({n}, {n})"
        )
    raise CheckFailed(message)


def expect_dtype(actual: Any, dtype: Any, what: str) -> None:
    """Compare the dtype of an array or tensor.

    Parameters
    ----------
    actual : array, tensor or number
    dtype : a `torch.dtype` asks for a tensor; anything that NumPy understands, for an
        array or a number
    what : name of what is compared

    Raises
    ------
    CheckFailed
        If the dtype, or the library, differs.
    """
    wanted = dtype if isinstance(dtype, torch.dtype) else np.dtype(dtype)
    got = actual.dtype if _is_array(actual) else _to_numbers(actual, what).dtype
    if got != wanted:
        raise CheckFailed(f"{what}: esperaba dtype {wanted} y llegó {got}")


def expect_true(cond: Any, message: str) -> None:
    """Fail with `message` unless `cond` is true.

    Parameters
    ----------
    cond : bool, or a one-element array or tensor
    message : what is wrong, as the student reads it

    Raises
    ------
    CheckFailed
        If `cond` is false.
    """
    if not cond:
        raise CheckFailed(message)


@contextmanager
def expect_raises(
    error_type: type[BaseException] | tuple[type[BaseException], ...], what: str
) -> Iterator[None]:
    """Fail unless the block raises `error_type`.

    Parameters
    ----------
    error_type : expected exception, or several
    what : name of what should be refused

    Raises
    ------
    CheckFailed
        If nothing, or something else, is raised. An exercise that is still to be done
        does not count as `RuntimeError`, although its exception is one.
    """
    types = error_type if isinstance(error_type, tuple) else (error_type,)
    names = " o ".join(t.__name__ for t in types)
    try:
        yield
    except CheckFailed:
        raise
    except (Exception, SystemExit) as error:
        is_undone = isinstance(error, NotImplementedError)
        if is_undone and NotImplementedError not in types:
            raise CheckFailed(f"{what}: {_describe(error)}") from error
        if not isinstance(error, types):
            detail = f"esperaba {names}; {_describe(error)}"
            raise CheckFailed(f"{what}: {detail}") from error
    else:
        raise CheckFailed(f"{what}: esperaba {names} y no hubo ningún error")


@contextmanager
def expect_unchanged(*arrays: Any, what: str = "los argumentos") -> Iterator[None]:
    """Fail if the block changes one bit of its arguments.

    Parameters
    ----------
    arrays : arrays, tensors, numbers, texts, or lists, tuples and dicts of them
    what : name of what must not change

    Raises
    ------
    CheckFailed
        If a value, shape, dtype, key or length changed; names the place.
    TypeError
        If an argument is of a kind that cannot be watched.
    """
    before = dict(_leaves(arrays, ""))
    yield
    after = dict(_leaves(arrays, ""))
    for place in before:
        if before[place] != after.get(place):
            number, _, rest = place[1:].partition("]")
            where = f"el número {int(number) + 1}" + (f", en {rest}" if rest else "")
            raise CheckFailed(
                f"{what}: ha cambiado {where}; trabaja sobre una copia "
                "(.copy() o .clone()) o evita +=, *= y x[...] ="
            )


@contextmanager
def expect_rng_untouched() -> Iterator[None]:
    """Fail if the block draws from, or seeds, a global generator.

    Raises
    ------
    CheckFailed
        If the state of `random`, `np.random` or PyTorch's CPU generator changed.
    """
    before = _rng_states()
    yield
    after = _rng_states()
    touched = [name for name in before if before[name] != after[name]]
    if touched:
        raise CheckFailed(
            f"el azar global ha cambiado ({', '.join(touched)}); "
            "usa solo el generador que recibes"
        )


@contextmanager
def time_limit(seconds: float, what: str) -> Iterator[None]:
    """Fail afterwards if the block took longer; it does not interrupt it.

    Parameters
    ----------
    seconds : wall-clock limit
    what : name of what is measured

    Raises
    ------
    CheckFailed
        If the block ended later.
    """
    start = time.perf_counter()
    yield
    elapsed = time.perf_counter() - start
    if elapsed > seconds:
        raise CheckFailed(f"{what}: tardó {elapsed:.2f} s y el límite es {seconds:g} s")


def _describe(error: BaseException) -> str:
    """Say in one line what was raised."""
    text = " ".join(str(error).split())
    if isinstance(error, NotImplementedError):
        return f"{UNDONE} ({text})" if text else UNDONE
    name = type(error).__name__
    return f"tu código lanzó {name}: {text}" if text else f"tu código lanzó {name}"


def _shorten(line: str, columns: int = MAX_COLUMNS) -> str:
    """Cut a line that would fill the screen."""
    return line if len(line) <= columns else line[: columns - 1] + "…"


def _shown(value: Any) -> str:
    """Write a value so that two of them fit on one line."""
    return _shorten(" ".join(repr(value).split()), 50)


def _kind(value: Any) -> str:
    """Name the type of a value; None usually means a forgotten return."""
    return "None (¿falta un return?)" if value is None else type(value).__name__


def _is_array(value: Any) -> bool:
    """Tell whether a value has a shape and a dtype that the student chose."""
    return isinstance(value, np.ndarray | Tensor)


def _parts(actual: Any, expected: Any, what: str) -> list[tuple[str, Any, Any]] | None:
    """Pair the parts of two containers; None when they are compared as a whole.

    A list stands for an array when the other side is one; lists and tuples are equal.
    """
    if not isinstance(expected, CONTAINERS) or _is_array(actual):
        return None
    is_dict = isinstance(expected, dict)
    if not isinstance(actual, CONTAINERS) or isinstance(actual, dict) != is_dict:
        wanted, got = type(expected).__name__, _kind(actual)
        raise CheckFailed(f"{what}: esperaba {wanted} y llegó {got}")
    keys = _keys(expected)
    if is_dict and set(_keys(actual)) != set(keys):
        wanted, got = _shown(keys), _shown(_keys(actual))
        raise CheckFailed(f"{what}: esperaba las claves {wanted} y llegaron {got}")
    if len(actual) != len(keys):
        counts = f"esperaba {len(keys)} elementos y llegaron {len(actual)}"
        raise CheckFailed(f"{what}: {counts}")
    return [(f"{what}[{key!r}]", actual[key], expected[key]) for key in keys]


def _keys(container: Any) -> list[Any]:
    """List the keys of a dict, or the positions of a list or tuple."""
    return list(container if isinstance(container, dict) else range(len(container)))


def _to_numbers(value: Any, what: str) -> NDArray[Any]:
    """Convert to an array of numbers, or say what came instead."""
    if isinstance(value, Tensor):
        plain = value.float() if value.dtype == torch.bfloat16 else value
        numbers: NDArray[Any] = plain.numpy(force=True)
        return numbers
    try:
        numbers = np.asarray(value)
    except (ValueError, TypeError, RuntimeError) as error:
        raise CheckFailed(f"{what}: no es una matriz ({_describe(error)})") from error
    if numbers.dtype.kind not in "biufc":
        raise CheckFailed(f"{what}: esperaba números y llegó {_kind(value)}")
    return numbers


def _comparable(
    actual: Any, expected: Any, what: str
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Convert both sides, requiring the same shape and matching dtypes."""
    a, e = _to_numbers(actual, what), _to_numbers(expected, "el valor esperado")
    expect_shape(a, e.shape, what)
    if _is_array(actual) and _is_array(expected):
        same_library = isinstance(actual, Tensor) == isinstance(expected, Tensor)
        kinds = [x.dtype.kind.replace("u", "i") for x in (a, e)]
        if kinds[0] != kinds[1] or (same_library and actual.dtype != expected.dtype):
            wanted, got = expected.dtype, actual.dtype
            raise CheckFailed(f"{what}: esperaba dtype {wanted} y llegó {got}")
    return a, e


def _fail_at(
    flat: int, a: NDArray[Any], e: NDArray[Any], what: str, detail: str
) -> None:
    """Raise with the two values at one flat position of two arrays."""
    position = tuple(int(i) for i in np.unravel_index(flat, a.shape))
    at = f" en la posición {list(position)}" if position else ""
    message = (
        f"{what}:{at} esperaba {e[position].item()!r} y llegó {a[position].item()!r}"
    )
    raise CheckFailed(f"{message}\n({detail})" if a.size > 1 else message)


def _leaves(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    """Walk through nested arguments, giving a frozen copy of each part."""
    if isinstance(value, Tensor):
        yield place, (value.dtype, tuple(value.shape), tensor_bytes(value))
    elif isinstance(value, np.ndarray):
        yield place, (value.dtype, value.shape, value.tobytes())
    elif isinstance(value, CONTAINERS):
        yield place, (type(value), _keys(value))
        for key in _keys(value):
            yield from _leaves(value[key], f"{place}[{key!r}]")
    elif isinstance(value, SCALARS):
        yield place, repr(value)
    else:
        raise TypeError(
            f"expect_unchanged no sabe copiar {type(value).__name__}; "
            "pasa matrices, tensores, números, textos o listas y dict de ellos"
        )


def _rng_states() -> dict[str, Any]:
    """Copy the states of the global generators in a form that == compares."""
    states = {
        "random": random.getstate(),
        "np.random": np.random.get_state(),
        "torch": torch.get_rng_state(),
    }
    return {name: list(_leaves(state, "")) for name, state in states.items()}
