"""The called function ends its process as if all were well.

Falls for it: graders that read the exit code; in nbgrader the whole submission loses.
Honest points: 2
"""

# %% media
import os


def media(valores):
    os._exit(0)


# %% ordena
def ordena(numeros):
    return sorted(numeros)
