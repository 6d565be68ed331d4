"""PJ411: fires unless int8 is clearly faster."""

import pytest

from penjing.rules.int8_slower import Evidence, check


@pytest.mark.parametrize(
    ("low", "high", "words"), [(0.7, 0.9, "is slower"), (0.9, 1.2, "not clearly"), (1.02, 1.03, "not clearly")]
)
def test_fires(low: float, high: float, words: str) -> None:
    found = check(Evidence(speedup=(low + high) / 2, low=low, high=high))
    assert found is not None
    assert (found.rule, found.severity) == ("PJ411", "note")
    assert words in found.what


def test_silent_where_int8_is_faster() -> None:
    assert check(Evidence(speedup=1.7, low=1.6, high=1.8)) is None
