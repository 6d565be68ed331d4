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


class Times(NamedTuple):
    """Seconds of a step without a change, and with it."""

    without: float
    seconds: float

    @property
    def are_hopeless(self) -> bool:
        """Whether the change makes a step so slow that no more of it need be seen."""
        return self.seconds > HOPELESS * self.without

    def told(self, values: Mapping[str, Any]) -> str:
        """In words."""
        words = ", ".join(f"{name}={value}" for name, value in values.items())
        return f"a step takes {1e3 * self.seconds:.0f} ms with {words}, {1e3 * self.without:.0f} ms without"


def _better(job: Job, network: nn.Module, before: Trial, values: Mapping[str, Any]) -> Trial:
    """The trial with these values where it is clearly faster, else the one before; the figures go into the reasons."""
    tried = settling.resettled(before.config, {name: Choice(value, "default", "") for name, value in values.items()})
    if "precision" in values:
        times = times_on_few(job, network, before.config, tried)
        if times.are_hopeless:
            why = f"{times.told(values)}, on {few_of(tried)} examples"
            return before._replace(config=_measured(before.config, values, why))
    times = _in_turns(job, network, before.config, tried, turns=TURNS)
    if times.seconds * GAIN < times.without:
        return Trial(_measured(tried, values, times.told(values)), times.seconds)
    hardly = ": less than a tenth faster" if times.seconds < times.without else ""
    return Trial(_measured(before.config, values, times.told(values) + hardly), times.without)


def times_on_few(job: Job, network: nn.Module, before: Config[Any], tried: Config[Any]) -> Times:
    """Of steps on a small part of the batch, once."""
    few = few_of(tried)
    return _in_turns(job, network, settling.with_batches(before, few), settling.with_batches(tried, few), turns=1)


def few_of(config: Config[Any]) -> int:
    """A small part of a batch: two examples where it has as many, for a batch norm wants more than one."""
    return max(config.train.batch_size // PART, min(config.train.batch_size, 2))


def _in_turns(job: Job, network: nn.Module, before: Config[Any], tried: Config[Any], *, turns: int) -> Times:
    """The least of each; without the change first: the allocator's switches do not go quite back."""
    times = [Times(step_seconds(job, network, before), step_seconds(job, network, tried)) for _ in range(turns)]
    return Times(*map(min, zip(*times, strict=True)))


def _measured(config: Config[Any], values: Mapping[str, Any], why: str) -> Config[Any]:
    """The config, with the origin of these settings, whatever they are in it."""
    names = {name: Choice(getattr(config.train, name), "measured here", why) for name in values}
    return settling.resettled(config, names)
