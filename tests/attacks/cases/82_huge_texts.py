"""What a call printed and the message of its error are megabytes long.

Falls for it: graders that keep whatever the student's process says.
Honest points: 0
Channel: yes
"""

# %% media
from autograder.execution.answering import Answerer

LONG = "x" * (2 * 2**20)
Answerer._describe_error = lambda self, error: ["", [["builtins", "ValueError"]], LONG]


def media(valores):
    raise ValueError


# %% ordena
original = Answerer._message


def message(self, kind, content, exchange, fields):
    fields = fields | {"printed": LONG} if "printed" in fields else fields
    return original(self, kind, content, exchange, fields)


Answerer._message = message


def ordena(numeros):
    return LONG
