"""Each message carries states of the random generators: zeros, nonsense, unknown ones.

Falls for it: none known over a channel.
Honest points: 1
Channel: yes
"""

# %% estandariza
import random

import numpy as np
import torch

from autograder.execution.answering import Answerer
from autograder.execution.surfaces import GlobalRandomness


def zeros(self):
    torch_state = torch.default_generator.get_state()
    torch_state[24 : 24 + 624 * 8] = 0
    inner = {"key": bytes(624 * 4), "pos": 624}
    numpy_state = np.random.get_state(legacy=False) | {"state": inner}
    version, words, gauss = random.getstate()
    return {
        "torch": torch_state,
        "numpy": numpy_state,
        "python": (version, (0,) * 624 + words[624:], gauss),
    }


GlobalRandomness.changed = zeros


def estandariza(x):
    return np.array([-1.0, 1.0]) if len(x) == 2 else x / 0


# %% energia
def energia(x):
    return (x * 0).sum()


# %% media
original = Answerer._message
NONSENSE = iter([{"torch": 5}, {"nada": 1}, {"python": (3, (), None)}, [], None] * 9)


def message(self, kind, content, exchange, fields):
    return original(self, kind, content, exchange, fields)


def media(valores):
    fields = {"randomness": next(NONSENSE)}
    Answerer._message = lambda self, *a: original(self, *a[:3], a[3] | fields)
    return 0.0
