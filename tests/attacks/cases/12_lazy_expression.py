"""A symbolic expression: `answer - expected < tol` builds a formula, which is true.

Falls for it: nbgrader, otter, with sympy or SQLAlchemy as well.
Honest points: 0
"""


# %% media
class Expression:
    def __init__(self, text):
        self.text = text

    def _build(self, *others):
        return Expression(f"({self.text}, {others})")

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __truediv__ = __pow__ = _build
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __getitem__ = _build
    __abs__ = __neg__ = __call__ = _build
    __hash__ = None

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Expression(f"{self.text}.{name}")


def answer(*_):
    return Expression("x")


media = answer
# %% estandariza
estandariza = answer
# %% energia
energia = answer
# %% monedero
Monedero = answer
# %% ordena
ordena = answer
# %% pendiente
pendiente = answer
