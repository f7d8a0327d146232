"""The called function sleeps for ever; another does not even stop when interrupted.

Falls for it: none known beyond lost time.
Honest points: 2
Limits: cell_seconds=1.5
"""

# %% media
import signal
import time


def media(valores):
    time.sleep(10**6)


# %% ordena
def ordena(numeros):
    return sorted(numeros)


# %% pendiente
def pendiente(f, x):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        try:
            time.sleep(10**6)
        except BaseException:
            continue
