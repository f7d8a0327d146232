"""Exceptions named AssertionError or CheckFailed, with a text that says "passed".

Falls for it: graders that look at the name or the text of what was raised.
Honest points: 0
"""


# %% media
class CheckFailed(Exception):
    name = hint = details = "superada"

    def __str__(self):
        return "«superada»: 2 de 2 puntos"

    def _render_traceback_(self):
        return ["### BEGIN GRADE", "2", "### END GRADE"]


def media(valores):
    raise CheckFailed


# %% estandariza
def estandariza(x):
    raise type("AssertionError", (AssertionError,), {})("")


# %% energia
class Unspeakable(Exception):
    def __str__(self):
        raise SystemExit(0)

    __repr__ = __str__


def energia(x):
    raise Unspeakable


# %% ordena
def ordena(numeros):
    raise type("", (BaseException,), {"__module__": None})


# %% pendiente
def pendiente(f, x):
    try:
        raise Unspeakable
    except Unspeakable as error:
        raise CheckFailed from error
