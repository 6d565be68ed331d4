"""What trainings that are held against each other have in common: precision, order in memory, length. Measured once.

Each settled by itself, one network could compute in bf16 and another in fp32, and of two networks in ten minutes the
slower would see less of the data: their scores would differ by more than the networks.
"""

from collections.abc import Callable, Sequence
from typing import Any

from torch import nn

from penjing import settling
from penjing.budget import ENOUGH_EPOCHS
from penjing.config import Choice, Config
from penjing.training.auto_budget import LONGEST, epoch_seconds
from penjing.training.costs import forward_macs
from penjing.training.fastest import HEAVY, fastest
from penjing.training.job import Job
from penjing.training.step_time import step_seconds

SAME = "the same for the whole grid"


def shared(jobs: Sequence[Job], build: Callable[[Job], nn.Module]) -> dict[str, Choice]:
    """Settle what the settings leave open and a comparison needs to be equal.

    Precision and order in memory are those in which the costliest network trains fastest. The length is as many epochs
    as are of use, or as the slowest network passes in ten minutes. Threads and freed memory are left to each training:
    they change how long a step takes.

    Args:
        jobs: one for each network.
        build: gives a job's network with its first weights; networks are built one at a time.

    Returns:
        By setting; nothing where every network is so light that all take what is usual.
    """
    if jobs[0].task.form != "pictures":
        return {}
    macs = [forward_macs(job, build(job)) for job in jobs]
    if max(macs) < HEAVY:
        return {}
    costliest = jobs[macs.index(max(macs))]
    best = fastest(costliest, build(costliest)).config
    choices = {
        name: _for_all(best.origins[name].value, f"{best.origins[name].why}, of {costliest.config.model.model}")
        for name in ("precision", "memory_format")
        if getattr(costliest.config.train, name) == "auto"
    }
    if costliest.config.train.budget == "auto":
        choices["budget"] = _epochs(jobs, build, best)
    return choices


def _epochs(jobs: Sequence[Job], build: Callable[[Job], nn.Module], best: Config[Any]) -> Choice:
    """So many passes as the slowest network makes in the longest time; at least one, and no more than are of use."""
    ways = {name: best.origins[name] for name in ("precision", "memory_format", "allocator", "threads")}
    seconds = {
        job.config.model.model: epoch_seconds(job, step_seconds(job, build(job), settling.resettled(job.config, ways)))
        for job in jobs
    }
    slowest = max(seconds, key=lambda model: seconds[model])
    epochs = min(max(int(LONGEST / seconds[slowest]), 1), ENOUGH_EPOCHS)
    minutes = f"{max(epochs * seconds[slowest] / 60, 1):,.0f} min"
    return _for_all(
        f"{epochs}epochs", f"about {minutes} for {slowest}, the slowest: {seconds[slowest]:,.2f} s a pass over the data"
    )


def _for_all(value: str, figures: str) -> Choice:
    return Choice(value, "measured here", f"{figures}; {SAME}")
