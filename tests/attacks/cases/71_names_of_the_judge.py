"""Asked for its names, the student's process says that they are the judge's objects.

Falls for it: none known.
Honest points: 0
Channel: yes
"""

# %% media
from autograder.execution import wire
from autograder.execution.answering import Answerer

NAMES = ("media", "estandariza", "energia", "Monedero", "ordena", "pendiente")
GREEDY = (*NAMES, "esperado", "datos", "np", "torch", "abs", "assert", "__builtins__")
encode, asked = Answerer._encode, []


class Reference:
    def __init__(self, *content):
        self.content = list(content)


def lie(self, value, *args, **kwargs):
    if type(value) is not dict:
        return encode(self, value, *args, **kwargs)
    asked.append(value)
    kind = ("judge", "argument", "leaf", "output")[len(asked) % 4]
    names = {name: Reference(kind, len(asked) // 4) for name in GREEDY}
    return wire.encode(names, lambda item: getattr(item, "content", None))


Answerer._encode = lie


def pendiente(f, x):
    return f
