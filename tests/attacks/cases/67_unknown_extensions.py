"""Extension types that nobody knows, and references to things of no kind.

Falls for it: none known.
Honest points: 0
Channel: yes
"""

# %% media
import gc

from autograder.execution import wire
from autograder.execution.answering import Answerer

answerer = next(item for item in gc.get_objects() if type(item) is Answerer)
import msgpack

LIES = [
    msgpack.packb(msgpack.ExtType(kind, body))
    for kind in (0, 17, 99, 127)
    for body in (b"", b"\xc0", b"\xff\xff")
]
LIES += [
    msgpack.packb(msgpack.ExtType(wire.REFERENCE, msgpack.packb(content)))
    for content in ([], ["esperado"], [["judge", 1]], None, 5, ["proxy", {}], "judge")
]
LIES += [msgpack.packb(msgpack.Timestamp(1, 1)), b"\xc7\x00\xff", b"\xd4\xfe\x00"]
lies = iter(LIES * 9)
wire.encode, encode = lambda value, refer: next(lies), wire.encode
message = Answerer._message


def honest_message(self, *args):
    lying, wire.encode = wire.encode, encode
    try:
        return message(self, *args)
    finally:
        wire.encode = lying


Answerer._message = honest_message
look_up = Answerer._look_up


def honest_names(self, names):
    self.is_naming = True
    return look_up(self, names)


Answerer._look_up = honest_names
lying_encode = Answerer._encode


def _encode(self, value, exchange, inside=None):
    if vars(self).pop("is_naming", False):
        lying, wire.encode = wire.encode, encode
        content = lying_encode(self, value, exchange)
        wire.encode = lying
        return content
    return next(lies)


Answerer._encode = _encode


def answer(*_):
    return 0.0


media = answer
# %% energia
energia = answer
# %% ordena
ordena = answer
# %% pendiente
pendiente = answer
