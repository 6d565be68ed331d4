"""Intervals, against scipy, formulas, and the share of times they hold the truth, of examples and of groups of them."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from penjing.evaluation.intervals import (
    bootstrap_interval,
    independent_examples,
    percentiles,
    resamples,
    wilson,
)
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


def in_groups(rng: np.random.Generator, count: int) -> np.ndarray:
    """(N,) which group each example is of; groups are of 20 to 60."""
    return np.repeat(rng.permutation(count), rng.integers(20, 60, count))


@pytest.mark.parametrize("count", [2, 4, 20])
def test_an_interval_of_a_share_of_groups_holds_the_truth_about_as_often_as_it_says(count: int) -> None:
    """Each group has a share of its own, 0.8 in the mean: an interval of examples holds that in 6 of 10 samples."""
    rng = np.random.default_rng(count)
    held, held_by_examples = 0, 0
    for _ in range(300):
        groups = in_groups(rng, count)
        right = rng.random(len(groups)) < rng.beta(8, 2, count)[groups]
        n = independent_examples(right.astype(float), groups)
        low, high = wilson(right.mean() * n, n)
        held += low <= 0.8 <= high
        low, high = wilson(right.sum(), len(right))
        held_by_examples += low <= 0.8 <= high
    assert 0.9 <= held / 300 <= 0.99
    assert held_by_examples / 300 < 0.75


@pytest.mark.parametrize("count", [2, 12])
def test_a_bootstrap_of_groups_holds_the_truth_about_as_often_as_it_says(count: int) -> None:
    rng = np.random.default_rng(count)
    held = 0
    for _ in range(150):
        groups = in_groups(rng, count)
        values = rng.normal(size=len(groups)) + rng.normal(size=count)[groups]
        low, high = percentiles(resamples(len(values), lambda at, values=values: float(values[at].mean()), 150, groups))
        held += low <= 0 <= high
    assert 0.87 <= held / 150 <= 1


def test_a_resample_of_groups_takes_them_whole() -> None:
    groups = np.array([3, 1, 1, 7, 3, 3])
    taken: list[np.ndarray] = []
    resamples(6, lambda at: float(len(taken.append(at) or at)), 50, groups)  # type: ignore[func-returns-value]
    for at in taken:
        times = np.bincount(at, minlength=6)
        assert times[0] == times[4] == times[5]
        assert times[1] == times[2]
        assert times[0] + times[1] + times[3] == 3
    assert len({at.tobytes() for at in taken}) > 5


def test_groups_of_one_example_each_are_as_examples() -> None:
    right = np.random.default_rng(0).random(600) < 0.8
    one, _ = share(right)
    each, draws = share(right, groups=np.arange(600))
    assert (each.low, each.high) == pytest.approx((one.low, one.high), abs=5e-4)
    assert draws.std() == pytest.approx(share(right)[1].std(), rel=0.1)


@pytest.mark.parametrize("count", [2, 4])
@pytest.mark.parametrize("within", [(0.0, 1.0), (0.0, np.inf), (-np.inf, 1.0)])
def test_an_interval_of_few_groups_stays_in_range_too(count: int, within: tuple[float, float]) -> None:
    """So few groups leave so much unknown that their draws, spread by it, leave what the statistic can be."""
    groups = np.repeat(np.arange(count), 25)
    values = np.linspace(0, 1, count)[groups]
    score, draws = bootstrapped("share", len(values), lambda at: float(values[at].mean()), within=within, groups=groups)
    assert draws.min() < 0 and draws.max() > 1
    assert within[0] <= score.low < score.high <= within[1]


def test_rounding_is_no_bias() -> None:
    score, _ = bootstrapped("error", 30, lambda at: float(np.full(30, 0.1)[at].mean()))
    assert score.method == "bootstrap, 1,000 resamples of examples"
    assert str(score) == "error 0.1 [0.1, 0.1], n = 30"


def test_what_few_groups_are_worth_has_bounds() -> None:
    right, groups = np.ones(100), np.repeat(np.arange(4), 25)
    assert independent_examples(right, groups) == 4
    alike = np.tile([1.0, 1.0, 1.0, 0.0, 1.0], 20)
    assert independent_examples(alike, groups) == 100


def test_the_method_names_what_was_drawn() -> None:
    right = np.arange(12) % 3 > 0
    assert share(right)[0].method == "Wilson"
    assert share(right, groups=np.arange(12) // 3)[0].method == "Wilson, of 4 groups"
    alone, draws = share(right, groups=np.zeros(12, dtype=int))
    assert alone.method == "Wilson, of examples of a single group, so too narrow"
    np.testing.assert_array_equal(draws, share(right)[1])
    error, _ = bootstrapped("error", 12, lambda at: float(right[at].mean()), groups=np.arange(12) // 3)
    assert error.method == "bootstrap, 1,000 resamples of 4 groups"


def test_a_difference_is_paired_by_groups() -> None:
    """Groups differ much and both methods alike: the difference is as narrow as if groups did not."""
    rng = np.random.default_rng(6)
    groups = in_groups(rng, 10)
    hard = rng.beta(2, 1, 10)[groups]
    chance = rng.random(len(groups))
    theirs, ours = (share(chance < level, groups=groups) for level in (hard, np.minimum(hard + 0.1, 1)))
    found = difference(*(Scores(primary=score, draws=tuple(draws.tolist())) for score, draws in (ours, theirs)))
    assert found.is_clear
    assert found.high - found.low < (ours[0].high - ours[0].low) / 3
