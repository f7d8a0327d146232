"""Checks for exercises that say in Spanish what was expected, what came, where and why.

In every check, `what` names the thing looked at, in words that the student reads. A
check that does not pass raises `CheckFailed`; only then is a cause looked for.
"""

import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor

from course_utils import diagnosis
from course_utils.diagnosis import Array
from course_utils.weights import tensor_bytes

MAX_LINES = 6
MAX_COLUMNS = 160
CONTAINERS = (list, tuple, dict)
SCALARS = (bool, int, float, complex, str, bytes, type(None), np.generic)
UNDONE = "todavía sin hacer"

Measure = Callable[[Array, Array], Array]  # positive where two arrays disagree


class CheckFailed(AssertionError):
    """A check that did not pass, with what the student should read.

    Parameters
    ----------
    details : what was expected, what came and why; only visible tests show it
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
        self.arrays: tuple[()] | tuple[Array, Array] = ()  # where the cause is sought

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


def resumen(path: str = "ejercicios.ipynb") -> None:
    """Print what is done, what is wrong and what is left in a saved notebook.

    Parameters
    ----------
    path : of the notebook, as seen from the folder in which it lies

    Notes
    -----
    Runs `autograder validate` in a process of its own: the whole notebook, from the
    top, without touching this kernel. Save the notebook first.
    """
    command = [sys.executable, "-m", "autograder", "validate", path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    print(done.stdout.rstrip() or done.stderr.rstrip())


@contextmanager
def check(name: str, hint: str = "") -> Iterator[None]:
    """Name what a block of a test looks at, and turn any failure into a message.

    Parameters
    ----------
    name : what is looked at, as the student reads it
    hint : where to look when it fails; never the expected value
    """
    try:
        yield
    except CheckFailed as failure:
        if failure.name:
            raise
        raise CheckFailed(failure.details, name, hint) from None
    except (Exception, SystemExit) as error:  # stays in __context__, is not printed
        raise CheckFailed(_describe(error), name, hint) from None


def expect_close(
    actual: Any, expected: Any, what: str, *, rtol: float = 1e-7, atol: float = 0.0
) -> None:
    """Compare numbers within |actual - expected| <= atol + rtol * |expected|.

    Parameters
    ----------
    actual, expected : array, tensor or number, or lists, tuples and dicts of them
    rtol, atol : relative and absolute tolerance

    Notes
    -----
    Two arrays, or two tensors, need the same dtype; between NumPy and PyTorch only
    its kind counts (the oracle is often float64); a plain number has none. A nan
    equals a nan, an infinity itself.
    """

    def excess(a: Array, e: Array) -> Array:
        wide = np.complex128 if "c" in a.dtype.kind + e.dtype.kind else np.float64
        a, e = a.astype(wide), e.astype(wide)  # narrow integers would wrap around
        with np.errstate(invalid="ignore", over="ignore"):
            over = np.abs(a - e) - (atol + rtol * np.abs(e))
        over = np.where(np.isnan(over), np.inf, over)
        return np.where((a == e) | (np.isnan(a) & np.isnan(e)), -np.inf, over)

    _compare(actual, expected, what, excess)


def expect_equal(actual: Any, expected: Any, what: str) -> None:
    """Compare without tolerance; arrays and tensors in shape, dtype and every value.

    Dtypes, and lists, tuples and dicts of arrays, count as in `expect_close`.
    """
    _compare(actual, expected, what, None)


def expect_shape(actual: Any, shape: Sequence[int], what: str) -> None:
    """Compare the shape of an array, tensor, number or nested list of numbers."""
    got, wanted = _to_numbers(actual, what).shape, tuple(shape)
    if got != wanted:
        text = f"{what}: esperaba forma {wanted} y llegó {got}"
        raise _failure(text, diagnosis.find_shape_cause(got, wanted))


def expect_dtype(actual: Any, dtype: Any, what: str) -> None:
    """Compare the dtype of an array or a number or, for a `torch.dtype`, a tensor."""
    wanted = dtype if isinstance(dtype, torch.dtype) else np.dtype(dtype)
    got = actual.dtype if _is_array(actual) else _to_numbers(actual, what).dtype
    if got != wanted:
        raise CheckFailed(f"{what}: esperaba dtype {wanted} y llegó {got}")


def expect_device(actual: Any, device: Any, what: str) -> None:
    """Fail unless `actual` is a tensor on this kind of device."""
    got = actual.device.type if isinstance(actual, Tensor) else _kind(actual, what)
    if got != torch.device(device).type:
        raise CheckFailed(f"{what}: esperaba un tensor en {device} y llegó {got}")


def expect_true(cond: Any, message: str) -> None:
    """Fail with `message`, as the student reads it, unless `cond` is true."""
    if not cond:
        raise CheckFailed(message)


@contextmanager
def expect_raises(
    error_type: type[BaseException] | tuple[type[BaseException], ...], what: str
) -> Iterator[None]:
    """Fail unless the block raises `error_type`, or one of several.

    An exercise still to be done does not count as `RuntimeError`, although its
    exception is one.
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
            raise CheckFailed(f"{what}: {_describe(error)}") from None
        if not isinstance(error, types):
            detail = f"esperaba {names}; {_describe(error)}"
            raise CheckFailed(f"{what}: {detail}") from None
    else:
        raise CheckFailed(f"{what}: esperaba {names} y no hubo ningún error")


@contextmanager
def expect_unchanged(*arrays: Any, what: str = "los argumentos") -> Iterator[None]:
    """Fail if the block changes one bit of its arguments.

    They are arrays, tensors, numbers, texts, or lists, tuples and dicts of them.
    """
    before = dict(_leaves(arrays, ""))
    yield
    change = _find_change(before, dict(_leaves(arrays, "")))
    if change:
        number, _, rest = change[1:].partition("]")
        where = f"el número {int(number) + 1}{', en ' * (rest[:1] == '[')}{rest}"
        raise CheckFailed(
            f"{what}: ha cambiado {where}; trabaja sobre una copia "
            "(.copy() o .clone()) o evita +=, *= y x[...] ="
        )


def expect_copy(result: Any, *arguments: Any, what: str) -> None:
    """Fail if an array or tensor shares memory with one of the `arguments`.

    Only within one process: from another, a view arrives as a copy.
    """
    for number, argument in enumerate(arguments, 1):
        if np.shares_memory(_to_numbers(result, what), _to_numbers(argument, what)):
            text = f"{what}: comparte memoria con el argumento número {number}"
            cause = "es una vista (x[...], .T, .reshape()): usa .copy() o .clone()"
            raise _failure(text, cause)


def expect_reproducible(call: Callable[[], Any], what: str) -> None:
    """Call twice, and fail if the answers differ in one bit."""
    states, first = _rng_states(), dict(_leaves(call(), ""))
    change = _find_change(first, dict(_leaves(call(), "")))
    if change is not None:
        touched, where = _touched(states), f" en {change}" if change else ""
        cause = f"gasta azar global ({touched})" if touched else ""
        if "torch" in touched:
            cause += ": ¿dropout activo (falta model.eval())?, ¿falta el generador?"
        raise _failure(f"{what}: dos llamadas iguales difieren{where}", cause)


@contextmanager
def expect_rng_untouched() -> Iterator[None]:
    """Fail if the block moves `random`, `np.random` or PyTorch's generator."""
    before = _rng_states()
    yield
    touched = _touched(before)
    if touched:
        raise CheckFailed(
            f"el azar global ha cambiado ({touched}); usa solo el generador que recibes"
        )


@contextmanager
def time_limit(seconds: float, what: str) -> Iterator[None]:
    """Fail afterwards if the block took longer; it does not interrupt it."""
    start = time.perf_counter()
    yield
    elapsed = time.perf_counter() - start
    if elapsed > seconds:
        raise CheckFailed(f"{what}: tardó {elapsed:.2f} s y el límite es {seconds:g} s")


def _failure(text: str, cause: str) -> CheckFailed:
    return CheckFailed(f"{text}\nCausa probable: {cause}" if cause else text)


def _describe(error: BaseException) -> str:
    """Say what was raised and, if it is a usual error, what it means."""
    name, text = type(error).__name__, " ".join(str(error).split())
    meaning = diagnosis.explain_error(name, text)
    if meaning:
        return f"tu código lanzó {name}\n{text}\nEn español: {meaning}"
    if isinstance(error, NotImplementedError):
        return f"{UNDONE} ({text})" if text else UNDONE
    return f"tu código lanzó {name}: {text}" if text else f"tu código lanzó {name}"


def _shorten(line: str, columns: int = MAX_COLUMNS) -> str:
    return line if len(line) <= columns else line[: columns - 1] + "…"


def _shown(value: Any) -> str:
    """Write a value so that two of them fit on one line."""
    return _shorten(" ".join(repr(value).split()), 50)


def _kind(value: Any, what: str) -> str:
    """Name the type of a value; None has its usual reasons."""
    if value is not None:
        return type(value).__name__
    if diagnosis.GRADIENT.search(what):
        return "None (¿falta backward()?, ¿lo corta .detach(), .item() o no_grad()?)"
    return "None (¿falta un return?)"


def _is_array(value: Any) -> bool:
    """Tell whether a value has a shape and a dtype that the student chose."""
    return isinstance(value, np.ndarray | Tensor)


def _both_shown(a: Any, b: Any) -> tuple[str, str]:
    """Write two numbers with six digits, or with all where six hide the difference."""
    if isinstance(a, float) and isinstance(b, float):
        short = repr(float(f"{a:.6g}")), repr(float(f"{b:.6g}"))
        if short[0] != short[1]:
            return short
    return repr(a), repr(b)


def _compare(actual: Any, expected: Any, what: str, measure: Measure | None) -> None:
    """Fail at the first difference, and say why; without `measure`, compare exactly."""

    def equal(a: Any, e: Any) -> bool:
        try:
            _require_same(a, e, "", measure)
        except CheckFailed:
            return False
        return True

    try:
        _require_same(actual, expected, what, measure)
    except CheckFailed as failure:
        cause = ""
        if isinstance(actual, list | tuple) and isinstance(expected, list | tuple):
            cause = diagnosis.find_order_cause(actual, expected, equal)
        if failure.arrays and not cause:
            cause = diagnosis.find_cause(*failure.arrays, what)
        raise _failure(failure.details, cause) from None


def _require_same(
    actual: Any, expected: Any, what: str, measure: Measure | None
) -> None:
    """Compare part by part; a list stands for an array when the other side is one."""
    if isinstance(expected, CONTAINERS) and not _is_array(actual):
        _require_same_structure(actual, expected, what)
        for key in _keys(expected):
            _require_same(actual[key], expected[key], f"{what}[{key!r}]", measure)
    elif measure or _is_array(actual) or _is_array(expected):
        a, e = _to_numbers(actual, what), _to_numbers(expected, "el valor esperado")
        text = _find_difference(actual, expected, a, e, measure)
        if text:
            failure = CheckFailed(f"{what}:{text}")
            failure.arrays = a, e
            raise failure
    elif actual != expected:
        got = _kind(actual, what) if actual is None else _shown(actual)
        raise CheckFailed(f"{what}: esperaba {_shown(expected)} y llegó {got}")


def _require_same_structure(actual: Any, expected: Any, what: str) -> None:
    """Compare kind, keys and length of two containers; lists and tuples are equal."""
    is_dict, keys = isinstance(expected, dict), _keys(expected)
    if not isinstance(actual, CONTAINERS) or isinstance(actual, dict) != is_dict:
        wanted, got = type(expected).__name__, _kind(actual, what)
        raise CheckFailed(f"{what}: esperaba {wanted} y llegó {got}")
    if is_dict and set(actual) != set(keys):
        wanted, got = _shown(keys), _shown(_keys(actual))
        raise CheckFailed(f"{what}: esperaba las claves {wanted} y llegaron {got}")
    if len(actual) != len(keys):
        counts = f"esperaba {len(keys)} elementos y llegaron {len(actual)}"
        raise CheckFailed(f"{what}: {counts}")


def _find_difference(
    actual: Any, expected: Any, a: Array, e: Array, measure: Measure | None
) -> str:
    """Say how the arrays `a` and `e` of two values differ, or nothing."""
    if a.shape != e.shape:
        return f" esperaba forma {e.shape} y llegó {a.shape}"
    if _is_array(actual) and _is_array(expected):
        same_library = isinstance(actual, Tensor) == isinstance(expected, Tensor)
        kinds = {x.dtype.kind.replace("u", "i") for x in (a, e)}
        if len(kinds) > 1 or (same_library and actual.dtype != expected.dtype):
            return f" esperaba dtype {expected.dtype} y llegó {actual.dtype}"
    wrong = measure(a, e) if measure else (a != e) & ~(np.isnan(a) & np.isnan(e))
    if not (wrong > 0).any():
        return ""
    position = tuple(int(i) for i in np.unravel_index(int(wrong.argmax()), a.shape))
    at = f" en la posición {list(position)}" if position else ""
    wanted, got = _both_shown(e[position].item(), a[position].item())
    how = "fuera de tolerancia" if measure else "distintos"
    nan = f"; nan: {np.isnan(a).sum()}" if np.isnan(a).any() else ""
    count = f"\n({(wrong > 0).sum()} de {a.size} valores {how}{nan})"
    return f"{at} esperaba {wanted} y llegó {got}{count if a.size > 1 else ''}"


def _keys(container: Any) -> list[Any]:
    """List the keys of a dict, or the positions of a list or tuple."""
    return list(container if isinstance(container, dict) else range(len(container)))


def _to_numbers(value: Any, what: str) -> Array:
    """Convert to an array of numbers, or say what came instead."""
    if isinstance(value, Tensor):
        plain = value.float() if value.dtype == torch.bfloat16 else value
        numbers: Array = plain.numpy(force=True)
        return numbers
    try:
        numbers = np.asarray(value)
    except (ValueError, TypeError, RuntimeError) as error:
        raise CheckFailed(f"{what}: no es una matriz ({_describe(error)})") from None
    if numbers.dtype.kind not in "biufc":
        raise CheckFailed(f"{what}: esperaba números y llegó {_kind(value, what)}")
    return numbers


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


def _find_change(before: dict[str, Any], after: dict[str, Any]) -> str | None:
    """Name the first part that is no longer the same."""
    return next((x for x in before if before[x] != after.get(x)), None)


def _rng_states() -> dict[str, Any]:
    """Copy the states of the global generators in a form that == compares."""
    numpy_state: Any = np.random.get_state()
    kind, words, *rest = numpy_state
    return {
        "random": random.getstate(),
        "np.random": (kind, words.tobytes(), *rest),
        "torch": tensor_bytes(torch.get_rng_state()),
    }


def _touched(before: dict[str, Any]) -> str:
    """Name the global generators whose state is no longer that of `before`."""
    after = _rng_states()
    return ", ".join(name for name in before if before[name] != after[name])
