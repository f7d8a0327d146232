"""Answers that are bombs for a parser: endless depth, four thousand million items.

Falls for it: none known; Python's own pickle and json would recurse or allocate.
Honest points: 2
Channel: yes
"""

# %% media
import gc

from autograder.execution import wire
from autograder.execution.answering import Answerer

answerer = next(item for item in gc.get_objects() if type(item) is Answerer)
import struct

import msgpack

nested = b"\xc0"
for _ in range(200):
    nested = msgpack.packb(msgpack.ExtType(wire.TUPLE, b"\x91" + nested))
BOMBS = [
    b"\x91" * 10**6 + b"\xc0",  # lists in lists
    b"\x81\xc0" * 10**6 + b"\xc0",
    nested,
    b"\xdd" + struct.pack(">I", 2**32 - 1),  # a list of 2**32 - 1 items
    b"\xdf" + struct.pack(">I", 2**32 - 1),
    b"\xc9" + struct.pack(">IB", 2**32 - 1, wire.TENSOR),
    b"\xdb" + struct.pack(">I", 2**32 - 1),
    msgpack.packb(msgpack.ExtType(wire.NAMED, msgpack.packb(["n", ["a"] * 10**5, []]))),
    msgpack.packb(msgpack.ExtType(wire.INTEGER, msgpack.packb("9" * 10**6))),
    msgpack.packb(msgpack.ExtType(wire.ARRAY, msgpack.packb(["S", [2**62], b"x"]))),
    b"",
    b"\xc1",
]
bombs = iter(BOMBS * 9)
encode, armed = Answerer._encode, []


def lie(self, value, exchange, inside=None):
    return next(bombs) if armed and value is armed else encode(self, value, exchange)


Answerer._encode = lie


def answer(*_):
    armed.append(1)
    return armed


media = answer
# %% estandariza
estandariza = answer
# %% energia
energia = answer
# %% pendiente
pendiente = answer


# %% ordena
Answerer._encode = encode


def ordena(numeros):
    return sorted(numeros)
