"""PJ401: fires unless the map is clearly better than chance."""

import pytest

from penjing.rules.map_no_better_than_random import Evidence, check


@pytest.mark.parametrize(("low", "high"), [(-0.1, 0.1), (0.0, 0.1), (-0.2, -0.1)])
def test_fires(low: float, high: float) -> None:
    found = check(Evidence(method="m", difference=(low + high) / 2, low=low, high=high, pictures=64))
    assert found is not None
    assert found.rule == "PJ401"
    assert "64 test pictures" in found.where


def test_silent_where_the_map_knows_something() -> None:
    assert check(Evidence(method="m", difference=0.3, low=0.25, high=0.35, pictures=64)) is None
