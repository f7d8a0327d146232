"""What crosses between a student's process and the judge: framed, typed, only data.

From the judge to the student goes pickle, for the judge is trusted. From the student
to the judge goes msgpack with a closed list of extension types: numbers, texts,
containers, arrays, tensors and *references* to objects that stay where they are.
Nothing in it can run code, and `decode` raises `BadReplyError` for all that is not it.
"""

import struct

# The public one makes enums of the signals, which takes ten times as long.
from _signal import pthread_sigmask  # type: ignore[import-not-found]
from collections import namedtuple
from collections.abc import Callable
from dataclasses import dataclass
from select import select
from signal import SIG_BLOCK, SIG_SETMASK, SIGINT
from socket import socket
from typing import Any

import msgpack
import numpy as np
import torch

MAX_BYTES = 512 * 2**20
MAX_DEPTH = 60
SMALL = 64 * 1024
HEADER = struct.Struct("<Q")
TENSOR_DTYPES = {
    str(dtype).removeprefix("torch."): dtype
    for dtype in (
        torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64,
        torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool,
        torch.complex64, torch.complex128,
    )
}  # fmt: skip
NUMPY_TYPES = frozenset({np.ndarray, *np.sctypeDict.values()})
ATOMS = frozenset({type(None), bool, int, float, str, bytes})
# Names that tests ask of data; nothing else may answer to them
DATA_ATTRIBUTES = frozenset(
    name
    for cls in (torch.Tensor, np.ndarray, np.float64, complex, str, list, dict, set)
    for name in dir(cls)
    if not name.startswith("_")
)
# Extension types, by what they carry.
(
    TUPLE, SET, FROZENSET, COMPLEX, INTEGER, ARRAY, SCALAR, TENSOR, DTYPE, NP_DTYPE,
    DEVICE, SIZE, SLICE, RANGE, NAMED, REFERENCE,
) = range(1, 17)  # fmt: skip


class BadReplyError(RuntimeError):
    """The other side sent something that is no message, or too much of it."""


class GoneError(RuntimeError):
    """The other side has ended."""


@dataclass(frozen=True)
class Reference:
    """An object that did not cross; `content` says which one, in plain data."""

    content: Any


def send(channel: socket, payload: bytes) -> None:
    """Send one message.

    Raises
    ------
    GoneError
        If nobody listens any more.
    """
    header = HEADER.pack(len(payload))
    try:
        with _InOnePiece():
            if len(payload) < SMALL:
                channel.sendall(header + payload)
            else:
                channel.sendall(header)
                channel.sendall(payload)
    except OSError as error:
        raise GoneError("the other process has ended") from error


def receive(channel: socket, limit: int = MAX_BYTES) -> bytes:
    """Wait for one message; only the waiting can be interrupted.

    Raises
    ------
    GoneError, BadReplyError
        If the other side ended, or announces more than `limit` bytes.
    """
    select([channel], [], [])
    with _InOnePiece():
        (size,) = HEADER.unpack(_read(channel, HEADER.size))
        if size > limit:
            raise BadReplyError(f"an answer of {size / 2**20:.0f} MiB")
        return bytes(_read(channel, size))


class _InOnePiece:
    """Hold SIGINT back: half a message read would be taken for the next one's header.

    Who never sends the other half is killed when the interrupt stays without effect.
    """

    def __enter__(self) -> None:
        self.before = pthread_sigmask(SIG_BLOCK, {SIGINT})

    def __exit__(self, *_: object) -> None:
        pthread_sigmask(SIG_SETMASK, self.before)


def _read(channel: socket, size: int) -> bytearray:
    data = bytearray(size)
    view = memoryview(data)
    while view:
        try:
            n_read = channel.recv_into(view)
        except OSError as error:
            raise GoneError("the other process has ended") from error
        if not n_read:
            raise GoneError("the other process has ended")
        view = view[n_read:]
    return data


def encode(value: Any, refer: Callable[[Any], Any]) -> bytes:
    """Write a value as data.

    Parameters
    ----------
    refer
        Called with every mutable or unknown object; returns what stands for it, or
        None where its content shall cross.

    Raises
    ------
    ValueError
        If it is nested too deeply or refers to itself.
    """

    def pack(item: Any) -> bytes:
        return bytes(msgpack.packb(item, default=convert, strict_types=True))

    def extension(kind: int, item: Any) -> msgpack.ExtType:
        return msgpack.ExtType(kind, pack(item))

    def convert(item: Any) -> Any:
        stand_in = refer(item)
        if stand_in is not None:
            return extension(REFERENCE, stand_in)
        return _convert(item, extension)

    def prepare(item: Any) -> Any:
        # Exact lists and dicts never reach `convert`; they may be referred to as well.
        if type(item) in (list, dict):
            stand_in = refer(item)
            if stand_in is not None:
                return extension(REFERENCE, stand_in)
        return item

    return pack(_map_containers(value, prepare, 0))


def _map_containers(value: Any, prepare: Callable[[Any], Any], depth: int) -> Any:
    """Apply `prepare` to the exact lists and dicts within a value."""
    if depth > MAX_DEPTH:
        raise ValueError("nested too deeply, or an object that contains itself")
    if type(value) in ATOMS:
        return value
    prepared = prepare(value)
    if type(prepared) is list:
        return [_map_containers(item, prepare, depth + 1) for item in prepared]
    if type(prepared) is tuple:
        return tuple(_map_containers(item, prepare, depth + 1) for item in prepared)
    if type(prepared) is dict:
        return {
            key: _map_containers(item, prepare, depth + 1)
            for key, item in prepared.items()
        }
    return prepared


def _convert(item: Any, extension: Callable[[int, Any], Any]) -> Any:
    """Data for what msgpack does not know; `refer` has declined it."""
    if isinstance(item, np.ndarray) and item.dtype.kind in "biufcSUmM":
        return extension(ARRAY, array_content(item))
    if isinstance(item, torch.Tensor):
        return extension(TENSOR, tensor_content(item))
    if isinstance(item, bool | np.bool_) and not isinstance(item, np.generic):
        return bool(item)
    if isinstance(item, np.generic) and item.dtype.kind in "biufc":
        return extension(SCALAR, [item.dtype.str, item.tobytes()])
    if isinstance(item, torch.Size):
        return extension(SIZE, [int(n) for n in item])
    if isinstance(item, tuple) and hasattr(item, "_fields"):
        names = [str(name) for name in item._fields]
        return extension(NAMED, [type(item).__name__, names, list(item)])
    if isinstance(item, int):
        return extension(INTEGER, str(int(item)))
    plains: Any = ((float, float), (str, str), (bytes, bytes), (bytearray, bytes))
    for kind, plain in plains:
        if isinstance(item, kind):
            return plain(item)
    if isinstance(item, list):
        return list(item)
    if isinstance(item, dict):
        return dict(item)
    for group, code in ((tuple, TUPLE), (set, SET), (frozenset, FROZENSET)):
        if isinstance(item, group):
            return extension(code, list(item))
    if isinstance(item, complex):
        return extension(COMPLEX, [item.real, item.imag])
    if isinstance(item, torch.dtype):
        return extension(DTYPE, str(item).removeprefix("torch."))
    if isinstance(item, np.dtype):
        return extension(NP_DTYPE, item.str)
    if isinstance(item, torch.device):
        return extension(DEVICE, str(item))
    if isinstance(item, slice):
        return extension(SLICE, [item.start, item.stop, item.step])
    if isinstance(item, range):
        return extension(RANGE, [item.start, item.stop, item.step])
    raise ValueError(f"a {type(item).__name__} is no data")


def is_data(item: Any) -> bool:
    """Whether a value that is no container crosses by its content."""
    if isinstance(item, np.ndarray):
        return item.dtype.kind in "biufcSUmM"
    if isinstance(item, torch.Tensor):
        return str(item.dtype).removeprefix("torch.") in TENSOR_DTYPES and (
            item.layout is torch.strided
        )
    return isinstance(item, _DATA)


_DATA = (
    type(None), bool, int, float, complex, str, bytes, bytearray, list, tuple, dict,
    set, frozenset, np.generic, torch.Size, torch.dtype, np.dtype, torch.device, slice,
    range,
)  # fmt: skip


def is_small_array(item: Any) -> bool:
    """Whether type, shape and values say all about an array, and are not much."""
    return (
        item.dtype.kind in "biufc"
        and 0 < item.nbytes <= SMALL
        and (item.flags.writeable or isinstance(item, np.generic))
        and item.flags.c_contiguous
    )


def array_content(array: Any) -> list[Any]:
    """Data type, shape and bytes of an array or of one of its numbers."""
    return [array.dtype.str, list(array.shape), array.tobytes()]


def array_from(content: Any) -> Any:
    """An array, which can be written to, from its `array_content`."""
    name, shape, data = content
    return np.frombuffer(bytearray(data), _numeric(name)).reshape(shape)


def tensor_content(tensor: torch.Tensor) -> list[Any]:
    """Data type, shape and bytes of a tensor, graph and device left behind."""
    plain = tensor.detach().cpu().contiguous()
    name = str(plain.dtype).removeprefix("torch.")
    if plain.dtype is torch.bfloat16:
        plain = plain.view(torch.int16)
    data = plain.resolve_conj().resolve_neg().numpy().tobytes()
    return [name, list(plain.shape), data]


def tensor_from(content: Any) -> torch.Tensor:
    """A tensor from its `tensor_content`."""
    name, shape, data = content
    dtype = TENSOR_DTYPES[name]
    if not data:
        if 0 not in shape:
            raise BadReplyError("a tensor without values")
        return torch.empty(shape, dtype=dtype)
    return torch.frombuffer(bytearray(data), dtype=dtype).reshape(shape)


def encode_plain(message: Any) -> bytes:
    """Write numbers, texts, bytes, lists and dicts of them."""
    return bytes(msgpack.packb(message))


def decode_plain(payload: bytes) -> Any:
    """Read what `encode_plain` wrote.

    Raises
    ------
    BadReplyError
        If the payload is anything else.
    """
    try:
        return msgpack.unpackb(payload, ext_hook=_refuse)
    except BadReplyError:
        raise
    except (ValueError, TypeError, RuntimeError, OverflowError) as error:
        raise BadReplyError(f"a message that is no data: {error}") from error


def _refuse(kind: int, data: bytes) -> Any:
    raise BadReplyError("a message that is not plain")


def decode(payload: bytes, resolve: Callable[[Any], Any]) -> Any:
    """Read a value that `encode` wrote.

    Parameters
    ----------
    resolve
        Called with the content of each reference; returns the object.

    Raises
    ------
    BadReplyError
        If the payload is anything else.
    """
    depth = 0

    def unpack(data: bytes) -> Any:
        return msgpack.unpackb(data, ext_hook=extension, strict_map_key=False)

    def extension(kind: int, data: bytes) -> Any:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise BadReplyError("an answer nested too deeply")
        item = unpack(data)
        depth -= 1
        return resolve(item) if kind == REFERENCE else _revive(kind, item)

    try:
        return unpack(payload)
    except (GoneError, BadReplyError):
        raise
    except (ValueError, TypeError, KeyError, RuntimeError, OverflowError) as error:
        raise BadReplyError(f"an answer that is no data: {error}") from error


def _revive(kind: int, item: Any) -> Any:
    if kind not in _REVIVALS:
        raise BadReplyError(f"an answer of unknown kind {kind}")
    return _REVIVALS[kind](item)


def _named_tuple(parts: Any) -> Any:
    name, fields, values = parts
    for field, value in zip(fields, values, strict=True):
        if field in DATA_ATTRIBUTES and not is_data(value):
            raise BadReplyError(f"a tuple with a «{field}» that is no data")
    return namedtuple(name, fields)(*values)


def _numeric(name: str) -> np.dtype[Any]:
    dtype = np.dtype(name)
    if dtype.kind not in "biufcSUmM":
        raise BadReplyError(f"an array of {name}")
    return dtype


_REVIVALS: dict[int, Callable[[Any], Any]] = {
    TUPLE: tuple,
    SET: set,
    FROZENSET: frozenset,
    COMPLEX: lambda pair: complex(*pair),
    INTEGER: int,
    SCALAR: lambda pair: np.frombuffer(pair[1], _numeric(pair[0]))[0],
    ARRAY: array_from,
    TENSOR: tensor_from,
    DTYPE: TENSOR_DTYPES.__getitem__,
    NP_DTYPE: _numeric,
    DEVICE: torch.device,
    SIZE: torch.Size,
    SLICE: lambda parts: slice(*parts),
    RANGE: lambda parts: range(*parts),
    NAMED: _named_tuple,
}
