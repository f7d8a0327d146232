"""Answers that are no answers, as a student's process could write them.

A link is broken by the first of them, so only one is worth a case of its own; here
stand all of them, for the decoder.
"""

import struct
from collections.abc import Iterator
from typing import Any

import msgpack

from autograder.execution import wire

EIGHT = b"\0" * 8
NAN = float("nan")
MANY = struct.pack(">I", 2**32 - 1)

DTYPES: list[Any] = [
    "|O", "O", "V8", "f4,f4", "(2,)f4", "M8[siglos]", "float33", "", 5,
    [["a", "O"]], {"names": ["a"], "formats": ["O"]},
]  # fmt: skip
SHAPES: list[Any] = [
    [NAN], [-1, -1], [2**63], [2], ["1"], "3", {0: 1}, [[1]],
]  # fmt: skip
TENSORS: list[Any] = [
    ["float64", [3], b""],
    ["float64", [], b""],
    ["float64", [-1], b""],
    ["float64", [2**62], b""],
    ["float64", [0.0, 2**40], b""],
    ["float64", [1], b"\0" * 7],
    ["float64", [1], "12345678"],
    ["float64", [1], None],
    ["object", [1], EIGHT],
    ["quint8", [8], EIGHT],
    ["float64"],
    [],
    None,
]
FIELDS: list[Any] = [
    ["__eq__"],
    ["__class__", "__dict__"],
    ["a=__import__('os')._exit(0)"],
    ["a): pass\nimport os; os._exit(0)  #"],
    ["class", "def"],
    ["a", "a"],
    ["_replace", "_fields"],
    ["a"] * 10**5,
    [0, None],
    None,
]
OTHERS: list[tuple[int, Any]] = [
    (wire.INTEGER, "9" * 10**6),
    (wire.INTEGER, [1]),
    (wire.COMPLEX, ["__import__('os')", {}]),
    (wire.SET, [[1], {}]),
    (wire.DTYPE, "Tensor"),
    (wire.DTYPE, []),
    (wire.DEVICE, "archivo:/etc/passwd"),
    (wire.RANGE, [0, 1, 0]),
    (wire.SLICE, [1, 2, 3, 4]),
    (wire.SIZE, ["a"]),
]


def payloads() -> Iterator[bytes]:
    """Everything that the decoder must refuse."""
    yield from _bombs()
    for dtype in DTYPES:
        yield _extension(wire.ARRAY, [dtype, [1], EIGHT])
        yield _extension(wire.SCALAR, [dtype, EIGHT])
        yield _extension(wire.NP_DTYPE, dtype)
    for shape in SHAPES:
        yield _extension(wire.ARRAY, ["f8", shape, EIGHT])
        yield _extension(wire.TENSOR, ["float64", shape, EIGHT])
    for content in TENSORS:
        yield _extension(wire.TENSOR, content)
    for fields in FIELDS:
        yield _extension(wire.NAMED, ["Punto", fields, [1] * len(fields or "")])
    for kind, content in OTHERS:
        yield _extension(kind, content)
    for kind in (0, 17, 99, 127):
        yield _extension(kind, None)
        yield msgpack.packb(msgpack.ExtType(kind, b"\xff\xff"))
    for content in ([], ["esperado"], [["judge", 1]], None, 5, "judge", {}):
        yield _extension(wire.REFERENCE, content)


def _bombs() -> Iterator[bytes]:
    nested = b"\xc0"
    for _ in range(200):
        nested = msgpack.packb(msgpack.ExtType(wire.TUPLE, b"\x91" + nested))
    yield nested
    yield b"\x91" * 10**6 + b"\xc0"  # lists in lists
    yield b"\x81\xc0" * 10**6 + b"\xc0"  # dicts in dicts
    for start in (b"\xdd", b"\xdf", b"\xdb", b"\xc6"):
        yield start + MANY  # a list, dict, text of 2**32 - 1 items
    yield b"\xc9" + MANY + bytes([wire.TENSOR])
    yield b""
    yield b"\xc1"
    yield b"\xd4\xfe\x00"


def _extension(kind: int, content: Any) -> bytes:
    return bytes(msgpack.packb(msgpack.ExtType(kind, msgpack.packb(content))))
