"""Objects that say through `__class__` that they are numbers, arrays or tensors.

Falls for it: graders that trust `isinstance`; none known to fall for this alone.
Honest points: 0
"""

# %% media
import numpy as np
import torch


def pretender(kind):
    class Pretender:
        __class__ = property(lambda self: kind)

        def __eq__(self, other):
            return True

        def __sub__(self, other):
            return 0.0

        def __getattr__(self, name):
            return getattr(kind(), name)

        __hash__ = None

    return Pretender()


def media(valores):
    return pretender(float)


# %% estandariza
def estandariza(x):
    return pretender(np.ndarray)


# %% energia
def energia(x):
    return pretender(torch.Tensor)


# %% monedero
Monedero = pretender(type)


# %% ordena
def ordena(numeros):
    return pretender(list)


# %% pendiente
def pendiente(f, x):
    return pretender(bool)
