"""Replies carry another nonce: none, a list, an old one, the one of a callback.

Falls for it: none known.
Honest points: 5
Channel: yes
"""

# %%
from autograder.execution.answering import Answerer


# %% media
def media(valores):
    return sum(valores) / len(valores)


# %% ordena
def ordena(numeros):
    return sorted(numeros)


# %% pendiente
nonces = iter([None, [], {}, "", "0" * 16, 0, True] * 9)
original = Answerer._message


def message(self, kind, content, exchange, fields):
    fields = fields | {"nonce": next(nonces)}
    return original(self, kind, content, exchange, fields)


Answerer._message = message


def pendiente(f, x):
    return 3.0
