"""Budgets: lengths that are read, and words that are none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penjing.budget import Budget, parse_budget
from penjing.findings import PenjingError


@pytest.mark.parametrize("text", ["0steps", "-5epochs", "0m", "1.5steps", "10", "tomorrow", "", "nan s", "1e3steps"])
def test_budgets_that_are_none(text: str) -> None:
    with pytest.raises(PenjingError, match="length of training"):
        parse_budget(text)


@given(st.integers(1, 10**6), st.sampled_from([("s", 1), ("m", 60), ("h", 3600)]))
def test_seconds_minutes_hours(amount: int, unit: tuple[str, int]) -> None:
    assert parse_budget(f"{amount}{unit[0]}") == Budget(amount * unit[1], "seconds")
