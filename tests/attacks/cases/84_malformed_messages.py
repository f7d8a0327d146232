"""Messages that are no messages: a list, a number, one without fields, a "resume".

Falls for it: none known.
Honest points: 5
Channel: yes
"""

# %%
from autograder.execution import wire
from autograder.execution.answering import Answerer


# %% media
def media(valores):
    return sum(valores) / len(valores)


# %% ordena
def ordena(numeros):
    return sorted(numeros)


# %% pendiente
lies = iter([[], 5, {}, {"kind": "resume"}, None] * 9)


def message(self, *args):
    return wire.encode(next(lies), lambda item: None)


Answerer._message = message


def pendiente(f, x):
    return 0.0
