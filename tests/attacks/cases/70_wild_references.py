"""Answers refer to arguments, judge's functions, leaves and outputs by wild numbers.

Falls for it: none known; the expected value could have been one of them.
Honest points: 0
Channel: yes
"""

# %% media
from autograder.execution import wire
from autograder.execution.answering import Answerer

LEAF = [None, None, False, False]
REFERENCES = iter(
    [
        ["argument", 0],
        ["argument", 0],
        ["argument", 0],
        ["argument", -1],
        ["leaf", -1, *LEAF],
        ["leaf", -2, *LEAF],
        ["judge", 1],
        ["judge", 2],
        ["judge", -1],
        ["output", 7],
    ]
    * 9
)
encode = Answerer._encode


def lie(self, value, *args, **kwargs):
    if type(value) is dict:  # the names, which are asked first
        return encode(self, value, *args, **kwargs)
    return wire.encode(object(), lambda item: next(REFERENCES))


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
