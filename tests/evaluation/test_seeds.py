"""Over seeds: the interval is scipy's, holds the truth as often as it says, and pairs what belongs together."""

import math

import numpy as np
import pytest
from scipy import stats

from penjing.evaluation.seeds import over_seeds, paired


@pytest.mark.parametrize("values", [[0.9, 0.95], [0.9, 0.92, 0.97], [1.0, 2.0, 4.0, 8.0, 16.0]])
def test_the_interval_is_that_of_scipy(values: list[float]) -> None:
    found = over_seeds(values)
    error = stats.sem(values)
    assert (found.low, found.high) == pytest.approx(stats.t.interval(0.95, len(values) - 1, np.mean(values), error))
    assert (found.value, found.n) == (pytest.approx(np.mean(values)), len(values))


def test_of_normal_figures_95_percent_of_intervals_hold_the_mean() -> None:
    rng = np.random.default_rng(0)
    held = [(found := over_seeds(rng.normal(5, 2, 3).tolist())).low <= 5 <= found.high for _ in range(2000)]  # type: ignore[operator]
    assert np.mean(held) == pytest.approx(0.95, abs=3 * math.sqrt(0.95 * 0.05 / 2000))


def test_of_shares_it_holds_nothing_below_0_or_above_1() -> None:
    for values, whole in (([0.98, 0.999], (None, 1.0)), ([0.01, 0.002], (0.0, None)), ([0.5, 0.51], (None, None))):
        free, share = over_seeds(values), over_seeds(values, is_share=True)
        assert (share.low, share.high) == (whole[0] if whole[0] is not None else free.low, whole[1] or free.high)
        assert share.value == free.value


def test_one_seed_has_no_interval_and_claims_nothing() -> None:
    found = over_seeds([0.9])
    assert (found.low, found.high, found.is_clear) == (None, None, False)
    assert "no interval" in str(found)


@pytest.mark.parametrize("values", [[0.5, 0.5], [0.1 + 0.2, 0.3, 0.3]])
def test_equal_seeds_have_no_interval_and_claim_nothing(values: list[float]) -> None:
    """Of few examples there are few scores: that two trainings have the same says not that all have."""
    found = over_seeds(values)
    assert (found.low, found.high, found.is_clear, found.n) == (None, None, False, len(values))
    assert f"{len(values)} equal ones: no interval" in found.difference_text


def test_what_seeds_share_cancels_out() -> None:
    """Scores that move by 10 % from seed to seed, and a difference of 1 % in each: clear, though the means overlap."""
    theirs = {0: 0.70, 1: 0.80, 2: 0.90}
    ours = {2: 0.911, 0: 0.710, 1: 0.809}  # in another order
    found = paired(ours, theirs)
    assert found is not None
    assert found.value == pytest.approx(0.01)
    assert found.is_clear
    assert not over_seeds([*ours.values()]).low > over_seeds([*theirs.values()]).high  # type: ignore[operator]


def test_a_difference_is_written_with_its_signs() -> None:
    assert over_seeds([0.01, 0.03]).difference_text == "+0.02 [-0.11, +0.15]"
    assert over_seeds([0.01]).difference_text == "+0.01 one seed: no interval"


def test_only_seeds_that_both_have_are_paired() -> None:
    found = paired({0: 1.0, 5: 9.0}, {0: 0.5, 7: 0.0})
    assert found is not None
    assert (found.value, found.n) == (0.5, 1)
    assert paired({1: 1.0}, {2: 1.0}) is None
