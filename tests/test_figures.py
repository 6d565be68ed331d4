"""Figures: the digits that an interval supports, no fewer and not many more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penjing.evaluation.scores import Difference, Score


def score(value: float, low: float, high: float) -> Score:
    return Score(name="accuracy", value=value, low=low, high=high, method="Wilson", n=100)


@pytest.mark.parametrize(
    ("found", "shown"),
    [
        (score(0.9944289, 0.97991, 0.99847), ("0.994", "[0.980, 0.998]")),
        (score(487.31, 480.2, 493.9), ("487", "[480, 494]")),
        (score(12345.6, 11000.0, 13000.0), ("12,346", "[11,000, 13,000]")),
        (score(0.0, 0.0, 0.0), ("0", "[0, 0]")),
        (score(-1.25, -1.5, -1.0), ("-1.25", "[-1.50, -1.00]")),
        (score(5.5085e31, 4.64e31, 6.26e31), ("5.5e+31", "[4.6e+31, 6.3e+31]")),
        (score(0.0, -1.24e-9, 1e-9), ("0", "[-1.2e-09, 1.0e-09]")),
    ],
)
def test_digits_go_down_to_the_second_of_the_interval(found: Score, shown: tuple[str, str]) -> None:
    assert (found.value_text, found.interval_text) == shown


def test_a_difference_is_signed() -> None:
    assert str(Difference(value=0.002786, low=-0.008357, high=0.01671)) == "+0.003 [-0.008, +0.017]"


@given(st.floats(-1e3, 1e3), st.floats(1e-4, 1e3), st.sampled_from([1.0, 1e-12, 1e30]))
def test_rounding_loses_less_than_the_interval_leaves_open(value: float, width: float, unit: float) -> None:
    value, width = value * unit, width * unit
    shown = score(value, value - width / 2, value + width / 2).value_text
    assert abs(float(shown.replace(",", "")) - value) <= 0.051 * width
