"""Measures of probabilities that more than one unit needs."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def calibration_bins(
    confidence: ArrayLike, correct: ArrayLike, n_bins: int = 10
) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Group predictions by confidence, in bins of equal width.

    Parameters
    ----------
    confidence : (n,) in [0, 1]
    correct : (n,) 0/1 or bool: whether what was announced happened
    n_bins : the first one holds 0 and the last one holds 1

    Returns
    -------
    counts, mean confidence, frequency of `correct`, (n_bins,) each; nan if empty

    Notes
    -----
    Taught in unit 01.
    """
    p, hit = (np.asarray(v, dtype=np.float64) for v in (confidence, correct))
    bins = np.minimum((p * n_bins).astype(np.int64), n_bins - 1)
    counts = np.bincount(bins, minlength=n_bins)
    size = np.where(counts == 0, np.nan, counts)
    sums = (np.bincount(bins, weights=v, minlength=n_bins) for v in (p, hit))
    mean_confidence, frequency = (total / size for total in sums)
    return counts, mean_confidence, frequency


def ece(confidence: ArrayLike, correct: ArrayLike, n_bins: int = 10) -> float:
    """Average the gap between confidence and frequency over the bins.

    Parameters
    ----------
    confidence, correct, n_bins : as in `calibration_bins`, n >= 1

    Returns
    -------
    The expected calibration error, in [0, 1]

    Notes
    -----
    Source: Guo et al. 2017, eq. 5. Taught in unit 01.
    """
    counts, mean_confidence, frequency = calibration_bins(confidence, correct, n_bins)
    gaps = np.abs(mean_confidence - frequency)
    return float(np.nansum(counts * gaps) / counts.sum())
