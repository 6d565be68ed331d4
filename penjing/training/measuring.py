"""What a training's settings leave to this machine and this data, measured before it begins."""

from torch import nn

from penjing.settling import resettled
from penjing.training.auto_budget import UNMEASURED, budget_at
from penjing.training.costs import HEAVY, forward_macs
from penjing.training.execution import Trial, fastest_execution, left_open
from penjing.training.job import Job
from penjing.training.rate_finder import found_rate
from penjing.training.step_time import step_seconds


def measured_here(job: Job, network: nn.Module) -> Job:
    """The job with a value for each setting that was left open: how it runs, its budget, and its rate where asked.

    Args:
        job: what is to be trained.
        network: with its first weights, which stay as they are.
    """
    job = with_execution(job, network)
    if job.config.train.find_lr:
        job = job._replace(config=resettled(job.config, {"lr": found_rate(job, network)}))
    return job


def with_execution(job: Job, network: nn.Module, *, measure: bool = True) -> Job:
    """The job with a value for how it runs and for its budget.

    Args:
        job: whose steps are timed.
        network: with its first weights; copied.
        measure: whether to measure, of pictures: how steps run where they are heavy, how long they take where the
            budget is open. Else what is usual is taken.
    """
    measure = measure and job.task.form == "pictures"
    config, seconds = Trial(resettled(job.config, left_open(job.config.train)), None)
    if measure and forward_macs(job, network) >= HEAVY:
        config, seconds = fastest_execution(job, network)
    if config.train.budget == "auto" and measure:
        seconds = step_seconds(job, network, config) if seconds is None else seconds
        config = resettled(config, {"budget": budget_at(job, seconds)})
    elif config.train.budget == "auto":
        config = resettled(config, {"budget": UNMEASURED})
    return job._replace(config=config)
