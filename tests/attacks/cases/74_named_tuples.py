"""Named tuples with fields that would be special methods, keywords or code.

Falls for it: none known; `namedtuple` writes and compiles source text.
Honest points: 0
Channel: yes
"""

# %% media
import msgpack

from autograder.execution import wire
from autograder.execution.answering import Answerer

FIELDS = [
    ["__eq__"],
    ["__class__", "__dict__"],
    ["a=__import__('os')._exit(0)"],
    ["a): pass\nimport os; os._exit(0)  #"],
    ["class", "def"],
    ["a", "a"],
    ["_replace", "_fields"],
    ["shape", "allclose"],
    ["count", "index"],
    [0, None],
    "a b c",
    [],
]
NAMES = ["Punto", "__import__('os')._exit(0)", "float", "", 3, None]
LIES = [
    msgpack.packb(
        msgpack.ExtType(wire.NAMED, msgpack.packb([name, fields, [1] * len(fields)]))
    )
    for fields in FIELDS
    for name in NAMES
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
