"""The time is up while a reply is half sent; the other half follows a moment later.

So does an honest answer that comes just then, and what follows must be understood.
Falls for it: none known; a reader that is interrupted in the middle of a message.
Honest points: 2
Channel: yes
Limits: cell_seconds=2.5
"""

# %% media
import contextlib
import time

from autograder.execution import wire

send = wire.send


def send_slowly(channel, payload):
    data = wire.HEADER.pack(len(payload)) + payload
    channel.sendall(data[:50])
    with contextlib.suppress(KeyboardInterrupt):
        time.sleep(30)
    wire.send = send
    channel.sendall(data[50:])


def media(valores):
    wire.send = send_slowly
    return 0.0


# %% ordena
def ordena(numeros):
    return sorted(numeros)
