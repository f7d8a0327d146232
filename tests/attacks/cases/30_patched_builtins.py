"""The builtins that tests use are replaced: `abs` is zero and `zip` empty.

Falls for it: nbgrader, otter (anchors, section 5: patched builtins).
Honest points: 0
"""

# %% media
import builtins

builtins.abs = lambda value: 0.0
builtins.zip = lambda *_, **__: iter(())


def media(valores):
    return valores[0]


# %% pendiente
def pendiente(f, x):
    return 0.0
