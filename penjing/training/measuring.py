"""What a training's settings leave to this machine and this data, measured before it begins."""

from torch import nn

from penjing.settling import resettled
from penjing.training.execution import concrete
from penjing.training.job import Job
from penjing.training.rate_finder import found


def measured_here(job: Job, network: nn.Module) -> Job:
    """The job with a value for each setting that was left open: how it runs, its budget, and its rate where asked.

    Args:
        job: what is to be trained.
        network: with its first weights, which stay as they are.
    """
    job = concrete(job, network)
    if job.config.train.find_lr:
        job = job._replace(config=resettled(job.config, {"lr": found(job, network)}))
    return job
