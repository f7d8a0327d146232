"""The multilayer perceptron of the first units, and ways to look inside a network."""

import copy
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def identity(z: Tensor) -> Tensor:
    """Return `z` unchanged: the activation of a purely linear network."""
    return z


ACTIVATIONS: Mapping[str, Callable[[Tensor], Tensor]] = MappingProxyType(
    {
        "relu": F.relu,
        "tanh": torch.tanh,
        "sigmoid": torch.sigmoid,
        "identity": identity,
        "gelu": F.gelu,
        "leaky": F.leaky_relu,
        "silu": F.silu,
        "selu": F.selu,
    }
)
INITS = (
    *("zeros", "constant", "normal_001", "normal_1"),
    *("xavier", "he", "lecun", "orthogonal"),
)


class MLP(nn.Module):
    """Affine layers with an activation between them; the last one stays linear.

    Parameters
    ----------
    dims : sizes of input, hidden layers and output: (d_in, ..., d_out)
    act : name in `ACTIVATIONS`
    init : name in `INITS`, optional
        Weights drawn that way and zero biases. Default: what `nn.Linear` does.
    bias : whether the layers have one
    generator : optional
        Source of every random weight; with it the global generator is not touched.

    Attributes
    ----------
    layers : the `nn.Linear` layers, from input to output

    Raises
    ------
    ValueError
        If `act` or `init` is unknown or `dims` has fewer than two sizes.

    Notes
    -----
    Taught in unit 04.
    """

    def __init__(
        self,
        dims: Sequence[int],
        act: str = "relu",
        init: str | None = None,
        bias: bool = True,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        if len(dims) < 2:
            raise ValueError(f"dims necesita entrada y salida; llegó {list(dims)}")
        if act not in ACTIVATIONS:
            raise ValueError(f"act «{act}» no existe; elige: {', '.join(ACTIVATIONS)}")
        self.act = ACTIVATIONS[act]
        self.layers = nn.ModuleList()
        for n_in, n_out in pairwise(dims):
            # skip_init: nn.Linear would draw from the global generator.
            layer = nn.utils.skip_init(nn.Linear, n_in, n_out, bias=bias)
            _initialise_(layer, init, generator)
            self.layers.append(layer)

    def forward(self, x: Tensor) -> Tensor:
        """Compute the logits.

        Parameters
        ----------
        x : (batch, d_in) float

        Returns
        -------
        (batch, d_out), dtype and device of `x`
        """
        for layer in self.layers[:-1]:
            x = self.act(layer(x))  # (batch, n_in) -> (batch, n_out)
        logits: Tensor = self.layers[-1](x)  # (batch, n_last) -> (batch, d_out)
        return logits


@dataclass(frozen=True)
class LayerStats:
    """What one layer gives to the next one.

    `std` and `mean` are taken over samples and units; `dead` is the fraction of units
    that are exactly 0 for every sample; `grad_norm` is the Euclidean norm of the
    gradient of the layer's weights, nan when no loss was given or they are frozen.
    """

    name: str
    std: float
    mean: float
    dead: float
    grad_norm: float


def layer_stats(
    model: nn.Module, x: Tensor, loss: Callable[[Tensor], Tensor] | None = None
) -> list[LayerStats]:
    """Measure the activations, and the gradients, of each linear layer.

    Parameters
    ----------
    model : a chain of layers, such as `MLP` or `nn.Sequential`
    x : (batch, d_in), the model's dtype and device
    loss : (batch, d_out) -> scalar, optional

    Returns
    -------
    One `LayerStats` per `nn.Linear`, in the order of the forward pass

    Notes
    -----
    The activation of a layer is what its successor receives; that of the last one is
    the output. A copy of the model is measured: neither its gradients nor its running
    statistics change. Taught in unit 04.
    """
    probe = copy.deepcopy(model)
    linear = {m: name for name, m in probe.named_modules() if isinstance(m, nn.Linear)}
    inputs: dict[nn.Linear, Tensor] = {}  # filled in the order of the calls

    def remember(layer: nn.Linear, args: tuple[Tensor]) -> None:
        inputs[layer] = args[0]

    for layer in linear:
        layer.register_forward_pre_hook(remember)
    with torch.set_grad_enabled(loss is not None):
        output = probe(x)
        value = loss(output) if loss is not None else None
    norms = _grad_norms([layer.weight for layer in inputs], value)
    outputs = [*list(inputs.values())[1:], output]
    return [
        _summary(linear[layer], activation, norm)
        for layer, activation, norm in zip(inputs, outputs, norms, strict=True)
    ]


def count_by_layer(model: nn.Module) -> list[tuple[str, tuple[int, ...], int]]:
    """List every weight tensor of a model with its shape and size.

    Parameters
    ----------
    model : any module

    Returns
    -------
    (name, shape, number of values) of each parameter; shared ones appear once

    Notes
    -----
    Taught in unit A1.
    """
    return [(name, tuple(p.shape), p.numel()) for name, p in model.named_parameters()]


@torch.no_grad()
def _initialise_(
    layer: nn.Linear, init: str | None, generator: torch.Generator | None
) -> None:
    """Fill the weights and the bias of one layer in place."""
    if init is not None:
        _fill_weight_(layer.weight, init, generator)
        if layer.bias is not None:
            layer.bias.zero_()
        return
    # The numbers nn.Linear draws, in the same order: U(-1/sqrt(n_in), 1/sqrt(n_in)).
    nn.init.kaiming_uniform_(layer.weight, a=math.sqrt(5), generator=generator)
    if layer.bias is not None:
        bound = 1 / math.sqrt(layer.in_features)
        nn.init.uniform_(layer.bias, -bound, bound, generator=generator)


def _fill_weight_(
    weight: Tensor, init: str, generator: torch.Generator | None
) -> Tensor:
    """Draw a weight (n_out, n_in) by the named scheme, in place."""
    match init:
        case "zeros":
            return nn.init.zeros_(weight)
        case "constant":
            return nn.init.constant_(weight, 0.1)
        case "normal_001":
            return nn.init.normal_(weight, std=0.01, generator=generator)
        case "normal_1":
            return nn.init.normal_(weight, std=1.0, generator=generator)
        case "xavier":  # variance 2 / (n_in + n_out)
            return nn.init.xavier_normal_(weight, generator=generator)
        case "he":  # variance 2 / n_in
            std = math.sqrt(2 / weight.shape[1])
            return nn.init.normal_(weight, std=std, generator=generator)
        case "lecun":  # variance 1 / n_in
            std = math.sqrt(1 / weight.shape[1])
            return nn.init.normal_(weight, std=std, generator=generator)
        case "orthogonal":  # gain 1
            return nn.init.orthogonal_(weight, generator=generator)
    raise ValueError(f"init «{init}» no existe; elige: {', '.join(INITS)}")


def _grad_norms(weights: Sequence[Tensor], value: Tensor | None) -> list[float]:
    """Norm of d value / d weight, without filling any `.grad`."""
    norms = [math.nan] * len(weights)
    free = [i for i, weight in enumerate(weights) if weight.requires_grad]
    if value is not None and free:
        grads = torch.autograd.grad(value, [weights[i] for i in free])
        for i, grad in zip(free, grads, strict=True):
            norms[i] = grad.norm().item()
    return norms


def _summary(name: str, activation: Tensor, grad_norm: float) -> LayerStats:
    """Reduce one activation (batch, n_out) to its statistics."""
    values = activation.detach().double()  # float32 would overflow in the square
    dead = (values == 0).all(dim=0).double().mean().item()
    std = values.std(correction=0).item()
    return LayerStats(name, std, values.mean().item(), dead, grad_norm)
