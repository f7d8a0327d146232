"""A named tuple whose field would be a special method, or code.

Falls for it: none known; `namedtuple` writes and compiles source text.
Honest points: 5
Channel: yes
"""

# %%
import msgpack

from autograder.execution import wire
from autograder.execution.answering import Answerer

encode = Answerer._encode
FIELD = "a=__import__('builtins').__dict__.update(abs=lambda value: 0.0)"


def lie(self, value, *args, **kwargs):
    if value == "tuple":
        parts = msgpack.packb(["Punto", [FIELD, "__eq__"], [1, 2]])
        return msgpack.packb(msgpack.ExtType(wire.NAMED, parts))
    return encode(self, value, *args, **kwargs)


Answerer._encode = lie


# %% media
def media(valores):
    return sum(valores) / len(valores)


# %% ordena
def ordena(numeros):
    return sorted(numeros)


# %% pendiente
def pendiente(f, x):
    return "tuple"
