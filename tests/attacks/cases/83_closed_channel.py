"""The called function closes the channel, or its half of it.

Falls for it: none known.
Honest points: 5
Channel: yes
"""

# %%
import gc
import socket

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
    answerer.channel.shutdown(socket.SHUT_WR)
    return 0.0
