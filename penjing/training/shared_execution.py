"""What trainings that are held against each other have in common: precision, order in memory, length. Measured once.

Each settled by itself, one network could compute in bf16 and another in fp32, and of two networks in ten minutes the
slower would see less of the data: their scores would differ by more than the networks.
"""

from collections.abc import Callable, Mapping, Sequence

from torch import nn

from penjing import settling
from penjing.budget import ENOUGH_EPOCHS
from penjing.config import Choice
from penjing.training.auto_budget import LONGEST, about, epoch_seconds
from penjing.training.costs import HEAVY, forward_macs
from penjing.training.execution import fastest_execution, left_open
from penjing.training.job import Job
from penjing.training.step_time import step_seconds

SAME = "the same for the whole grid"


def shared_settings(jobs: Sequence[Job], build: Callable[[Job], nn.Module]) -> dict[str, Choice]:
    """Settle what the settings leave open and a comparison needs to be equal.

    Precision and order in memory are those in which the costliest network trains fastest. The length is as many epochs
    as are of use, or as the slowest network passes in ten minutes. Threads and freed memory are left to each training:
    they change how long a step takes.

    Args:
        jobs: one for each network.
        build: gives a job's network with its first weights; networks are built one at a time.

    Returns:
        By setting; nothing where no budget is open and every network is so light that all run in the usual way.
    """
    if jobs[0].task.form != "pictures":
        return {}
    macs = [forward_macs(job, build(job)) for job in jobs]
    costliest = jobs[macs.index(max(macs))]
    asked, choices = costliest.config.train, dict[str, Choice]()
    ways = left_open(asked)
    if max(macs) >= HEAVY:
        best = fastest_execution(costliest, build(costliest)).config
        ways = {name: best.origins[name] for name in ("precision", "memory_format", "allocator", "threads")}
        choices = {
            name: _for_all(ways[name].value, f"{ways[name].why}, of {costliest.config.model.model}")
            for name in ("precision", "memory_format")
            if getattr(asked, name) == "auto"
        }
    if asked.budget == "auto":
        choices["budget"] = _epochs(jobs, build, ways)
    return choices


def _epochs(jobs: Sequence[Job], build: Callable[[Job], nn.Module], ways: Mapping[str, Choice]) -> Choice:
    """So many passes as the slowest network makes in the longest time; at least one, and no more than are of use."""
    seconds = {
        job.config.model.model: epoch_seconds(job, step_seconds(job, build(job), settling.resettled(job.config, ways)))
        for job in jobs
    }
    slowest = max(seconds, key=lambda model: seconds[model])
    epochs = min(max(int(LONGEST / seconds[slowest]), 1), ENOUGH_EPOCHS)
    length = about(epochs * seconds[slowest])
    return _for_all(
        f"{epochs}epochs", f"{length} for {slowest}, the slowest: {seconds[slowest]:,.2f} s a pass over the data"
    )


def _for_all(value: str, figures: str) -> Choice:
    return Choice(value, "measured here", f"{figures}; {SAME}")
