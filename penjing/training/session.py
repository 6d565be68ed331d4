"""One training in a run's folder: network, check, loop, weights. Begins where the last moment ends, if there is one."""

from typing import Any

import torch
from rich.console import Console
from torch import nn

from penjing import randomness
from penjing.config import parse_budget
from penjing.findings import Finding, PenjingError, stop
from penjing.rules import in_order
from penjing.rules.on_data import check_data
from penjing.run import Run
from penjing.runtime.pipeline import Predictor
from penjing.training import devices, moment
from penjing.training.averaging import average_of
from penjing.training.clock import Clock
from penjing.training.job import Job
from penjing.training.loop import fit
from penjing.training.observers.checkpoint import Checkpoint
from penjing.training.observers.evaluation import Evaluation
from penjing.training.observers.log import Log
from penjing.training.observers.progress import ProgressBar
from penjing.training.observers.rules import RuleWatch
from penjing.training.optimizers import optimizer_of
from penjing.training.torch_engine import TorchEngine


def fit_run(job: Job, run: Run, console: Console) -> None:
    """Train, and leave the weights in the run.

    Raises:
        PenjingError: a rule of severity error that `ignore` does not name; `interrupted` after ^C, all saved.
    """
    task, config, data, spec = job.task, job.config, job.data, job.spec
    settings = config.train
    device = devices.choose(settings.device)
    if settings.threads:
        torch.set_num_threads(settings.threads)

    findings = devices.untested(device) + check_data(job.raw)
    refuse(findings, run, settings.ignore)

    with torch.random.fork_rng():
        network = fresh_network(job).to(device)
        kept, follow = average_of(network, settings.ema)
        optimizer = optimizer_of(network, settings)
        stream = task.stream(data.splits["train"], network, spec, config, devices.share())

        saved = run.moment()
        arrays, facts = saved or ({}, {"step": 0, "seconds": 0.0, "best": None, "fraction": 0.0})
        if saved:
            moment.restore(arrays, network, kept, optimizer, stream)
        clock = Clock(parse_budget(settings.budget), stream.steps_per_epoch, facts["seconds"])

        def score() -> Any:
            predictor = Predictor(task.pipeline(spec), TorchEngine(task.graphs(kept, spec)))
            return task.score(*task.answers(predictor, data.splits["validation"]), spec).primary

        log = Log([line for line in run.log if line["step"] <= facts["step"]])
        evaluation = Evaluation(
            score,
            log.lines.append,
            lambda: run.write_weights("best", moment.arrays_of(kept)),
            times=settings.evaluations,
            best=facts["best"],
            done=clock.fraction(facts["step"]),
        )
        watch = RuleWatch(network, optimizer, task.start_loss(spec) if not saved else None, settings.ignore)
        bar = ProgressBar(console, evaluation.latest)
        checkpoint = Checkpoint(
            run,
            log,
            lambda: moment.capture(network, kept, optimizer, stream),
            lambda: {"best": evaluation.best},
            settings.save_every,
        )
        try:
            with clock.interruptible(), watch, bar:
                findings += fit(
                    task,
                    network,
                    stream,
                    spec,
                    config,
                    optimizer=optimizer,
                    follow=follow,
                    clock=clock,
                    device=device,
                    observers=[watch.observe, log, evaluation, bar, checkpoint],
                    start=facts["step"],
                )
        except PenjingError as error:
            run.write_findings(in_order([error.finding, *findings, *watch.findings]))
            raise
    run.write_findings(in_order([*findings, *watch.findings]))
    if clock.asked_to_stop:
        raise interrupted(run)
    run.write_weights("last", moment.arrays_of(kept))


def fresh_network(job: Job) -> nn.Module:
    """The network before its first step: initial weights are a function of the seed."""
    torch.manual_seed(randomness.integer(job.config.seed, "initialize"))
    return job.task.network(job.spec, job.config)


def refuse(findings: list[Finding], run: Run, ignore: tuple[str, ...]) -> None:
    """Stop at the first error that the settings do not ignore; what was found stays in the run.

    Raises:
        PenjingError: that finding.
    """
    run.write_findings(in_order(findings))
    for finding in in_order(findings):
        if finding.severity == "error" and finding.rule not in ignore:
            raise PenjingError(finding)


def interrupted(run: Run) -> PenjingError:
    """What ^C ends in."""
    return stop(
        "interrupted",
        "the training was stopped by ^C; everything up to here is saved",
        where=str(run.path),
        why="you asked for it.",
        try_=f"penjing train --resume {run.path}  goes on, bit for bit",
    )
