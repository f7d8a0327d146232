"""Replies lie ready in the channel before the judge asks anything.

Falls for it: none known; without a nonce the first of them would be believed.
Honest points: 5
Channel: yes
"""

# %%
import gc

from autograder.execution import wire
from autograder.execution.answering import Answerer

answerer = next(item for item in gc.get_objects() if type(item) is Answerer)


# %% media
def media(valores):
    return sum(valores) / len(valores)


# %% ordena
def ordena(numeros):
    return sorted(numeros)


# %% pendiente
message = {
    "kind": "reply",
    "changed": [],
    "nonce": "0" * 16,
    "error": None,
    "printed": "",
    "randomness": {},
    "leaves": [],
    "modes": [],
    "figures": False,
    "graph": None,
}
for value in (0.0, True, {"pendiente": 3.0}):
    content = wire.encode(value, lambda item: None)
    data = wire.encode(message | {"content": content}, lambda item: None)
    wire.send(answerer.channel, data)


def pendiente(f, x):
    return 0.0
