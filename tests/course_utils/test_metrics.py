import numpy as np
import pytest

from course_utils import metrics


def test_bins_hold_zero_and_one():
    counts, confidence, frequency = metrics.calibration_bins(
        [0.0, 1.0, 0.05], [1, 1, 0]
    )
    assert counts.tolist() == [2] + [0] * 8 + [1]
    assert confidence[[0, 9]] == pytest.approx([0.025, 1.0])
    assert frequency[[0, 9]] == pytest.approx([0.5, 1.0])
    assert np.isnan(confidence[1:9]).all()
    assert np.isnan(frequency[1:9]).all()


def test_ece_counts_the_bin_of_probability_zero():
    # Half announce 0 and it happens; half announce 0.9 and it happens: (1 + 0.1) / 2.
    assert metrics.ece([0.0] * 5 + [0.9] * 5, [1] * 10) == pytest.approx(0.55)


def test_ece_of_calibrated_predictions_is_small():
    rng = np.random.default_rng(0)
    p = rng.random(200_000)
    happened = rng.random(p.size) < p
    assert metrics.ece(p, happened) < 0.01
    assert metrics.ece(p**2, happened) > 0.1


def test_ece_agrees_with_a_loop_over_bins():
    rng = np.random.default_rng(1)
    p, hit = rng.random(500), rng.random(500) < 0.3
    total = 0.0
    for k in range(7):
        inside = (p >= k / 7) & (p < (k + 1) / 7)
        total += abs(p[inside].sum() - hit[inside].sum())
    assert metrics.ece(p, hit, n_bins=7) == pytest.approx(total / 500)
