"""Intervals, against scipy, formulas, and the share of times they hold the truth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from penjing.evaluation.intervals import percentiles, resamples, wilson
from penjing.evaluation.scores import Scores, bootstrapped, difference, share


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_is_scipys(counts: tuple[int, int]) -> None:
    expected = binomtest(*counts).proportion_ci(method="wilson")
    assert wilson(*counts) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_the_bootstrap_has_the_standard_error_of_the_mean() -> None:
    values = np.random.default_rng(0).exponential(size=400)
    draws = resamples(400, lambda at: float(values[at].mean()))
    assert draws.std() == pytest.approx(values.std() / np.sqrt(400), rel=0.1)


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(200):
        values = rng.normal(size=60)
        low, high = percentiles(resamples(60, lambda at, values=values: float(values[at].mean()), 200))
        held += low <= 0 <= high
    assert 0.89 <= held / 200 <= 0.99


def scores_of(right: np.ndarray) -> Scores:
    primary, draws = share(right)
    return Scores(primary=primary, draws=tuple(draws.tolist()))


def test_a_paired_difference_is_narrower_than_two_intervals() -> None:
    rng = np.random.default_rng(2)
    theirs = rng.random(500) < 0.9
    ours = theirs.copy()
    ours[np.flatnonzero(~theirs)[:15]] = True
    found = difference(scores_of(ours), scores_of(theirs))
    assert found.value == pytest.approx(15 / 500)
    assert found.is_clear
    assert scores_of(ours).primary.low < scores_of(theirs).primary.high  # the two intervals overlap all the same


def test_a_score_does_not_beat_itself() -> None:
    right = np.random.default_rng(3).random(100) < 0.5
    found = difference(scores_of(right), scores_of(right))
    assert (found.value, found.low, found.high) == (0, 0, 0)
    assert not found.is_clear


def test_lower_is_better_turns_the_sign() -> None:
    def bits(values: np.ndarray) -> Scores:
        primary, draws = bootstrapped("bits", 50, lambda at: float(values[at].mean()), higher_is_better=False)
        return Scores(primary=primary, draws=tuple(draws.tolist()))

    assert difference(bits(np.full(50, 2.0)), bits(np.full(50, 3.0))).value == pytest.approx(1.0)
