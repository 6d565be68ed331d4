"""One training in a run's folder: network, check, loop, weights. It goes on from the last checkpoint, if any."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec
import torch
from rich.console import Console
from torch import nn

from penjing import randomness
from penjing.budget import parse_budget
from penjing.evaluation.scores import Score
from penjing.findings import Finding, PenjingError, stop
from penjing.rules.on_data import check_data
from penjing.run import Run
from penjing.runtime import machine
from penjing.runtime.pipeline import Predictor
from penjing.tasks import by_path
from penjing.training import devices, weight_sources
from penjing.training.averaging import average_of
from penjing.training.calibration import calibrate_run
from penjing.training.checkpoint import Parts, arrays_of, capture, restore
from penjing.training.clock import Clock, too_short
from penjing.training.found import Found
from penjing.training.freezing import factors_of
from penjing.training.gradients import norms_in_pieces
from penjing.training.job import Job
from penjing.training.loop import Observer, fit, needed
from penjing.training.observers.early_stopping import EarlyStopping
from penjing.training.observers.evaluation import Evaluation
from penjing.training.observers.log import Log
from penjing.training.observers.progress import ProgressBar
from penjing.training.observers.rules import RuleWatch
from penjing.training.observers.saving import Saving
from penjing.training.optimizers import optimizer_of
from penjing.training.precision import place
from penjing.training.torch_engine import TorchEngine
from penjing.training.transfer import frozen_at_random, load
from penjing.unused import beyond, undivided, unused

# What the first checkpoint would say beside its arrays
BEGINNING: Mapping[str, Any] = MappingProxyType(
    {
        "step": 0,
        "seconds": 0.0,
        "best": None,
        "since_best": 0,
        "last_step": None,
        "unlogged": (0.0, 0),
        "next_line": 0.0,
        "findings": [],
    }
)


def fit_run(
    job: Job,
    network: nn.Module,
    run: Run,
    console: Console,
    *,
    known: Sequence[Finding] = (),
    also: Sequence[Observer] = (),
) -> None:
    """Train, and leave the weights in the run.

    Args:
        job: what to train on what.
        network: with fresh weights; a checkpoint in the run replaces them.
        run: where; begun with `Run.create`, or to go on with.
        console: where progress is shown.
        known: what was found before: of the data, by `findings_on_data`, and of the network's first weights.
        also: observers beside the standard ones, told last.

    Raises:
        PenjingError: a rule of severity error that `ignore` does not name; `interrupted` after ^C, all saved;
            `budget-too-short`, where no step was taken; `observer-failed`, where the weights could no longer be kept.
    """
    task, config, spec, settings = job.task, job.config, job.spec, job.config.train
    device = devices.choose(settings.device)
    found = Found(run, [*known, *_findings_on_settings(job, network, device)])
    found.write()

    parts, follow, facts = begin(job, place(network, device, settings), run)
    found.add(*msgspec.convert(facts["findings"], list[Finding]))
    clock = Clock(
        parse_budget(settings.budget), parts.stream.steps_per_epoch, facts["seconds"], last_step=facts["last_step"]
    )
    patience = EarlyStopping(settings.patience, clock, since_best=facts["since_best"])

    logged = [line for line in run.log if line["step"] <= facts["step"]]
    log = Log(logged, facts["unlogged"], facts["next_line"])
    evaluation = _evaluation(job, parts, run, log, patience, clock, facts)
    is_untrained = facts["step"] == 0 and not config.model.weights
    start_loss = task.start_loss(spec) if is_untrained else None
    watch = RuleWatch(network, parts.optimizer, start_loss, settings.ignore, tell=found.add)
    saving = Saving(
        run,
        log,
        lambda: capture(parts),
        lambda: {"best": evaluation.best, "findings": msgspec.to_builtins(found.in_order()), **patience.facts()},
        every=settings.save_every,
    )
    bar = ProgressBar(console, evaluation.latest)
    scores = needed(evaluation) if settings.keep == "best" or settings.patience else evaluation
    try:
        with devices.execution(settings), clock.interruptible(), watch, bar:
            fit(
                task,
                network,
                parts.stream,
                spec,
                config,
                optimizer=parts.optimizer,
                follow=follow,
                clock=clock,
                device=device,
                observers=[watch.observe, log, scores, bar, needed(saving), *also],
                tell=found.add,
                start=facts["step"],
            )
        found.add(*patience.told(evaluation.best, settings.keep))
        if not (log.lines or clock.asked_to_stop):  # each step that ends a training leaves a line
            raise too_short(parse_budget(settings.budget))
    except PenjingError as error:
        found.add(error.finding)
        raise
    finally:
        found.write()
    if clock.asked_to_stop:
        raise interrupted(run.path)
    found.add(*calibrate_run(job, parts.kept, run))
    found.write()
    run.write_weights("last", arrays_of(parts.kept))


def _findings_on_settings(job: Job, network: nn.Module, device: torch.device) -> list[Finding]:
    """What is worth knowing of how a training is to run: nothing of it ends it."""
    settings, origins = job.config.train, job.config.origins
    over = beyond(
        settings,
        origins,
        examples=len(job.data.splits["train"]) if job.task.form == "pictures" else None,
        cores=machine.cores() if device.type == "cpu" else None,
    )
    in_vain = unused(settings, job.config.options, origins)
    idle = [one for one in in_vain if one.severity != "error"]  # errors: refused before
    return [*devices.untested(device), *idle, *over, *norms_in_pieces(network, settings.accumulate)]


def _evaluation(
    job: Job, parts: Parts, run: Run, log: Log, patience: EarlyStopping, clock: Clock, facts: Mapping[str, Any]
) -> Evaluation:
    """Validation scores of the weights that are kept: into the log, beside the best weights, and told to patience."""
    settings = job.config.train
    return Evaluation(
        lambda: validation_score(job, parts.kept),
        log.lines,
        lambda name: run.write_weights(name, arrays_of(parts.kept)),
        patience.judge,
        times=settings.evaluations if len(job.data.splits["validation"]) else 0,
        sparing=parse_budget(settings.budget).unit == "seconds",
        best=facts["best"],
        done=clock.fraction(facts["step"]),
    )


def begin(job: Job, network: nn.Module, run: Run) -> tuple[Parts, Callable[[int], None], Mapping[str, Any]]:
    """What a training changes, fresh or as the last checkpoint holds it; what moves the average; where it stands."""
    settings = job.config.train
    kept, follow = average_of(network, settings.ema)
    optimizer = optimizer_of(network, settings)
    stream = job.task.stream(job.data.splits["train"], network, job.spec, job.config, devices.share())
    parts = Parts(network, kept, optimizer, stream)
    checkpoint = run.checkpoint()
    if checkpoint is None:
        return parts, follow, BEGINNING
    restore(checkpoint[0], parts)
    return parts, follow, {**BEGINNING, **checkpoint[1]}  # one of an earlier version may lack a fact


class Initialized(NamedTuple):
    """A network before its first step, and what is worth knowing of its weights."""

    network: nn.Module
    findings: list[Finding]


def initialize(job: Job, *, needs_weights: bool = True) -> Initialized:
    """The network before its first step: a function of the seed, and of the weights that it begins from.

    Args:
        job: which network, and which weights.
        needs_weights: whether what the network holds will be used; else a checkpoint replaces it.

    Raises:
        PenjingError: those of building it, `weights-changed`, those of `transfer.load` and of `freezing.factors_of`.
    """
    config, model = job.config, job.config.model
    with torch.random.fork_rng():
        torch.manual_seed(randomness.integer(config.seed, "initialize"))
        network = job.task.network(job.spec, config)
    factors = factors_of(network, config.train)
    if not needs_weights:
        return Initialized(network, [])
    if model.weights and config.beginning is not None:
        weights = weight_sources.again(model.weights, config.beginning, download=config.data.download)
        loaded = load(network, weights, job.spec)
        return Initialized(network, [loaded, *frozen_at_random(loaded.evidence["fresh"], factors, model.model)])
    is_drawn = not by_path.is_path(model.model)  # a network of the user's may have loaded weights by itself
    drawn = [name for name, _ in network.named_parameters()] if is_drawn else []
    return Initialized(network, frozen_at_random(drawn, factors, model.model))


def fresh_network(job: Job) -> nn.Module:
    """The network of `initialize` alone."""
    return initialize(job).network


def validation_score(job: Job, network: nn.Module) -> Score:
    """The primary score of the validation split, with the weights as they are."""
    predictor = Predictor(job.task.pipeline(job.spec), TorchEngine(job.task.graphs(network, job.spec)))
    split = job.data.splits["validation"]
    answers, truths = job.task.answers(predictor, split)
    return job.task.score(answers, truths, job.spec, split.groups).primary


def findings_on_data(job: Job) -> list[Finding]:
    """What the rules find in the data, before anything is measured or written.

    Raises:
        PenjingError: the first error that the settings do not ignore.
    """
    findings = [*undivided(job.config.origins, job.raw.own_splits), *check_data(job.raw, job.config.options)]
    for finding in findings:
        if finding.severity == "error" and finding.rule not in job.config.train.ignore:
            raise PenjingError(finding)
    return findings


def refuse_too_short(job: Job, network: nn.Module) -> None:
    """Stop where a budget in epochs holds no step; how long a step takes, and so seconds, is not known yet.

    Raises:
        PenjingError: `budget-too-short`.
    """
    if job.config.train.budget != "auto":
        stream = job.task.stream(job.data.splits["train"], network, job.spec, job.config, devices.share())
        Clock(parse_budget(job.config.train.budget), stream.steps_per_epoch)


def interrupted(path: Path, what: str = "training") -> PenjingError:
    """What ^C ends in: of a training, or of several in one folder."""
    return stop(
        "interrupted",
        f"the {what} was stopped by ^C; everything up to here is saved",
        where=str(path),
        why="you asked for it.",
        try_=f"penjing train --resume {path}  goes on, bit for bit",
    )
