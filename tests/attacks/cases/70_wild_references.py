"""Answers refer to arguments, judge's functions, leaves and outputs by wild numbers.

Falls for it: none known; the expected value could have been one of them.
Honest points: 0
Channel: yes
"""

# %% media
from autograder.execution import wire
from autograder.execution.answering import Answerer

WILD = (0, 1, 2, 7, -1, -2, 2**62, -(2**62), 0.0, True, None, "0", [0])
REFERENCES = [
    [kind, number, *rest]
    for number in WILD
    for kind, rest in (
        ("argument", []),
        ("judge", []),
        ("output", []),
        ("leaf", [None, None, False, False]),
        ("module", []),
        ("object", []),
    )
]
references = iter(REFERENCES * 9)
encode = Answerer._encode


def lie(self, value, *args, **kwargs):
    if type(value) is dict:  # the names, which are asked first
        return encode(self, value, *args, **kwargs)
    return wire.encode(object(), lambda item: next(references))


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
