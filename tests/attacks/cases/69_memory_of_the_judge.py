"""A tensor without its bytes: what is in it then is the judge's memory, read back.

It goes to the test's own function, which scales it and gives it back.
Falls for it: none known.
Honest points: 0
Channel: yes
Limits: cell_seconds=3
Never shown: MEMORIA-DEL-JUEZ
"""

# %% pendiente
import torch

from autograder.execution import wire

content, seen = wire.tensor_content, []


def without_bytes(tensor):
    name, shape, data = content(tensor)
    return [name, shape, b"" if tensor.dim() == 1 else data]


def pendiente(f, x):
    wire.tensor_content = without_bytes
    for size in (5, 20, 50, 100, 300, 1000):
        holes = [torch.zeros(size, dtype=torch.float64) for _ in range(20)]
        seen.extend(bool((f(hole) != 0).any()) for hole in holes)
    wire.tensor_content = content
    return 0.0


# %% pendiente_oculta
# %%
if any(seen):
    print("MEMORIA-DEL-" + "JUEZ", sum(seen))
