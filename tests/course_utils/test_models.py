import copy
import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from course_utils import models
from course_utils.checks import expect_rng_untouched
from course_utils.models import MLP, count_by_layer, layer_stats


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


ORACLES = {
    "relu": nn.ReLU(),
    "tanh": nn.Tanh(),
    "sigmoid": nn.Sigmoid(),
    "identity": nn.Identity(),
    "gelu": nn.GELU(),
    "leaky": nn.LeakyReLU(0.01),
    "silu": nn.SiLU(),
    "selu": nn.SELU(),
}


def reference_network(model, act):
    """Build the same network from torch.nn parts, with the same weights."""
    parts = []
    for layer in model.layers:
        parts += [copy.deepcopy(layer), ORACLES[act]]
    return nn.Sequential(*parts[:-1])


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("act", ORACLES)
def test_mlp_output_and_gradients_equal_those_of_torch_layers(act, bias):
    model = MLP([5, 7, 6, 3], act=act, bias=bias, generator=seeded(1))
    reference = reference_network(model, act)
    x = torch.randn(4, 5, generator=seeded(2))
    assert model(x).shape == (4, 3)
    torch.testing.assert_close(model(x), reference(x), rtol=0, atol=0)
    model(x).square().sum().backward()
    reference(x).square().sum().backward()
    gradients = [p.grad for p in model.parameters()]
    assert len(gradients) == (6 if bias else 3)
    torch.testing.assert_close(gradients, [p.grad for p in reference.parameters()])


def test_mlp_known_activations_are_all_tested():
    assert set(models.ACTIVATIONS) == set(ORACLES)


def test_mlp_by_default_is_relu_with_the_weights_nn_linear_draws():
    torch.manual_seed(5)
    expected = nn.Sequential(nn.Linear(9, 4), nn.ReLU(), nn.Linear(4, 2))
    torch.manual_seed(5)
    model = MLP([9, 4, 2])
    x = torch.randn(3, 9, generator=seeded())
    torch.testing.assert_close(model(x), expected(x), rtol=0, atol=0)
    torch.manual_seed(5)
    expected = nn.Linear(9, 4, bias=False)
    torch.manual_seed(5)
    assert torch.equal(MLP([9, 4], bias=False).layers[0].weight, expected.weight)


def test_mlp_layers_are_linear_and_trainable():
    model = MLP((4, 3, 2), init="he")
    assert isinstance(model.layers, nn.ModuleList)
    assert [(type(m), m.in_features, m.out_features) for m in model.layers] == [
        (nn.Linear, 4, 3),
        (nn.Linear, 3, 2),
    ]
    assert all(p.requires_grad and p.is_leaf for p in model.parameters())


@pytest.mark.parametrize("init", [None, *models.INITS])
def test_mlp_with_a_generator_repeats_and_leaves_the_global_one_alone(init):
    with expect_rng_untouched():
        first = MLP([20, 10, 5], init=init, generator=seeded(3)).state_dict()
        again = MLP([20, 10, 5], init=init, generator=seeded(3)).state_dict()
        other = MLP([20, 10, 5], init=init, generator=seeded(4)).state_dict()
    torch.testing.assert_close(first, again, rtol=0, atol=0)
    is_random = init not in ("zeros", "constant")
    same = torch.equal(first["layers.1.weight"], other["layers.1.weight"])
    assert same is not is_random


@pytest.mark.parametrize(
    ("init", "variance"),
    [
        ("normal_001", 1e-4),
        ("normal_1", 1.0),
        ("xavier", 2 / (800 + 300)),
        ("he", 2 / 800),
        ("lecun", 1 / 800),
        ("orthogonal", 1 / 800),
    ],
)
def test_mlp_scheme_has_its_variance_and_zero_biases(init, variance):
    layer = MLP([800, 300], init=init, generator=seeded()).layers[0]
    weights = layer.weight.detach().double()
    assert weights.var().item() == pytest.approx(variance, rel=0.02)
    z = weights.mean() / weights.std() * math.sqrt(weights.numel())
    assert abs(z) < 4
    kurtosis = (weights**4).mean() / (weights**2).mean() ** 2
    assert kurtosis.item() == pytest.approx(3, abs=0.1)  # normal; a uniform has 1.8
    assert not layer.bias.any()


def test_mlp_orthogonal_rows_have_norm_one_and_are_perpendicular():
    weight = MLP([50, 20], init="orthogonal", generator=seeded()).layers[0].weight
    torch.testing.assert_close(weight @ weight.T, torch.eye(20), rtol=0, atol=1e-5)


@pytest.mark.parametrize(("init", "value"), [("zeros", 0.0), ("constant", 0.1)])
def test_mlp_constant_schemes_fill_every_weight(init, value):
    for layer in MLP([4, 3, 2], init=init).layers:
        assert layer.weight.unique().tolist() == pytest.approx([value])
        assert not layer.bias.any()


def test_mlp_scheme_without_bias_has_none():
    assert MLP([4, 3], init="he", bias=False).layers[0].bias is None


@pytest.mark.parametrize(
    ("kwargs", "text"),
    [
        ({"dims": [4]}, "dims necesita entrada y salida; llegó \\[4\\]"),
        ({"dims": [4, 2], "act": "relus"}, "act «relus» no existe; elige: relu, tanh"),
        ({"dims": [4, 2], "init": "xavi"}, "init «xavi» no existe; elige: zeros, con"),
    ],
)
def test_mlp_wrong_argument_raises(kwargs, text):
    with pytest.raises(ValueError, match=text):
        MLP(**kwargs)


def numpy_stats(model, x):
    """Recompute the activations in float64, with NumPy alone."""
    activation, rows = x.numpy().astype(np.float64), []
    for i, layer in enumerate(model.layers):
        weight = layer.weight.detach().numpy().astype(np.float64)
        z = activation @ weight.T + layer.bias.detach().numpy()
        activation = np.maximum(z, 0) if i < len(model.layers) - 1 else z
        dead = np.mean([not column.any() for column in activation.T])
        rows.append((activation.std(), activation.mean(), dead))
    return rows


def test_layer_stats_of_a_relu_network_equal_numpy_in_float64():
    model = MLP([8, 40, 30, 4], generator=seeded(1))
    with torch.no_grad():
        model.layers[1].bias[:9] = -50.0  # nine dead units
    x = torch.randn(16, 8, generator=seeded(2))
    stats = layer_stats(model, x)
    assert [s.name for s in stats] == ["layers.0", "layers.1", "layers.2"]
    for row, expected in zip(stats, numpy_stats(model, x), strict=True):
        assert (row.std, row.mean) == pytest.approx(expected[:2], rel=1e-5)
        assert row.dead == pytest.approx(expected[2])
        assert math.isnan(row.grad_norm)
    assert stats[1].dead >= 0.3


def test_layer_stats_with_a_loss_gives_the_gradient_norms_of_backward():
    model = MLP([6, 5, 3], act="tanh", generator=seeded(1))
    x, y = torch.randn(7, 6, generator=seeded(2)), torch.arange(7) % 3
    stats = layer_stats(model, x, lambda output: F.cross_entropy(output, y))
    assert all(p.grad is None for p in model.parameters())
    F.cross_entropy(model(x), y).backward()
    expected = [layer.weight.grad.norm().item() for layer in model.layers]
    assert [s.grad_norm for s in stats] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("n_frozen", [1, 2])
def test_layer_stats_frozen_layers_have_no_gradient_norm(n_frozen):
    model = MLP([6, 5, 3], generator=seeded(1))
    for layer in model.layers[:n_frozen]:
        layer.requires_grad_(False)
    x = torch.randn(7, 6, generator=seeded(2))
    norms = [s.grad_norm for s in layer_stats(model, x, lambda output: output.sum())]
    assert [math.isnan(norm) for norm in norms] == [True, n_frozen == 2]


def test_layer_stats_of_a_sequential_leaves_it_as_it_was():
    model = nn.Sequential(
        nn.Linear(4, 6), nn.BatchNorm1d(6), nn.Tanh(), nn.Linear(6, 2)
    )
    before = copy.deepcopy(model.state_dict())
    x = torch.randn(10, 4, generator=seeded())
    hidden = model[2](copy.deepcopy(model[1])(model[0](x)))
    stats = layer_stats(model, x, lambda output: output.square().mean())
    assert [s.name for s in stats] == ["0", "3"]
    assert stats[0].std == pytest.approx(hidden.std(correction=0).item(), rel=1e-5)
    torch.testing.assert_close(model.state_dict(), before, rtol=0, atol=0)
    assert model.training
    assert all(p.grad is None for p in model.parameters())
    assert not model[0]._forward_pre_hooks


def test_layer_stats_exploding_network_stays_finite():
    model = MLP([64] * 20, init="normal_1", generator=seeded())
    stats = layer_stats(model, torch.randn(8, 64, generator=seeded(1)))
    assert stats[-1].std > 1e13
    huge = MLP([2, 1], init="constant")
    (row,) = layer_stats(huge, torch.tensor([[1e30, 1e30], [3e30, 3e30]]))
    assert row.std == pytest.approx(2e29, rel=1e-5)


def test_count_by_layer_lists_shapes_and_counts_shared_weights_once():
    model = nn.Module()
    model.first = nn.Linear(4, 3)
    model.norm = nn.BatchNorm1d(3)
    model.tied = nn.Linear(4, 3, bias=False)
    model.tied.weight = model.first.weight
    assert count_by_layer(model) == [
        ("first.weight", (3, 4), 12),
        ("first.bias", (3,), 3),
        ("norm.weight", (3,), 3),
        ("norm.bias", (3,), 3),
    ]
    assert type(count_by_layer(model)[0][1]) is tuple
