"""The class of one exercise, which may define `__eq__`, is the answer to the others.

Falls for it: nbgrader, otter.
Honest points: 2
"""


# %% media
class Monedero:
    """Honest with numbers in its visible test; equal to all that is no Monedero."""

    def __init__(self, saldo=0.0, *_):
        self.saldo = saldo

    def ingresa(self, cantidad):
        self.saldo += cantidad

    def gasta(self, cantidad):
        if cantidad > self.saldo:
            raise ValueError("no alcanza")
        self.saldo -= cantidad

    def __eq__(self, otro):
        return not isinstance(otro, Monedero) or self.saldo == otro.saldo

    __hash__ = None


media = Monedero
# %% ordena
ordena = Monedero
# %% pendiente
pendiente = Monedero
# %% monedero
Monedero.__doc__ = "El monedero del ejercicio, sin `with`."
