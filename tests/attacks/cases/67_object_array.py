"""An array of Python objects: its bytes would be addresses of the student's choice.

Falls for it: none known; NumPy's own `.npy` with `allow_pickle`.
Honest points: 5
Channel: yes
"""

# %%
import msgpack

from autograder.execution import wire
from autograder.execution.answering import Answerer

encode = Answerer._encode


def lie(self, value, *args, **kwargs):
    if value == "array":
        parts = msgpack.packb(["|O", [1], id(0.0).to_bytes(8, "little")])
        return msgpack.packb(msgpack.ExtType(wire.ARRAY, parts))
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
    return "array"
