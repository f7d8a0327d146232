import random

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from course_utils import training
from course_utils.checks import expect_rng_untouched, expect_unchanged
from course_utils.models import MLP
from course_utils.training import accuracy, fit, mean_squared_error, seed_everything


def network(dims=(5, 8, 3), seed=0, **kwargs):
    return MLP(dims, generator=torch.Generator().manual_seed(seed), **kwargs)


def classes(n=50, seed=1):
    generator = torch.Generator().manual_seed(seed)
    X = torch.randn(n, 5, generator=generator)
    return X, X[:, :3].argmax(dim=1)


def reference_fit(model, X, y, epochs, batch_size, seed, optimizer, loss):
    """Train with plain slices of the same permutations; every batch loss is kept."""
    generator, losses = torch.Generator().manual_seed(seed), []
    for _ in range(epochs):
        order, batches = torch.randperm(len(X), generator=generator), []
        for start in range(0, len(X), batch_size):
            rows = order[start : start + batch_size]
            value = loss(model(X[rows]), y[rows])
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
            batches.append((value.item(), len(rows)))
        values, sizes = zip(*batches, strict=True)
        losses.append(np.average(values, weights=sizes))
    return losses


OPTIMIZERS = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.05, weight_decay=0.1),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, weight_decay=0.1),
    "adam": lambda p: torch.optim.Adam(p, lr=0.05, weight_decay=0.1),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.05, weight_decay=0.1),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_fit_with_a_ragged_last_batch_equals_a_plain_loop(name):
    X, y = classes(50)
    model, reference = network(), network()
    optimizer = OPTIMIZERS[name](reference.parameters())
    expected = reference_fit(reference, X, y, 3, 16, 7, optimizer, F.cross_entropy)
    history = fit(
        *(model, X, y),
        epochs=3,
        lr=0.05,
        batch_size=16,
        optimizer=name,
        weight_decay=0.1,
        seed=7,
    )
    assert history.loss == pytest.approx(expected, rel=1e-6)
    torch.testing.assert_close(model.state_dict(), reference.state_dict())
    assert history.val_loss == history.val_accuracy == []


def test_fit_by_default_is_adam_without_decay_in_batches_of_64():
    X, y = classes(100)
    model, reference = network(), network()
    optimizer = torch.optim.Adam(reference.parameters(), lr=1e-3)
    expected = reference_fit(reference, X, y, 2, 64, 0, optimizer, F.cross_entropy)
    assert fit(model, X, y, epochs=2).loss == pytest.approx(expected, rel=1e-6)


def test_fit_float_targets_minimises_the_squared_error():
    X = torch.linspace(-1, 1, 40)[:, None]
    y = 2 * X + 3
    model = network((1, 1))
    history = fit(model, X, y, epochs=150, lr=0.1, optimizer="sgd", batch_size=8)
    assert history.loss[-1] < 1e-8
    assert model.layers[0].weight.item() == pytest.approx(2, abs=1e-3)
    assert model.layers[0].bias.item() == pytest.approx(3, abs=1e-3)


def test_fit_given_a_loss_uses_it_in_training_and_validation():
    X, y = classes(20)
    target = (y == 0).float()[:, None]
    model = network((5, 1))
    calls = []

    def loss(output, wanted):
        calls.append((output.requires_grad, tuple(wanted.shape)))
        return F.binary_cross_entropy_with_logits(output, wanted)

    history = fit(
        *(model, X, target),
        epochs=1,
        batch_size=10,
        loss=loss,
        X_val=X[:6],
        y_val=target[:6],
    )
    assert calls == [(True, (10, 1)), (True, (10, 1)), (False, (6, 1))]
    expected = F.binary_cross_entropy_with_logits(model(X[:6]), target[:6])
    assert history.val_loss == pytest.approx([expected.item()])
    assert history.val_accuracy == []


def test_fit_validation_is_measured_in_evaluation_mode_after_each_epoch():
    X, y = classes(40)
    X_val, y_val = classes(30, seed=2)
    model = nn.Sequential(nn.Linear(5, 9), nn.BatchNorm1d(9), nn.Linear(9, 3))
    history = fit(model, X, y, epochs=4, lr=0.1, X_val=X_val, y_val=y_val)
    assert model.training
    assert all(module.training for module in model.modules())
    model.eval()
    with torch.no_grad():
        output = model(X_val)
    assert len(history.val_loss) == len(history.val_accuracy) == 4
    assert history.val_loss[-1] == pytest.approx(F.cross_entropy(output, y_val).item())
    hits = (output.argmax(dim=1) == y_val).float().mean().item()
    assert history.val_accuracy[-1] == pytest.approx(hits)
    assert len(set(history.val_loss)) == 4


def test_fit_validation_does_not_change_what_is_learned():
    X, y = classes(40)
    X_val, y_val = classes(30, seed=2)
    alone, watched = network(), network()
    fit(alone, X, y, epochs=3)
    fit(watched, X, y, epochs=3, X_val=X_val, y_val=y_val)
    torch.testing.assert_close(alone.state_dict(), watched.state_dict(), rtol=0, atol=0)


def test_fit_starts_in_training_mode():
    X, y = classes(20)
    model = nn.Sequential(nn.BatchNorm1d(5), nn.Linear(5, 3)).eval()
    fit(model, X, y, epochs=1)
    assert model[0].running_mean.any()


def test_fit_numpy_data_equals_tensors():
    X, y = classes(30)
    first, second = network(), network()
    fit(first, X, y, epochs=2)
    arrays = (X.double().numpy(), y.numpy().astype(np.uint8))
    with expect_unchanged(*arrays):
        fit(second, *arrays, epochs=2, X_val=arrays[0], y_val=arrays[1])
    torch.testing.assert_close(first.state_dict(), second.state_dict())


def test_fit_integer_inputs_stay_integers():
    model = nn.Sequential(nn.Embedding(7, 4), nn.Flatten(), nn.Linear(8, 2))
    tokens = torch.arange(12).reshape(6, 2) % 7
    history = fit(model, tokens, torch.arange(6) % 2, epochs=30, lr=0.1)
    assert history.loss[-1] < history.loss[0] / 10


def test_fit_float64_model_takes_float32_data():
    X = torch.linspace(-1, 1, 10)[:, None]
    model = network((1, 1)).double()
    fit(model, X, X, epochs=1)
    assert model.layers[0].weight.dtype == torch.float64


def test_fit_seed_alone_decides_the_order():
    X, y = classes(50)
    losses = []
    for seed in (0, 0, 1):
        torch.rand(3)
        model = network()
        with expect_rng_untouched():
            losses.append(fit(model, X, y, epochs=2, batch_size=8, seed=seed).loss)
    assert losses[0] == losses[1]
    assert losses[0] != losses[2]


def test_fit_each_epoch_has_its_own_order():
    X = torch.arange(20.0)[:, None]
    seen = []

    def loss(output, target):
        seen.append(target[:, 0].tolist())
        return mean_squared_error(output, target)

    fit(network((1, 1)), X, X, epochs=2, batch_size=10, lr=0.0, loss=loss)
    first, second = seen[0] + seen[1], seen[2] + seen[3]
    assert sorted(first) == sorted(second) == X[:, 0].tolist()
    assert first != second
    assert first != sorted(first)


def test_fit_frozen_layer_keeps_every_bit():
    X, y = classes(50)
    model = network()
    model.layers[0].requires_grad_(False)
    before = model.layers[0].weight.clone()
    start = model.layers[1].weight.detach().clone()
    fit(model, X, y, epochs=2, weight_decay=0.1, optimizer="adamw")
    assert torch.equal(model.layers[0].weight, before)
    assert not torch.equal(model.layers[1].weight, start)


@pytest.mark.parametrize("progress", [True, False])
def test_fit_progress_shows_a_bar_only_when_asked(monkeypatch, progress):
    calls = []

    def bar(epochs, **kwargs):
        calls.append((list(epochs), kwargs["disable"], kwargs["leave"]))
        return epochs

    monkeypatch.setattr(training, "tqdm", bar)
    fit(network(), *classes(5), epochs=3, progress=progress)
    assert calls == [([0, 1, 2], not progress, False)]


def test_fit_progress_default_is_silent(capfd):
    fit(network(), *classes(5), epochs=1)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"optimizer": "lion"}, "optimizador «lion» desconocido; elige: sgd"),
        ({"y": torch.zeros(4, dtype=torch.int64)}, "llegaron 5 y 4"),
        ({"X": torch.zeros(0, 5), "y": torch.zeros(0)}, "llegaron 0 y 0"),
        ({"X_val": torch.zeros(2, 5)}, "da X_val e y_val juntos"),
        ({"y_val": torch.zeros(2)}, "da X_val e y_val juntos"),
        ({"y": torch.zeros(5)}, r"forma \(5, 3\) y el objetivo \(5,\)"),
    ],
)
def test_fit_wrong_argument_raises(change, text):
    X, y = classes(5)
    with pytest.raises(ValueError, match=text):
        fit(network(), **({"X": X, "y": y, "epochs": 1} | change))


def test_mean_squared_error_equals_numpy():
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, 6, 3))
    value = mean_squared_error(torch.from_numpy(a), torch.from_numpy(b))
    assert value.item() == pytest.approx(((a - b) ** 2).mean())


@pytest.mark.parametrize("shapes", [((4, 1), (4,)), ((4,), (4, 1)), ((4, 1), (1, 1))])
def test_mean_squared_error_shapes_that_broadcast_raise(shapes):
    with pytest.raises(ValueError, match="deben ser iguales"):
        mean_squared_error(*(torch.zeros(shape) for shape in shapes))


class Fixed(nn.Module):
    """Answer with the input itself, or with its only column flattened."""

    def __init__(self, flat=False):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1))
        self.flat = flat

    def forward(self, x):
        output = x * self.scale
        return output[:, 0] if self.flat else output


def test_accuracy_of_several_classes_counts_the_largest_score():
    scores = torch.tensor([[1.0, 2, 0], [3, 0, 0], [0, 0, 1], [0, 5, 1]])
    assert accuracy(Fixed(), scores, torch.tensor([1, 0, 2, 2])) == 0.75


@pytest.mark.parametrize("flat", [True, False])
@pytest.mark.parametrize("column", [True, False])
def test_accuracy_of_one_logit_is_cut_at_zero(flat, column):
    logits = torch.tensor([[-1.0], [0.3], [2.0], [-0.2], [0.0]])
    y = torch.tensor([0, 1, 1, 1, 0])
    value = accuracy(Fixed(flat), logits, y[:, None] if column else y)
    assert value == pytest.approx(0.8)


def test_accuracy_keeps_the_mode_of_every_module_and_the_statistics():
    model = nn.Sequential(nn.BatchNorm1d(5), nn.Dropout(0.5), nn.Linear(5, 3))
    model[0].eval()
    X, y = classes(20)
    with expect_rng_untouched(), expect_unchanged(model.state_dict()):
        accuracy(model, X, y)
    assert [m.training for m in model.modules()] == [True, False, True, True]


def test_accuracy_model_fails_restores_the_mode():
    model = network()
    with pytest.raises(RuntimeError, match="mat1 and mat2"):
        accuracy(model, torch.zeros(2, 4), torch.zeros(2))
    assert model.training
    assert torch.is_grad_enabled()


def test_seed_everything_repeats_all_three_generators():
    def draw():
        return random.random(), np.random.rand(), torch.rand(1).item()

    seed_everything(3)
    first = draw()
    seed_everything(3)
    assert draw() == first
    seed_everything(4)
    assert all(a != b for a, b in zip(draw(), first, strict=True))
