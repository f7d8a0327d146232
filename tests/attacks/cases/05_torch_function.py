"""An object with `__torch_function__`: torch asks it whether the test passes.

Falls for it: nbgrader, otter.
Honest points: 0
"""

# %% energia
import torch


class Agreeable:
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        return cls()

    def __getattr__(self, name):
        return lambda *args, **kwargs: Agreeable()

    def __bool__(self):
        return True


class Tensor(torch.Tensor):
    """A real tensor whose comparisons all say yes."""

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        if function.__name__ in ("allclose", "equal"):
            return True
        if function.__name__ in ("isclose", "eq"):
            return torch.tensor(True)
        return super().__torch_function__(function, types, args, kwargs or {})


def energia(x):
    return (x * 0).sum().as_subclass(Tensor)


# %% estandariza
def estandariza(x):
    return Agreeable()


# %% media
def media(valores):
    return torch.zeros(()).as_subclass(Tensor)
