"""Scores of numbers, held against scikit-learn; intervals that hold what they promise."""

import numpy as np
import pytest
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

from penjing.evaluation.regression import margin, regression
from penjing.runtime.steps.give_number import Number


def answers(values: np.ndarray, *, to_either_side: float | None = None) -> list[Number]:
    if to_either_side is None:
        return [Number(value, "x") for value in values.tolist()]
    return [Number(value, "x", value - to_either_side, value + to_either_side) for value in values.tolist()]


def test_they_are_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    truths = rng.normal(5, 2, 150).astype(np.float32)
    values = truths + rng.normal(0, 1, 150)
    scores = regression(answers(values, to_either_side=1.0), truths)
    assert scores.primary.value == pytest.approx(mean_absolute_error(truths, values))
    assert not scores.primary.higher_is_better
    r2, inside = scores.others
    assert r2.value == pytest.approx(r2_score(truths, values))
    assert inside.value == (np.abs(values - truths) <= 1).mean()
    assert scores.details["root mean squared error"] == pytest.approx(root_mean_squared_error(truths, values))
    assert scores.details["interval width"] == pytest.approx(2)


def test_without_intervals_nothing_is_said_of_them() -> None:
    scores = regression(answers(np.arange(4.0)), [1, 1, 1, 1])
    assert [score.name for score in scores.others] == ["R2"]
    assert scores.others[0].value == 0  # truths that are all one leave nothing to explain


def test_intervals_hold_nine_tenths_of_what_comes_after_whatever_the_errors_are() -> None:
    """Lei et al. 2018, theorem 2.2: between 0.9 and 0.9 + 1 / (n + 1), in the mean over calibration sets."""
    rng, held = np.random.default_rng(0), []
    for _ in range(400):
        errors = rng.standard_cauchy(60)
        reach = margin(answers(errors[:30]), np.zeros(30))
        assert reach is not None
        held.append((np.abs(errors[30:]) <= reach).mean())
    assert 0.9 - 0.01 <= np.mean(held) <= 0.9 + 1 / 31 + 0.01


@pytest.mark.parametrize(("n", "expected"), [(8, None), (9, 9.0), (19, 18.0), (99, 90.0)])
def test_the_margin_is_the_order_statistic_of_the_theorem(n: int, expected: float | None) -> None:
    assert margin(answers(np.arange(1.0, n + 1)), np.zeros(n)) == expected
