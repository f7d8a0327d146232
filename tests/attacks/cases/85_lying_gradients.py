"""Values, leaves and gradients of a call are not those of one computation.

The value comes without graph, the leaf is said to have a gradient, `backward` lies.
Falls for it: none known.
Honest points: 0
Channel: yes
"""

# %% energia
import torch

from autograder.execution.answering import Answerer

record = Answerer._record_call


def lie(self, exchange):
    graph = record(self, exchange)
    return graph | {"inputs": [["input", -1], ["leaf", -1, None, None, False, False]]}


Answerer._record_call = lie
Answerer._backward = lambda self, call, grads: [torch.zeros(1), torch.zeros(1)]


def energia(x):
    if x.requires_grad:
        x.data.zero_()
        x.grad = torch.zeros_like(x)
        return (x * 0).sum()
    return (x * 0).sum().requires_grad_()


# %% estandariza
def estandariza(x):
    return torch.zeros(len(x), requires_grad=True)
