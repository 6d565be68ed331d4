"""How a training runs fastest on this machine, now: precision, order in memory, freed memory, threads. Measured.

Each is tried with the first steps of the training on a copy of its network, with and without in turns, and kept where
it is clearly faster; the training's own weights and draws are not touched. What was chosen becomes a setting like any
other, `measured here`, so that a resumed training runs as it began.
"""

import copy
import statistics
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from penjing import settling
from penjing.config import Choice, Config, Train, settings_of
from penjing.training import devices
from penjing.training.allocator import can_keep, freed_memory
from penjing.training.blame import blaming
from penjing.training.gradients import add_gradients
from penjing.training.job import Job
from penjing.training.loop import move
from penjing.training.optimizers import optimizer_of
from penjing.training.precision import place

HEAVY = 1e9  # multiply-adds of a batch's forward; below, a step takes milliseconds and there is nothing to gain
GAIN = 1.1  # what is not faster by a tenth stays as it is
TURNS = 2  # with and without, so that a moment of other work on the machine decides nothing
STEPS, SECONDS = 3, 1.0  # timed in each turn; whichever is reached first
EPOCHS, LONGEST = 60, 600.0  # of a budget that is left to us: so many passes, or seconds where they would take longer
_MEANT = {row.name: row.description for row in settings_of(Train)}
PLAIN = {  # what PyTorch and the system do by themselves
    name: Choice(value, "default", _MEANT[name])
    for name, value in {"precision": "fp32", "memory_format": "contiguous", "allocator": "system"}.items()
}


class Trial(NamedTuple):
    """One way to run, and what a step takes."""

    config: Config[Any]
    seconds: float | None  # None before it was measured


def concrete(job: Job, network: nn.Module, *, measure: bool = True) -> Job:
    """The job with a value for all that its settings left to this machine.

    Args:
        job: whose steps are timed.
        network: with its first weights; copied.
        measure: whether to measure where it can matter; else what is usual is taken.
    """
    can_matter = measure and job.task.form == "pictures"
    is_open = job.config.train.budget == "auto"
    if can_matter and forward_macs(job, network) >= HEAVY:
        best = fastest(job, network)
        budget = {"budget": _budget(job, best.seconds or step_seconds(job, network, best.config))} if is_open else {}
        return job._replace(config=settling.resettled(best.config, budget))
    found = _open(job.config, PLAIN)
    if is_open:
        found["budget"] = Choice(f"{EPOCHS}epochs", "default", "the validation score is flat from there")
    return job._replace(config=settling.resettled(job.config, found))


def _open(config: Config[Any], choices: Mapping[str, Choice]) -> dict[str, Choice]:
    """Those of the choices that the settings left open."""
    return {name: choice for name, choice in choices.items() if getattr(config.train, name) == "auto"}


def fastest(job: Job, network: nn.Module) -> Trial:
    """Try one change after another, each on top of what was kept before it; the budget stays as it is."""
    device = devices.choose(job.config.train.device)
    best = Trial(settling.resettled(job.config, _open(job.config, PLAIN)), None)
    open_settings = _open(job.config, PLAIN)
    if open_settings.keys() & {"precision", "memory_format"}:
        values = {"precision": "bf16", "memory_format": "channels_last"}
        best = _better(job, network, best, {name: values[name] for name in open_settings if name in values})
    if "allocator" in open_settings and device.type == "cpu" and can_keep():
        best = _better(job, network, best, {"allocator": "keep"})
    if job.config.train.threads == 0 and device.type == "cpu":
        best = _better(job, network, best, {"threads": 1}) if torch.get_num_threads() > 1 else best
    return best


def _better(job: Job, network: nn.Module, before: Trial, values: Mapping[str, Any]) -> Trial:
    """The trial with these values where it is clearly faster, else the one before; the figures go into the reasons."""
    words = ", ".join(f"{name}={value}" for name, value in values.items())
    tried = settling.resettled(before.config, {name: Choice(value, "default", "") for name, value in values.items()})
    turns = [(step_seconds(job, network, tried), step_seconds(job, network, before.config)) for _ in range(TURNS)]
    seconds, without = (min(times) for times in zip(*turns, strict=True))
    is_faster = seconds * GAIN < without
    figures = f"a step takes {1e3 * seconds:.0f} ms with {words}, {1e3 * without:.0f} ms without"
    kept = {
        name: Choice(value if is_faster else getattr(before.config.train, name), "measured here", figures)
        for name, value in values.items()
    }
    return Trial(settling.resettled(before.config, kept), seconds if is_faster else without)


def _budget(job: Job, seconds: float) -> Choice:
    """So many passes over the data where they fit into the longest time, else that time."""
    rate = f"{job.config.train.batch_size / seconds:,.0f} pictures a second"
    epoch = epoch_seconds(job, seconds)
    if EPOCHS * epoch <= LONGEST:
        return Choice(f"{EPOCHS}epochs", "measured here", f"about {max(EPOCHS * epoch / 60, 1):.0f} min at {rate}")
    return Choice(
        f"{LONGEST / 60:.0f}m", "measured here", f"about {LONGEST / epoch:.1f} passes over the data at {rate}"
    )


def epoch_seconds(job: Job, seconds: float) -> float:
    """What a pass over the data takes where a step takes these seconds."""
    return seconds * max(len(job.data.splits["train"]) // job.config.train.batch_size, 1)


def step_seconds(job: Job, network: nn.Module, config: Config[Any]) -> float:
    """Median seconds of a step, batch included, after one that warms up."""
    train = config.train
    device = devices.choose(train.device)
    trained = place(copy.deepcopy(network), device, train).train()
    optimizer = optimizer_of(trained, train)
    stream = job.task.stream(job.data.splits["train"], trained, job.spec, config, devices.share())
    times: list[float] = []
    with torch.random.fork_rng(), devices.threads(train.threads), freed_memory(train.allocator):
        for step in range(STEPS + 1):
            began = time.perf_counter()
            batch = move(stream.at(step), device, train)
            optimizer.zero_grad()
            loss = add_gradients(job.task, trained, batch, job.spec, config, step)
            optimizer.step()
            loss.total.item()  # waits for a device that works on its own
            times.append(time.perf_counter() - began)
            if sum(times[1:]) > SECONDS:
                break
    return statistics.median(times[1:])


def forward_macs(job: Job, network: nn.Module) -> int:
    """Multiply-adds of the loss of one batch."""
    trained = copy.deepcopy(network).train()
    stream = job.task.stream(job.data.splits["train"], trained, job.spec, job.config, devices.share())
    with torch.random.fork_rng(), FlopCounterMode(display=False) as counter, blaming(0):
        job.task.loss(trained, stream.at(0), job.spec, job.config)
    return int(counter.get_total_flops() // 2)
