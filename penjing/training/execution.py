"""How a training runs on this machine: the plain way, and changes that are timed one by one, and kept where they pay.

Each change is timed in turns, without and with it, on a copy of the network; the training's own weights and draws are
not touched. What was chosen becomes a setting like any other, `measured here`, so that a resumed training runs as it
began.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import nn

from penjing import settling
from penjing.config import Choice, Config, Train, settings_of
from penjing.training import devices
from penjing.training.allocator import can_keep
from penjing.training.job import Job
from penjing.training.step_time import step_seconds

GAIN = 1.1  # what is not faster by a tenth stays as it is
TURNS = 2  # without and with, so that a moment of other work on the machine decides nothing
# A processor without bfloat16 takes ten times as long with it: seen on a sixteenth of the batch, whole steps are spared
HOPELESS, PART = 4.0, 16
_MEANT = {row.name: row.description for row in settings_of(Train)}
PLAIN = {  # what PyTorch and the system do by themselves
    name: Choice(value, "default", _MEANT[name])
    for name, value in {"precision": "fp32", "memory_format": "contiguous", "allocator": "system"}.items()
}
QUICK = {"precision": "bf16", "memory_format": "channels_last"}  # as one: channels_last mostly speeds bf16 up


def left_open(train: Train) -> dict[str, Choice]:
    """The plain way's choices for what the settings leave open."""
    return {name: choice for name, choice in PLAIN.items() if getattr(train, name) == "auto"}


def changes(train: Train) -> list[Mapping[str, Any]]:
    """Settings that may make a step faster here, each on top of those before it; none that was asked for."""
    is_on_cpu = devices.choose(train.device).type == "cpu"
    is_open = left_open(train)
    quick = {name: value for name, value in QUICK.items() if name in is_open}
    found: list[Mapping[str, Any]] = [quick] if quick else []
    if "allocator" in is_open and is_on_cpu and can_keep():
        found.append({"allocator": "keep"})
    if train.threads == 0 and is_on_cpu and torch.get_num_threads() > 1:
        found.append({"threads": 1})
    return found


class Trial(NamedTuple):
    """One way to run, and what a step takes."""

    config: Config[Any]
    seconds: float | None  # None before it was measured


def fastest_execution(job: Job, network: nn.Module) -> Trial:
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
    without, seconds = _in_turns(job, network, _with_less(before.config), _with_less(tried), turns=1)
    is_hopeless = seconds > HOPELESS * without
    if not is_hopeless:
        without, seconds = _in_turns(job, network, before.config, tried, turns=TURNS)
    is_faster = seconds * GAIN < without
    figures = f"a step takes {1e3 * seconds:.0f} ms with {words}, {1e3 * without:.0f} ms without"
    if is_hopeless:
        figures += f", on {_with_less(tried).train.batch_size} examples"
    elif not is_faster and seconds < without:
        figures += ": less than a tenth faster"
    kept = {
        name: Choice(value if is_faster else getattr(before.config.train, name), "measured here", figures)
        for name, value in values.items()
    }
    config = settling.resettled(before.config, kept)
    if is_hopeless:
        return Trial(config, before.seconds)
    return Trial(config, seconds if is_faster else without)


def _in_turns(
    job: Job, network: nn.Module, before: Config[Any], tried: Config[Any], *, turns: int
) -> tuple[float, float]:
    """Seconds of a step of either; without the change first: the allocator's switches do not go quite back."""
    times = [(step_seconds(job, network, before), step_seconds(job, network, tried)) for _ in range(turns)]
    without, seconds = (min(of_one) for of_one in zip(*times, strict=True))
    return without, seconds


def _with_less(config: Config[Any]) -> Config[Any]:
    """The same with a small part of the batch: of two examples where it has as many, for batch norms to average."""
    few = max(config.train.batch_size // PART, min(config.train.batch_size, 2))
    less = {"batch_size": few, "accumulate": 1}
    return settling.resettled(config, {name: Choice(value, "default", "") for name, value in less.items()})
