"""PJ402: fires unless maps of shuffled weights are clearly unlike."""

import pytest

from penjing.rules.map_ignores_the_weights import Evidence, check


@pytest.mark.parametrize(("low", "high"), [(0.99, 1.0), (0.4, 0.55)])
def test_fires(low: float, high: float) -> None:
    found = check(Evidence(method="m", correlation=(low + high) / 2, low=low, high=high, pictures=64))
    assert found is not None
    assert found.rule == "PJ402"


@pytest.mark.parametrize(("low", "high"), [(-0.1, 0.1), (0.3, 0.45), (-1.0, -0.9)])
def test_silent(low: float, high: float) -> None:
    assert check(Evidence(method="m", correlation=(low + high) / 2, low=low, high=high, pictures=64)) is None
