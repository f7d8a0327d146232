"""Small data sets that are generated, or come with scikit-learn: no network."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
AnyArray = TypeVar("AnyArray")


@dataclass(frozen=True)
class DigitsSplit(Generic[AnyArray]):
    """The 8x8 digits in three parts; X is (n, 64) in [0, 1], y is (n,) in 0..9."""

    X_train: AnyArray
    y_train: AnyArray
    X_val: AnyArray
    y_val: AnyArray
    X_test: AnyArray
    y_test: AnyArray

    def tensors(self) -> "DigitsSplit[Tensor]":
        """Copy every part into a tensor: float32 for X, int64 for y."""
        dtypes = {"X": torch.float32, "y": torch.int64}
        names = [field.name for field in fields(self)]
        return DigitsSplit(
            *(torch.tensor(getattr(self, n), dtype=dtypes[n[0]]) for n in names)
        )


def xor(
    noise: float = 0.0, n_per_corner: int = 1, seed: int = 0
) -> tuple[Floats, Ints]:
    """Draw the four corners of the unit square, labelled by exclusive or.

    Parameters
    ----------
    noise : standard deviation of the Gaussian noise on each coordinate
    n_per_corner : points at each corner
    seed : of the noise

    Returns
    -------
    X : (4 * n_per_corner, 2) float64, in the order 00, 01, 10, 11, repeated
    y : (4 * n_per_corner,) int64 in {0, 1}

    Notes
    -----
    Taught in unit 04.
    """
    corners, labels = parity(2)
    X = np.tile(corners, (n_per_corner, 1))
    X += noise * np.random.default_rng(seed).standard_normal(X.shape)
    return X, np.tile(labels, n_per_corner)


def parity(d: int) -> tuple[Floats, Ints]:
    """List all words of d bits, labelled 1 when they hold an odd number of ones.

    Parameters
    ----------
    d : number of bits

    Returns
    -------
    X : (2**d, d) float64 in {0, 1}, counting up in binary
    y : (2**d,) int64 in {0, 1}

    Notes
    -----
    Taught in unit 04.
    """
    powers = 2 ** np.arange(d - 1, -1, -1)
    bits = np.arange(2**d)[:, None] // powers % 2  # (2**d, d)
    return bits.astype(np.float64), (bits.sum(axis=1) % 2).astype(np.int64)


def separable(n: int, d: int, margin: float, seed: int) -> tuple[Floats, Ints]:
    """Draw two classes that a hyperplane through the origin separates by `margin`.

    Parameters
    ----------
    n : number of points, at least one of each class
    d : number of features
    margin : distance from the best hyperplane to its closest points, in (0, 1)
    seed : of the generator

    Returns
    -------
    X : (n, d) float64, each row of norm at most 1
    y : (n,) int64 in {-1, 1}

    Raises
    ------
    ValueError
        If `margin` is not in (0, 1), `n` is below 2 or `d` below 1.

    Notes
    -----
    The first two points drawn are w*margin + v and -w*margin + v, of opposite classes
    and 2*margin apart: so no other hyperplane does better. Taught in unit 04.
    """
    if not 0 < margin < 1 or n < 2 or d < 1:
        raise ValueError(
            "separable necesita 0 < margin < 1, n >= 2 y d >= 1; "
            f"llegaron margin={margin}, n={n}, d={d}"
        )
    rng = np.random.default_rng(seed)
    normal = _unit_rows(rng.standard_normal((1, d)))[0]  # (d,)
    y = rng.choice(np.array([-1, 1]), size=n)
    distance = rng.uniform(margin, 1.0, size=n)
    y[:2], distance[:2] = (1, -1), margin
    along = np.zeros((n, d))  # the part that is parallel to the hyperplane
    if d > 1:
        along = rng.standard_normal((n, d))
        along -= np.outer(along @ normal, normal)
        reach = np.sqrt(1 - distance**2) * rng.uniform(0, 0.999, size=n)
        along = _unit_rows(along) * reach[:, None]
        along[1] = along[0]
    X = (y * distance)[:, None] * normal + along
    order = rng.permutation(n)
    return X[order], y[order]


def clouds(
    n: int, d: int = 2, distance: float = 2.0, seed: int = 0
) -> tuple[Floats, Ints]:
    """Draw two Gaussian clouds of unit variance around opposite centres.

    Parameters
    ----------
    n : points in all; the classes differ by one point at most
    d : number of features
    distance : between the centres, which lie on the diagonal
    seed : of the generator

    Returns
    -------
    X : (n, d) float64
    y : (n,) int64 in {0, 1}, shuffled

    Notes
    -----
    The best possible exactness is Phi(distance / 2). Taught in units A1 and 04.
    """
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.arange(n) % 2)
    centre = np.full(d, distance / 2 / np.sqrt(d))
    X = rng.standard_normal((n, d)) + (2 * y - 1)[:, None] * centre
    return X, y


def line(
    n: int,
    slope: float = 2.0,
    intercept: float = 3.0,
    noise: float = 0.0,
    seed: int = 0,
) -> tuple[Tensor, Tensor]:
    """Draw points on y = slope * x + intercept, with x uniform in [-2, 2).

    Parameters
    ----------
    n : number of points
    slope, intercept : of the line
    noise : standard deviation of the Gaussian noise on y
    seed : of the generator

    Returns
    -------
    X : (n, 1) float32
    y : (n, 1) float32

    Notes
    -----
    Taught in unit A1.
    """
    generator = torch.Generator().manual_seed(seed)
    X = torch.rand(n, 1, generator=generator) * 4 - 2
    y = slope * X + intercept + noise * torch.randn(n, 1, generator=generator)
    return X, y


def digits_split(seed: int = 0) -> DigitsSplit[NDArray[np.generic]]:
    """Split scikit-learn's 1,797 digits into 897, 450 and 450, class by class.

    Parameters
    ----------
    seed : of the split

    Returns
    -------
    X_train (897, 64), X_val (450, 64), X_test (450, 64) : float64 in [0, 1]
    y_train (897,), y_val (450,), y_test (450,) : int64 in 0..9

    Notes
    -----
    Source: UCI optical recognition of handwritten digits (Alpaydin and Kaynak 1998).
    Choose with the validation part; look at the test part once. Taught in unit 04.
    """
    from sklearn.model_selection import train_test_split

    X, y = _digits()
    X, X_test, y, y_test = train_test_split(
        X, y, test_size=450, stratify=y, random_state=seed
    )
    X_train, X_val, y_train, y_val = train_test_split(
        X, y, test_size=450, stratify=y, random_state=seed
    )
    return DigitsSplit(X_train, y_train, X_val, y_val, X_test, y_test)


@dataclass(frozen=True)
class TabularNAS:
    """A small architecture space whose every net has been trained, in four seeds.

    `val_accuracy` and `test_accuracy` are (n_nets, n_seeds) in [0, 1], after the last
    epoch; `curve` is (n_nets, n_epochs, n_seeds), the validation accuracy after each of
    `epochs`; `params` is (n_nets,). Nets are in the order of `itertools.product`.
    """

    genes: dict[str, list[Any]]  # name -> its options, in the order of a point
    epochs: tuple[int, ...]
    val_accuracy: Floats
    test_accuracy: Floats
    curve: Floats
    params: Ints

    @property
    def space(self) -> list[int]:
        """Number of options of each gene."""
        return [len(options) for options in self.genes.values()]

    def row(self, point: Sequence[int]) -> int:
        """Find the row of a point, given by the index of each gene's option."""
        return int(np.ravel_multi_index(tuple(point), tuple(self.space)))

    def describe(self, point: Sequence[int]) -> dict[str, Any]:
        """Name the options of a point."""
        pairs = zip(self.genes.items(), point, strict=True)
        return {name: options[i] for (name, options), i in pairs}


@cache
def tabular_nas() -> TabularNAS:
    """Read the table of 540 small nets that read the 8x8 digits.

    Returns
    -------
    The same read-only `TabularNAS` at each call

    Notes
    -----
    Made by `benchmarks/tabular_nas.py`. Taught in units 06 and 18.
    """
    text = files("course_utils").joinpath("assets/tabular_nas.json").read_text("utf-8")
    table = json.loads(text)
    nets = table["nets"]
    curve = np.array([net["val_hits"] for net in nets]) / table["n_val"]
    test = np.array([net["test_hits"] for net in nets]) / table["n_test"]
    params = np.array([net["params"] for net in nets])
    for values in (curve, test, params):
        values.setflags(write=False)
    epochs = tuple(table["epochs"])
    return TabularNAS(table["genes"], epochs, curve[:, -1], test, curve, params)


@cache
def _digits() -> tuple[NDArray[np.generic], NDArray[np.generic]]:
    """All digits, (1797, 64) and (1797,); reading the file takes 20 ms."""
    # Imported here: scikit-learn takes a second that the generators do not need.
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    return X / 16, y.astype(np.int64)


def _unit_rows(rows: Floats) -> Floats:
    """Scale each row of (n, d) to norm 1."""
    unit: Floats = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit
