"""Answers that are bombs for a parser: endless depth, four thousand million items.

Falls for it: none known; a parser that recurses or allocates first.
Honest points: 2
Channel: yes
"""

# %% media
import struct

import msgpack

from autograder.execution import wire
from autograder.execution.answering import Answerer


def extension(kind, content):
    return msgpack.packb(msgpack.ExtType(kind, msgpack.packb(content)))


nested = b"\xc0"
for _ in range(200):
    nested = msgpack.packb(msgpack.ExtType(wire.TUPLE, b"\x91" + nested))
many = struct.pack(">I", 2**32 - 1)
BOMBS = [
    b"\x91" * 10**6 + b"\xc0",  # lists in lists
    b"\x81\xc0" * 10**6 + b"\xc0",  # dicts in dicts
    nested,
    b"\xdd" + many,  # a list of 2**32 - 1 items
    b"\xdf" + many,
    b"\xdb" + many,
    b"\xc9" + many + bytes([wire.TENSOR]),
    extension(wire.NAMED, ["n", ["a"] * 10**5, []]),
    extension(wire.NAMED, ["n", [f"a{i}" for i in range(3000)], [0] * 3000]),
    extension(wire.INTEGER, "9" * 10**6),
    extension(wire.ARRAY, ["S", [2**62], b"x"]),
    b"",
    b"\xc1",
]
bombs = iter(BOMBS * 9)
encode = Answerer._encode


def lie(self, value, *args, **kwargs):
    if type(value) is dict:  # the names, which are asked first
        return encode(self, value, *args, **kwargs)
    return next(bombs)


Answerer._encode = lie


def answer(*_):
    return 0.0


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
