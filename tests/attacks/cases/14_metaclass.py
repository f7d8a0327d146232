"""A class made by a metaclass: every call and every attribute agrees with the test.

Falls for it: nbgrader, otter.
Honest points: 0
"""


# %% monedero
class Agree:
    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    __hash__ = None


class Meta(type):
    def __call__(cls, *args):
        return object.__new__(cls)

    def __getattr__(cls, name):
        return Agree()

    def __instancecheck__(cls, instance):
        return True

    def __eq__(cls, other):
        return True

    __hash__ = type.__hash__


class Monedero(metaclass=Meta):
    saldo = Agree()

    def __getattribute__(self, name):
        return Agree() if name == "saldo" else object.__getattribute__(self, name)

    def ingresa(self, cantidad):
        return None

    def gasta(self, cantidad):
        if cantidad == 11.75:
            raise ValueError

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None


# %% media
media = Monedero
# %% ordena
ordena = Monedero
