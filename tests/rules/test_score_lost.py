"""PJ412: fires on a loss that is clear or cannot be excluded, stays silent where a version is shown to be no worse."""

import pytest

from penjing.rules.score_lost import Evidence, check


def evidence(low: float, high: float, fp32: float = 0.9) -> Evidence:
    return Evidence(
        version="int8", score="accuracy", fp32=fp32, difference=(low + high) / 2, low=low, high=high, examples=200
    )


@pytest.mark.parametrize(
    ("low", "high", "word"), [(-0.05, -0.03, "is"), (-0.01, -0.001, "is"), (-0.03, 0.01, "may be")]
)
def test_fires(low: float, high: float, word: str) -> None:
    found = check(evidence(low, high))
    assert found is not None
    assert (found.rule, found.severity) == ("PJ412", "note")
    assert f"int8 {word} worse than fp32" in found.what


@pytest.mark.parametrize(("low", "high"), [(0.0, 0.0), (-0.017, 0.0), (0.01, 0.02)])
def test_silent(low: float, high: float) -> None:
    assert check(evidence(low, high)) is None


@pytest.mark.parametrize("unit", [0.01, 1.0, 450.0])
def test_the_unit_of_the_score_does_not_matter(unit: float) -> None:
    assert check(evidence(-0.017 * unit, 0.0, 0.9 * unit)) is None
    assert check(evidence(-0.019 * unit, 0.0, 0.9 * unit)) is not None
