"""Errors are described as the judge's own, as harmless ones, or as nothing at all.

Falls for it: none known.
Honest points: 0
Channel: yes
"""

# %% media
from autograder.execution.answering import Answerer

ERRORS = [
    ["", [["autograder.execution.wire", "BadReplyError"]], "superada"],
    ["", [["builtins", "StopIteration"]], ""],
    ["", [["builtins", "GeneratorExit"], ["builtins", "SystemExit"]], "0"],
    ["esperado", [], ""],
    ["abs", [["builtins", "Exception"]], ""],
    ["", [["builtins", "Warning"]], ""],
    ["", [["unittest.case", "SkipTest"]], ""],
    ["", [], ""],
    [],
    False,
    "",
    0,
]
errors = iter(ERRORS * 9)
Answerer._describe_error = lambda self, error: next(errors)


def answer(*_):
    raise ValueError


media = answer
# %% estandariza
estandariza = answer
# %% energia
energia = answer
# %% ordena
ordena = answer
# %% pendiente
pendiente = answer
