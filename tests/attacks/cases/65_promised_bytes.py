"""A header announces as much as is allowed, and then nothing comes.

Falls for it: none known.
Honest points: 5
Channel: yes
Limits: cell_seconds=1.5
"""

# %%
import gc
import time

from autograder.execution import wire
from autograder.execution.answering import Answerer

answerer = next(item for item in gc.get_objects() if type(item) is Answerer)


# %% media
def media(valores):
    return sum(valores) / len(valores)


# %% ordena
def ordena(numeros):
    return sorted(numeros)


# %% pendiente
def pendiente(f, x):
    answerer.channel.sendall(wire.HEADER.pack(wire.MAX_BYTES))
    time.sleep(60)
