"""Curves of a log: the loss as means over stretches of steps, whatever lines the log happens to hold. No torch."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

END = 0.1  # of the budget: what counts as the end of a training; one batch alone says little


def mean_loss(log: Sequence[Mapping[str, Any]], edges: np.ndarray) -> np.ndarray:
    """The mean training loss between each edge and the next.

    A line of the log holds the mean since the line before, so the loss summed over steps is known at each line, and a
    mean over any stretch is a difference of two such sums: exact where its edges are lines, between them interpolated.

    Args:
        log: its lines; those without a finite loss are left out.
        edges: (N + 1,) steps, rising, none beyond the last line.

    Returns:
        (N,) float64.
    """
    lines = [line for line in log if line.get("loss") is not None]
    steps = np.array([0.0, *(line["step"] for line in lines)])
    losses = np.array([line["loss"] for line in lines], dtype=np.float64)
    summed = np.concatenate([[0.0], np.cumsum(losses * np.diff(steps))])
    return np.diff(np.interp(edges, steps, summed)) / np.diff(edges)


def loss_at_end(log: Sequence[Mapping[str, Any]]) -> float | None:
    """The mean training loss over the last tenth of the steps; None where no loss was logged."""
    last = last_step(log)
    return float(mean_loss(log, np.array([last * (1 - END), last]))[0]) if last else None


def last_step(log: Sequence[Mapping[str, Any]]) -> int:
    """The last step that has a loss; 0 where none has."""
    return max((line["step"] for line in log if line.get("loss") is not None), default=0)
