"""Curves: a mean of the loss over steps is that of the steps themselves, however they were logged."""

import numpy as np
import pytest

from penjing.evaluation.curves import loss_at_end, mean_loss

LOSSES = np.random.default_rng(0).uniform(0, 3, 100)  # of each step


def logged(*steps: int) -> list[dict[str, float]]:
    """The log of that training with lines at these steps alone: each the mean since the line before."""
    return [{"step": b, "loss": float(LOSSES[a:b].mean())} for a, b in zip([0, *steps], steps, strict=False)]


@pytest.mark.parametrize("steps", [tuple(range(1, 101)), (1, 7, 20, 40, 60, 80, 90, 100)], ids=["every step", "few"])
def test_means_are_those_of_the_steps(steps: tuple[int, ...]) -> None:
    edges = np.array([0, 20, 40, 60, 80, 100])
    assert mean_loss(logged(*steps), edges) == pytest.approx(LOSSES.reshape(5, 20).mean(1))


def test_the_end_is_the_last_tenth() -> None:
    log = [*logged(*range(1, 101)), {"step": 100, "validation": 0.9}]
    assert loss_at_end(log) == pytest.approx(LOSSES[90:].mean())


def test_without_a_loss_there_is_no_end() -> None:
    assert loss_at_end([]) is None
    assert loss_at_end([{"step": 5, "loss": None}]) is None
