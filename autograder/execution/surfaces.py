"""What both sides of the judge's channel agree on beside the encoding.

The order in which changeable objects are found in arguments, fingerprints by which a
change is noticed, the state of the random generators.
"""

import ctypes
import random
import struct
import sys
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np
import torch
from torch import nn

from autograder.execution.wire import ATOMS

Fingerprint = tuple[Any, ...]
MAX_DEPTH = 20
# Requests that run the student's code on purpose, so that random states may move
DRAWING = ("call", "special", "getattr", "setattr", "resume")
MAX_TWISTS = 4_000  # 2.5 million numbers drawn within one call
TWISTS_AT_ONCE = 100
N_WORDS = 624
MAX_BUFFER = 4  # numbers that NumPy's Philox keeps ready
MT19937_BYTES = 4 * N_WORDS + 4  # Python's and NumPy's generators: words and a position
CHANGEABLE = (
    list, dict, set, bytearray, np.ndarray, torch.Tensor, nn.Module, torch.Generator,
    torch.optim.Optimizer, np.random.Generator, np.random.RandomState, random.Random,
)  # fmt: skip


def changeable(
    value: Any, is_shared: Callable[[Any], bool], depth: int = 0
) -> Iterator[Any]:
    """Objects within some arguments that a function could change in place.

    Both sides walk their copy of the same arguments, so the order names an object.

    Parameters
    ----------
    is_shared
        Whether an object did not cross by its content; it is left out.
    """
    kind: Any = type(value)
    if _can_change(kind) and not is_shared(value):
        yield value
    if kind in (list, tuple, dict) and depth < MAX_DEPTH:
        for item in value.values() if kind is dict else value:
            if type(item) not in ATOMS:
                yield from changeable(item, is_shared, depth + 1)


@cache
def _can_change(cls: type) -> bool:
    return issubclass(cls, CHANGEABLE)


def is_tracked(tensor: torch.Tensor) -> bool:
    """Whether a tensor lives on both sides under one name: leaves with gradients."""
    return tensor.is_leaf and (
        tensor.requires_grad
        or isinstance(tensor, nn.Parameter)
        or tensor.grad is not None
    )


def torch_modes() -> list[Any]:
    """Global switches of torch that a function may leave changed."""
    dtype = str(torch.get_default_dtype()).removeprefix("torch.")
    return [torch.is_grad_enabled(), dtype]


def set_torch_modes(modes: list[Any]) -> None:
    """Bring torch to some `torch_modes`."""
    torch.set_grad_enabled(bool(modes[0]))
    if modes[1] != torch_modes()[1] and modes[1] in ("float32", "float64"):
        torch.set_default_dtype(getattr(torch, modes[1]))


def tensor_print(tensor: torch.Tensor) -> Fingerprint:
    """Changes when a tensor's values or gradient do."""
    grad = tensor.grad if tensor.is_leaf else None
    return (
        _checksum(tensor),
        None if grad is None else _checksum(grad),
        tensor.requires_grad,
    )


def _checksum(tensor: torch.Tensor) -> Fingerprint:
    plain = tensor.detach()
    if plain.device.type != "cpu" or plain.layout is not torch.strided:
        return (
            plain.data_ptr() if plain.layout is torch.strided else 0,
            plain._version,
        )
    if plain.dtype is torch.bfloat16:
        plain = plain.view(torch.int16)
    data = plain.contiguous().resolve_conj().resolve_neg().numpy()
    return (
        zlib.crc32(data.data.cast("B") if data.size else b""),
        plain.shape,
        plain.dtype,
    )


def content_print(item: Any) -> Fingerprint:
    """Changes when the content of a `changeable` object does."""
    if isinstance(item, torch.Tensor):
        return tensor_print(item)
    if isinstance(item, np.ndarray):
        if item.dtype.hasobject:
            return tuple(map(id, item.flat))
        data = np.ascontiguousarray(item)
        return (zlib.crc32(data.view(np.uint8).data if data.size else b""), item.shape)
    if isinstance(item, list):
        return tuple(map(id, item))
    if isinstance(item, dict):
        return tuple((id(key), id(value)) for key, value in item.items())
    if isinstance(item, set):
        return tuple(sorted(map(hash, item)))
    if isinstance(item, bytearray):
        return (bytes(item),)
    if isinstance(item, nn.Module):
        return tuple(module.training for module in item.modules())
    if isinstance(item, torch.optim.Optimizer):
        return (repr(optimizer_options(item)),)
    state = generator_state(item)
    return (state.numpy().tobytes(),) if torch.is_tensor(state) else (repr(state),)


def optimizer_options(optimizer: torch.optim.Optimizer) -> list[dict[str, Any]]:
    """The options of each group: learning rate and so on."""
    return [
        {key: value for key, value in group.items() if key != "params"}
        for group in optimizer.param_groups
    ]


def generator_state(generator: Any) -> Any:
    """State of a random generator, as data."""
    if isinstance(generator, torch.Generator):
        return generator.get_state()
    if isinstance(generator, np.random.Generator):
        return dict(generator.bit_generator.state)
    if isinstance(generator, np.random.RandomState):
        state = generator.get_state(legacy=False)
        inner = state["state"]
        return state | {"state": inner | {"key": inner["key"].tobytes()}}
    return generator.getstate()


def set_generator_state(generator: Any, state: Any) -> None:
    """Bring a generator to a `generator_state`.

    Raises
    ------
    ValueError
        If a position lies outside the generator's words: NumPy does not look.
    """
    if isinstance(generator, torch.Generator):
        generator.set_state(state)
        return
    if isinstance(generator, random.Random):
        generator.setstate(state)
        return
    is_inside = 0 <= state["state"].get("pos", 0) <= N_WORDS
    if not is_inside or not 0 <= state.get("buffer_pos", 0) <= MAX_BUFFER:
        raise ValueError("a position outside of a random generator")
    if isinstance(generator, np.random.Generator):
        generator.bit_generator.state = state
        return
    inner = state["state"]
    key = np.frombuffer(inner["key"], np.uint32)
    generator.set_state(state | {"state": inner | {"key": key}})


class GlobalRandomness:
    """The global generators of Python, NumPy and torch, and what was last seen."""

    def __init__(self) -> None:
        self._generators = {
            "python": random._inst,
            "numpy": np.random.mtrand._rand,
            "torch": torch.default_generator,
        }
        self._addresses = {
            "python": id(random._inst) + object.__basicsize__,
            "numpy": np.random.mtrand._rand._bit_generator.ctypes.state_address,
        }
        self._seen: dict[str, Any] = {}
        self._has_gauss = True

    def changed(self) -> dict[str, Any]:
        """States that differ from those seen or set last."""
        new = {}
        for name, generator in self._generators.items():
            glance = self._glance(name, generator)
            if glance != self._seen.get(name):
                self._seen[name] = glance
                new[name] = generator_state(generator)
        return new

    def set(self, states: dict[str, Any]) -> None:
        """Take over the other side's states."""
        for name, state in states.items():
            set_generator_state(self._generators[name], state)
            self._seen[name] = self._glance(name, self._generators[name])

    def follow(self, states: dict[str, Any]) -> None:
        """Go where the other side's generators went, if by drawing numbers.

        A state that drawing does not lead to was seeded, or chosen so that what is
        drawn next is known. Ours then moves on by one number: it was touched, but
        nobody knows what comes. A spare normal number could be any, so it stays there.
        """
        for name, state in states.items():
            generator = self._generators[name]
            if is_ahead(generator_state(generator), state):
                set_generator_state(generator, _without_spare(state))
            else:
                _draw_one(generator)
            self._seen[name] = self._glance(name, generator)

    def _glance(self, name: str, generator: Any) -> Any:
        """What differs when a state does; a whole state takes up to 35 us."""
        if name == "torch":
            return generator.get_state().numpy().tobytes()
        words = ctypes.string_at(self._addresses[name], MT19937_BYTES)
        if name == "python":
            return words, generator.gauss_next
        before = self._seen.get(name, (None, None))
        if words == before[0] and not self._has_gauss:
            return before  # without a spare normal number all use moves the words
        *_, has_gauss, gauss = generator.get_state(legacy=True)
        self._has_gauss = bool(has_gauss)
        return (words, (has_gauss, gauss))


def is_ahead(before: Any, after: Any) -> bool:
    """Whether drawing numbers leads from one state to another, soon enough."""
    words, position = _twister(before)
    goal, end = _twister(after)
    if not 0 <= end <= N_WORDS:  # NumPy would read beyond its words
        return False
    if np.array_equal(words, goal):
        return end >= position
    wanted = _numbers(goal, 0)(1)[0]
    draw = _numbers(words, N_WORDS)
    for _ in range(MAX_TWISTS // TWISTS_AT_ONCE):
        rounds = draw(TWISTS_AT_ONCE)
        for found in np.flatnonzero(rounds[:, 0] == wanted[0]):
            if np.array_equal(rounds[found], wanted):
                return True
    return False


def _numbers(words: Any, position: int) -> Callable[[int], Any]:
    """Draws rounds of numbers from a state; a round tells all words of its state."""
    twister: Any = np.random.MT19937()
    inner = {"key": words, "pos": position}
    twister.state = {"bit_generator": "MT19937", "state": inner}
    return lambda n: twister.random_raw(n * N_WORDS).reshape(n, N_WORDS)


def _twister(state: Any) -> tuple[Any, int]:
    """Words and position of a Mersenne twister: all three generators are one."""
    if isinstance(state, torch.Tensor):
        raw = state.numpy().tobytes()
        (n_left,) = struct.unpack_from("<i", raw, 8)
        (following,) = struct.unpack_from("<Q", raw, 16)
        words = np.frombuffer(raw, np.uint64, N_WORDS, offset=24).astype(np.uint32)
        place = N_WORDS + 1 - n_left
        return words, place if following in (0, place % N_WORDS, place) else -1
    if isinstance(state, dict):
        inner = state["state"]
        return np.frombuffer(inner["key"], np.uint32), int(inner["pos"])
    _, numbers, _ = state
    return np.array(numbers[:-1], dtype=np.uint32), int(numbers[-1])


def _without_spare(state: Any) -> Any:
    """A state in which the next normal number comes from the words."""
    if isinstance(state, torch.Tensor):
        state = state.clone()
        state[24 + 8 * N_WORDS :] = 0
        return state
    if isinstance(state, dict):
        return state | {"has_gauss": 0, "gauss": 0.0}
    version, numbers, _ = state
    return version, numbers, None


def _draw_one(generator: Any) -> None:
    if isinstance(generator, torch.Generator):
        torch.rand(1, generator=generator)
    else:
        generator.random()


def find_loaded(module: str, name: str) -> Any:
    """A class of a module that is imported already; None where there is none.

    The cells' own module is no such module: what lies there is the test's.
    """
    if module == "__main__":
        return None
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found
