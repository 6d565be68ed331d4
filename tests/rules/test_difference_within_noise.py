"""PJ301: fires where the interval of a difference holds 0, and is silent where the difference is clear, or is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penjing.rules.difference_within_noise import Evidence, check


def evidence(difference: float, low: float, high: float) -> Evidence:
    return Evidence(ours="runs/b", theirs="runs/a", score="accuracy", n=359, difference=difference, low=low, high=high)


def test_fires_where_the_interval_holds_zero() -> None:
    found = check(evidence(0.003, -0.006, 0.011))
    assert found is not None
    assert (found.rule, found.severity) == ("PJ301", "note")
    assert "+0.003 [-0.006, +0.011]" in found.what
    assert "runs/b less runs/a" in found.where


@pytest.mark.parametrize(
    ("low", "high"), [(0.001, 0.02), (-0.02, -0.001), (0.0, 0.0)], ids=["better", "worse", "same answers"]
)
def test_silent(low: float, high: float) -> None:
    assert check(evidence((low + high) / 2, low, high)) is None


@given(st.floats(-1, 1), st.floats(0.001, 1), st.floats(0.001, 1))
def test_which_run_stands_first_does_not_matter(value: float, below: float, above: float) -> None:
    one, other = evidence(value, value - below, value + above), evidence(-value, -value - above, -value + below)
    assert (check(one) is None) == (check(other) is None)
