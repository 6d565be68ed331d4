"""How a training runs fastest on this machine, now: one change after another is timed, and kept where it pays.

Each is timed in turns, without and with it, on a copy of the network; the training's own weights and draws are not
touched. What was chosen becomes a setting like any other, `measured here`, so that a resumed training runs as it began.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from torch import nn

from penjing import settling
from penjing.config import Choice, Config
from penjing.training.job import Job
from penjing.training.step_time import step_seconds
from penjing.training.ways import changes, left_open

HEAVY = 1e9  # multiply-adds of a batch's forward; below, a step takes milliseconds and there is nothing to gain
GAIN = 1.1  # what is not faster by a tenth stays as it is
TURNS = 2  # without and with, so that a moment of other work on the machine decides nothing


class Trial(NamedTuple):
    """One way to run, and what a step takes."""

    config: Config[Any]
    seconds: float | None  # None before it was measured


def fastest(job: Job, network: nn.Module) -> Trial:
    """Try one change after another, each on top of what was kept before it; the budget stays as it is.

    Args:
        job: whose steps are timed.
        network: with its first weights; copied.
    """
    best = Trial(settling.resettled(job.config, left_open(job.config.train)), None)
    for values in changes(job.config.train):
        best = _better(job, network, best, values)
    return best


def _better(job: Job, network: nn.Module, before: Trial, values: Mapping[str, Any]) -> Trial:
    """The trial with these values where it is clearly faster, else the one before; the figures go into the reasons."""
    words = ", ".join(f"{name}={value}" for name, value in values.items())
    tried = settling.resettled(before.config, {name: Choice(value, "default", "") for name, value in values.items()})
    # Without first: the allocator's switches do not go quite back
    turns = [(step_seconds(job, network, before.config), step_seconds(job, network, tried)) for _ in range(TURNS)]
    without, seconds = (min(times) for times in zip(*turns, strict=True))
    is_faster = seconds * GAIN < without
    figures = f"a step takes {1e3 * seconds:.0f} ms with {words}, {1e3 * without:.0f} ms without"
    if not is_faster and seconds < without:
        figures += ": less than a tenth faster"
    kept = {
        name: Choice(value if is_faster else getattr(before.config.train, name), "measured here", figures)
        for name, value in values.items()
    }
    return Trial(settling.resettled(before.config, kept), seconds if is_faster else without)
