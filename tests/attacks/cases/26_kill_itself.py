"""The called function kills its own process, by SIGKILL and by SIGTERM.

Falls for it: none known; in nbgrader the whole submission loses.
Honest points: 2
Harmful: yes
"""

# %% media
import os
import signal


def media(valores):
    os.kill(os.getpid(), signal.SIGKILL)


# %% ordena
def ordena(numeros):
    return sorted(numeros)


# %% pendiente
def pendiente(f, x):
    os.kill(os.getpid(), signal.SIGTERM)
