"""An answer claims to be of the class of another exercise, which may define `__eq__`.

Falls for it: none known; nbgrader needs no such detour.
Honest points: 0
Channel: yes
"""

# %% media
from autograder.execution.answering import Answerer

describe = Answerer._describe


def lie(self, item):
    info = describe(self, item)
    if info.get("function"):
        return info
    return info | {"names": ["Monedero"], "specials": ["__eq__"]}


Answerer._describe = lie


class AlwaysTrue:
    def __eq__(self, other):
        return True

    __hash__ = None


def answer(*_):
    return AlwaysTrue()


media = answer
# %% ordena
ordena = answer
