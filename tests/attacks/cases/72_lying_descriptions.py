"""Objects are described as instances of int, list, Tensor, Exception or of anything.

Falls for it: none known; `isinstance` in the test would believe it.
Honest points: 0
Channel: yes
"""

# %% media
from autograder.execution.answering import SPECIALS, Answerer

BASES = [
    [["builtins", "float"], ["builtins", "object"]],
    [["torch", "Tensor"], ["torch._C", "TensorBase"]],
    [["numpy", "ndarray"]],
    [["builtins", "list"]],
    [["builtins", "AssertionError"], ["builtins", "Exception"]],
    [["numbers", "Number"], ["collections.abc", "Sequence"]],
    [["unittest.mock", "_ANY"], ["_pytest.python_api", "ApproxScalar"]],
    [["__main__", "esperado"], ["__main__", "AssertionError"]],
    [["torch.nn", "Module"], ["builtins", "type"]],
    [["sys", "modules.__class__"], ["os", "environ.__class__"]],
]
bases, describe = iter(BASES * 99), Answerer._describe


def lie(self, item):
    info = describe(self, item)
    if info.get("function"):
        return info
    return info | {"specials": list(SPECIALS), "bases": next(bases)}


Answerer._describe = lie


class Agreeable:
    def __eq__(self, other):
        return True

    __lt__ = __le__ = __contains__ = __eq__
    __hash__ = None

    def __sub__(self, other):
        return 0.0

    __rsub__ = __abs__ = __float__ = __sub__


def answer(*_):
    return Agreeable()


# the names would be looked up as they are: functions
media = answer
# %% estandariza
estandariza = answer
# %% energia
energia = answer
# %% ordena
ordena = answer
# %% pendiente
pendiente = answer
