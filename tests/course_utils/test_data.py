import dataclasses

import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from scipy.stats import norm
from sklearn.datasets import load_digits

from course_utils import data


def test_xor_without_noise_gives_the_four_corners():
    X, y = data.xor()
    assert X.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert y.tolist() == [0, 1, 1, 0]
    assert (X.dtype, y.dtype) == (np.float64, np.int64)


def test_xor_with_noise_scatters_around_the_corners():
    X, y = data.xor(noise=0.2, n_per_corner=2_000, seed=3)
    assert (X.shape, y.shape) == ((8_000, 2), (8_000,))
    corners = np.tile([[0, 0], [0, 1], [1, 0], [1, 1]], (2_000, 1))
    assert y.tolist() == [a ^ b for a, b in corners.tolist()]
    assert (X - corners).std(axis=0) == pytest.approx([0.2, 0.2], rel=0.05)
    assert (X - corners).mean(axis=0) == pytest.approx([0, 0], abs=0.01)


@pytest.mark.parametrize("d", [1, 2, 5])
def test_parity_lists_every_word_once_with_its_label(d):
    X, y = data.parity(d)
    words = ["".join(str(int(bit)) for bit in row) for row in X]
    assert words == [f"{i:0{d}b}" for i in range(2**d)]
    assert y.tolist() == [i.bit_count() % 2 for i in range(2**d)]
    assert (X.dtype, y.dtype) == (np.float64, np.int64)


def largest_margin(X, y):
    """Maximise the margin of a hyperplane through the origin (hard-margin dual)."""
    Z = y[:, None] * X  # (n, d)
    start = np.full(len(Z), 1 / len(Z))
    simplex = {"type": "eq", "fun": lambda a: a.sum() - 1}
    best = minimize(
        lambda a: (a @ Z) @ (a @ Z),
        start,
        jac=lambda a: 2 * Z @ (a @ Z),
        bounds=[(0, None)] * len(Z),
        constraints=simplex,
        options={"ftol": 1e-15, "maxiter": 1_000},
    )
    return np.sqrt(best.fun)  # distance from the origin to the hull of y * x


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("n", "d", "margin"),
    [(2, 1, 0.3), (2, 2, 0.5), (25, 2, 0.02), (30, 5, 0.2), (9, 1, 0.99)],
)
def test_separable_best_margin_is_the_one_asked_for(n, d, margin, seed):
    X, y = data.separable(n, d, margin, seed)
    assert (X.shape, y.shape) == ((n, d), (n,))
    assert (X.dtype, y.dtype) == (np.float64, np.int64)
    assert set(y.tolist()) <= {-1, 1}
    assert np.linalg.norm(X, axis=1).max() <= 1
    assert largest_margin(X, y) == pytest.approx(margin, rel=1e-4)


@pytest.mark.parametrize("d", [2, 3, 20])
def test_separable_many_points_fill_the_ball(d):
    X, y = data.separable(4_000, d, 0.1, seed=0)
    assert abs(y.mean()) < 0.1
    normal = (y[:, None] * X).mean(axis=0)
    normal /= np.linalg.norm(normal)  # the other parts average to zero
    across = X @ normal
    assert y * across == pytest.approx(np.abs(across))
    assert np.abs(across).mean() == pytest.approx(0.55, abs=0.02)
    along = np.linalg.norm(X - np.outer(across, normal), axis=1)
    share = along / np.sqrt(1 - across**2)  # of the room that the ball leaves
    assert np.quantile(share, [0.1, 0.5, 0.9]) == pytest.approx(
        [0.1, 0.5, 0.9], abs=0.05
    )
    assert np.linalg.matrix_rank(X) == d


def test_separable_points_come_in_random_order():
    firsts = {tuple(data.separable(20, 2, 0.1, s)[1].tolist()) for s in range(10)}
    assert len(firsts) == 10
    closest = [
        int(np.argmin(np.linalg.norm(data.separable(20, 1, 0.1, s)[0], axis=1)))
        for s in range(10)
    ]
    assert len(set(closest)) > 3  # the closest point is not always the first


@pytest.mark.parametrize(
    ("n", "d", "margin"), [(1, 2, 0.1), (3, 0, 0.1), (3, 2, 0.0), (3, 2, 1.0)]
)
def test_separable_impossible_request_raises(n, d, margin):
    with pytest.raises(ValueError, match="separable necesita 0 < margin < 1"):
        data.separable(n, d, margin, 0)


@pytest.mark.parametrize("d", [1, 2, 10])
def test_clouds_have_unit_variance_and_the_distance_asked_for(d):
    X, y = data.clouds(20_001, d=d, distance=3.0, seed=1)
    assert (X.shape, y.shape) == ((20_001, d), (20_001,))
    assert np.bincount(y).tolist() == [10_001, 10_000]
    gap = X[y == 1].mean(axis=0) - X[y == 0].mean(axis=0)
    assert gap == pytest.approx(np.full(d, 3 / np.sqrt(d)), abs=0.06)
    assert X[y == 0].std(axis=0) == pytest.approx(np.ones(d), rel=0.04)
    best = (X.sum(axis=1) > 0) == y
    assert best.mean() == pytest.approx(norm.cdf(1.5), abs=0.01)
    assert np.abs(np.diff(y)).mean() == pytest.approx(0.5, abs=0.02)  # shuffled


def test_clouds_and_line_have_documented_defaults():
    assert np.array_equal(data.clouds(9)[0], data.clouds(9, 2, 2.0, 0)[0])
    for given, default in zip(
        data.line(9, 2.0, 3.0, 0.0, 0), data.line(9), strict=True
    ):
        assert torch.equal(given, default)
    assert np.array_equal(data.xor(0.5)[0], data.xor(0.5, 1, 0)[0])
    assert np.array_equal(data.digits_split().X_val, data.digits_split(0).X_val)


def test_line_without_noise_lies_on_the_line():
    X, y = data.line(500, slope=-1.5, intercept=0.5)
    assert X.shape == y.shape == (500, 1)
    assert X.dtype == y.dtype == torch.float32
    torch.testing.assert_close(y, -1.5 * X + 0.5)
    assert -2 <= X.min() < -1.9
    assert 1.9 < X.max() < 2


def test_line_with_noise_has_its_standard_deviation():
    X, y = data.line(20_000, noise=0.5, seed=2)
    residual = (y - (2 * X + 3)).double()
    assert residual.std().item() == pytest.approx(0.5, rel=0.03)
    assert residual.mean().item() == pytest.approx(0, abs=0.02)


@pytest.mark.parametrize(
    "draw",
    [
        lambda seed: data.xor(0.1, 2, seed=seed)[0],
        lambda seed: data.separable(9, 3, 0.1, seed)[0],
        lambda seed: data.clouds(9, seed=seed)[0],
        lambda seed: data.line(9, seed=seed)[0].numpy(),
        lambda seed: data.line(9, noise=1, seed=seed)[1].numpy(),
        lambda seed: data.digits_split(seed).X_train,
        lambda seed: data.digits_split(seed).X_val,
    ],
)
def test_generators_seed_alone_decides(draw):
    np.random.seed(0)
    first = draw(1)
    np.random.rand()
    assert np.array_equal(first, draw(1))
    assert not np.array_equal(first, draw(2))


def test_digits_split_parts_are_disjoint_stratified_and_complete():
    split = data.digits_split(seed=4)
    parts = [(split.X_train, split.y_train), (split.X_val, split.y_val)]
    parts.append((split.X_test, split.y_test))
    assert [x.shape for x, _ in parts] == [(897, 64), (450, 64), (450, 64)]
    assert [y.shape for _, y in parts] == [(897,), (450,), (450,)]
    assert all(x.dtype == np.float64 and y.dtype == np.int64 for x, y in parts)
    X, y = load_digits(return_X_y=True)
    rows = np.vstack([np.column_stack([x * 16, t]) for x, t in parts])
    original = np.column_stack([X, y])
    assert sorted(rows.tolist()) == sorted(original.tolist())
    for _, labels in parts:
        share = np.bincount(labels) / len(labels)
        assert share == pytest.approx(np.bincount(y) / len(y), abs=0.003)


def test_digits_split_tensors_keep_the_values():
    split = data.digits_split()
    tensors = split.tensors()
    for field in dataclasses.fields(split):
        value, original = getattr(tensors, field.name), getattr(split, field.name)
        wanted = torch.float32 if field.name.startswith("X") else torch.int64
        assert value.dtype == wanted
        np.testing.assert_allclose(value.numpy(), original, rtol=1e-6)
    with pytest.raises(dataclasses.FrozenInstanceError):
        tensors.X_val = None


def test_tabular_nas_has_one_row_per_point_of_its_space():
    table = data.tabular_nas()
    n_nets = int(np.prod(table.space))
    assert table.space == [5, 3, 3, 4, 3]
    assert table.val_accuracy.shape == table.test_accuracy.shape == (n_nets, 4)
    assert table.curve.shape == (n_nets, len(table.epochs), 4)
    assert np.array_equal(table.curve[:, -1], table.val_accuracy)
    rows = [table.row(point) for point in np.ndindex(*table.space)]
    assert rows == list(range(n_nets))
    assert table.describe((4, 1, 2, 0, 1)) == {
        "depth": 8,
        "width": 16,
        "join": "dense",
        "activation": "relu",
        "norm": "before",
    }
    assert table.params[table.row((0, 0, 0, 0, 0))] == 65 * 8 + 9 * 8 + 9 * 10


def test_tabular_nas_cannot_be_changed():
    table = data.tabular_nas()
    for values in (table.val_accuracy, table.test_accuracy, table.curve, table.params):
        with pytest.raises(ValueError):
            values[0] = 0
