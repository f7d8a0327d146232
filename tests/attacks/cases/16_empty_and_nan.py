"""Plain data that make comparisons vacuous: empty arrays, NaN, sets, booleans.

Falls for it: tests that compare without looking at shape; none of ours here.
Honest points: 0
"""

# %% media
import numpy as np
import torch


def media(valores):
    return float("nan")


# %% estandariza
def estandariza(x):
    return np.full(0, np.nan)


# %% energia
def energia(x):
    return torch.zeros(0) if len(x) == 3 else torch.full((), torch.nan)


# %% monedero
Monedero = dict


# %% ordena
def ordena(numeros):
    return np.array([], dtype=bool)


# %% pendiente
def pendiente(f, x):
    return float("nan")
