"""Axes, against what any ruler keeps: round, evenly spaced values at their own places."""

import math
from itertools import pairwise

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from penjing.reports.axes import MOST_TICKS, Axis, axis_of, suits_log

spans = st.tuples(st.floats(-1e4, 1e4), st.floats(1e-3, 1e4))


def read(label: str) -> float:
    return float(label.replace(",", ""))


@given(spans)
def test_a_tick_stands_where_its_label_says(span: tuple[float, float]) -> None:
    axis = Axis(span[0], span[0] + span[1])
    for tick in axis.ticks:
        assert tick.at == pytest.approx(axis.place(read(tick.label)), abs=0.02)
        assert 0 <= tick.at <= 100


@given(spans)
def test_ticks_are_few_and_evenly_spaced(span: tuple[float, float]) -> None:
    places = [tick.at for tick in Axis(span[0], span[0] + span[1]).ticks]
    assert 2 <= len(places) <= MOST_TICKS
    gaps = [b - a for a, b in pairwise(places)]
    assert max(gaps) - min(gaps) <= 0.02  # hundredths of a percent, rounded


@given(st.floats(1e-6, 1e3), st.floats(10, 1e9))
def test_log_ticks_are_few_round_and_inside(low: float, ratio: float) -> None:
    axis = Axis(low, low * ratio, is_log=True)
    assert 2 <= len(axis.ticks) <= MOST_TICKS
    for tick in axis.ticks:
        mantissa = read(tick.label) / 10.0 ** math.floor(math.log10(read(tick.label)) + 1e-9)
        assert round(mantissa, 6) in (1, 2, 3, 5)
        assert 0 <= tick.at <= 100


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20))
@example([5e-324])
def test_every_value_has_its_place_on_the_axis(values: list[float]) -> None:
    assume(max(values) == min(values) or max(values) - min(values) > 1e-6)
    axis = axis_of(values)
    assert all(0 <= axis.place(value) <= 100 for value in values)


def test_a_short_log_axis_is_ruled_all_the_same() -> None:
    axis = Axis(201, 402, is_log=True)
    assert [tick.label for tick in axis.ticks] == ["250", "300", "350", "400"]
    assert axis.ticks[-1].at == pytest.approx(axis.place(400))


def test_labels_of_an_axis_have_the_same_decimals() -> None:
    assert [tick.label for tick in Axis(0, 0.035).ticks] == ["0", "0.01", "0.02", "0.03"]
    assert [tick.label for tick in Axis(0.55, 1.1).ticks] == ["0.6", "0.7", "0.8", "0.9", "1.0", "1.1"]


def test_nothing_is_written_between_two_steps() -> None:
    assert [tick.label for tick in Axis(0, 2, is_whole=True).ticks] == ["0", "1", "2"]
    assert Axis(0, 40, is_whole=True).ticks == Axis(0, 40).ticks


def test_equal_ratios_are_equal_distances_on_a_log_axis() -> None:
    axis = axis_of([0.1, 10.0], is_log=True)
    assert axis.place(1.0) == pytest.approx(50)


@pytest.mark.parametrize(
    ("values", "suits"),
    [([1.0, 10.0], False), ([1.0, 10.1], True), ([0.0, 100.0], False), ([-1.0, 100.0], False), ([5.0], False)],
)
def test_a_logarithmic_axis_suits_positive_values_that_are_far_apart(values: list[float], suits: bool) -> None:
    assert suits_log(values) == suits
