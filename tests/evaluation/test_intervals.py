"""Intervals, against scipy, formulas, and the share of times they hold the truth."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from penjing.evaluation.intervals import bootstrap_interval, percentiles, resamples, wilson
from penjing.evaluation.scores import Difference, Scores, bootstrapped, difference, share


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


def mean_average_precision(n: int, rng: np.random.Generator) -> Callable[[np.ndarray], float]:
    """Of n examples with fifteen labels, which their rankings know a little of."""
    truths = rng.random((n, 15)) < 0.2
    order = np.argsort(-(rng.normal(size=truths.shape) + 0.5 * truths), axis=0)
    holds = np.take_along_axis(truths, order, axis=0)

    def of(at: np.ndarray) -> float:
        times = np.bincount(at, minlength=n)[order]
        found = (times * holds).cumsum(axis=0)
        precision = found / np.maximum(times.cumsum(axis=0), 1)
        return float(((times * holds * precision).sum(axis=0) / found[-1]).mean())

    return of


def test_the_interval_of_a_biased_score_holds_the_truth_about_as_often_as_it_says() -> None:
    """The truth is the score of 100,000 examples. The middle 95 % of the draws holds it in 4 of 10 samples only."""
    rng = np.random.default_rng(1)
    truth = mean_average_precision(100_000, rng)(np.arange(100_000))
    scores = [bootstrapped("mAP", 250, mean_average_precision(250, rng), draws=150)[0] for _ in range(100)]
    assert 0.8 <= np.mean([score.low <= truth <= score.high for score in scores]) <= 0.99


def test_the_interval_of_a_mean_is_the_middle_of_its_draws() -> None:
    values = np.random.default_rng(4).exponential(size=80)
    score, draws = bootstrapped("error", 80, lambda at: float(values[at].mean()))
    assert (score.low, score.high) == percentiles(draws)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=50), st.floats(0, 1))
def test_an_interval_holds_its_value_and_stays_in_range(draws: list[float], value: float) -> None:
    low, high = bootstrap_interval(np.array(draws), value, (0.0, 1.0))
    assert 0 <= low <= value <= high <= 1


def test_a_difference_is_cleared_of_what_the_bias_of_both_leaves() -> None:
    noise = np.random.default_rng(5).normal(0, 0.01, 1000)
    noise -= noise.mean()
    found = Difference.of(0.1, 0.105 + noise)
    assert (found.low, found.high) == pytest.approx(percentiles(0.095 + noise))


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
