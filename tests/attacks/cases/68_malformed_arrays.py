"""Arrays and tensors with impossible shapes, sizes and types.

NaN and negative dimensions, too few bytes, object and structured dtypes, text dtypes.
Falls for it: none known; object arrays would be pointers of the student's choice.
Honest points: 0
Channel: yes
"""

# %% media
import msgpack

from autograder.execution import wire
from autograder.execution.answering import Answerer

EIGHT = b"\0" * 8
NAN = float("nan")
PARTS = [
    ["|O", [1], EIGHT],
    ["O", [], EIGHT],
    ["V8", [1], EIGHT],
    ["f4,f4", [1], EIGHT],
    ["(2,)f4", [1], EIGHT],
    [[["a", "O"]], [1], EIGHT],
    [{"names": ["a"], "formats": ["O"]}, [1], EIGHT],
    ["f8", [NAN], EIGHT],
    ["f8", [-1, -1], EIGHT],
    ["f8", [2**63], EIGHT],
    ["f8", [1] * 100, EIGHT],
    ["f8", [2], EIGHT],
    ["f8", None, EIGHT],
    ["M8[siglos]", [1], EIGHT],
    ["U2", [1], b"\xff" * 8],
    ["S0", [1], b""],
    ["float33", [1], EIGHT],
]
LIES = [
    msgpack.packb(msgpack.ExtType(kind, msgpack.packb(parts)))
    for parts in PARTS
    for kind in (wire.ARRAY, wire.SCALAR, wire.NP_DTYPE)
]
LIES += [
    msgpack.packb(msgpack.ExtType(wire.TENSOR, msgpack.packb(parts)))
    for parts in (
        ["float64", [NAN], EIGHT],
        ["float64", [-2], EIGHT],
        ["float64", [-1], b""],
        ["float64", [2**62], EIGHT],
        ["float64", [3], EIGHT],
        ["float64", [1], b"\0" * 7],
        ["object", [1], EIGHT],
        ["quint8", [8], EIGHT],
        ["float64", "3", EIGHT],
        ["float64", [1], "12345678"],
        ["float64", [1], None],
        [],
    )
]
lies = iter(LIES * 9)
encode = Answerer._encode


def lie(self, value, *args, **kwargs):
    if type(value) is dict:  # the names, which are asked first
        return encode(self, value, *args, **kwargs)
    return next(lies)


Answerer._encode = lie


def answer(*_):
    return 0.0


media = answer
# %% estandariza
estandariza = answer
# %% energia
energia = answer
# %% ordena
ordena = answer
# %% pendiente
pendiente = answer
