"""Answers come slowly, within the limits, and are right.

Falls for it: none; slow is no reason to lose points.
Honest points: 5
"""

# %% media
import time


def media(valores):
    time.sleep(0.1)
    return sum(valores) / len(valores)


# %% ordena
def ordena(numeros):
    time.sleep(0.1)
    return sorted(numeros)
