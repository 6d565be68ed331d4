"""The first steps of a training once more, with a fresh network, under the rules; no folder is touched."""

from penjing.budget import parse_budget
from penjing.findings import Finding, PenjingError
from penjing.training import devices
from penjing.training.clock import Clock
from penjing.training.job import Job
from penjing.training.loop import Step, fit
from penjing.training.measuring import with_execution
from penjing.training.observers.rules import STEPS, RuleWatch
from penjing.training.optimizers import optimizer_of
from penjing.training.precision import place
from penjing.training.session import fresh_network


def rehearse(job: Job) -> list[Finding]:
    """What the rules say of the first steps of a job's own loop, and what ends it, if anything does."""
    network = fresh_network(job)
    job = with_execution(job, network, measure=False)
    settings = job.config.train
    device = devices.choose(settings.device)
    with devices.execution(settings):
        place(network, device, settings)
        optimizer = optimizer_of(network, settings)
        stream = job.task.stream(job.data.splits["train"], network, job.spec, job.config, devices.share())
        clock = Clock(parse_budget(settings.budget), stream.steps_per_epoch)
        start_loss = None if job.config.model.weights else job.task.start_loss(job.spec)
        found: list[Finding] = []
        watch = RuleWatch(network, optimizer, start_loss, settings.ignore, tell=found.append)

        def enough(step: Step) -> None:
            clock.asked_to_stop = step.step >= STEPS

        try:
            with watch:
                fit(
                    job.task,
                    network,
                    stream,
                    job.spec,
                    job.config,
                    optimizer=optimizer,
                    follow=lambda step: None,
                    clock=clock,
                    device=device,
                    observers=[watch.observe, enough],
                    tell=found.append,
                )
        except PenjingError as error:
            return [error.finding, *(one for one in found if one != error.finding)]
    return found
