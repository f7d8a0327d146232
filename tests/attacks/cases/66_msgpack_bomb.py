"""An answer that is a bomb for a parser: a list of four thousand million items.

More of them, and other malformed answers, stand in `lies.py`.
Falls for it: none known; a parser that recurses or allocates first.
Honest points: 5
Channel: yes
"""

# %%
from autograder.execution.answering import Answerer

encode = Answerer._encode


def lie(self, value, *args, **kwargs):
    if value == "bomb":
        return b"\x91" * 10**6 + b"\xdd\xff\xff\xff\xff"
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
    return "bomb"
