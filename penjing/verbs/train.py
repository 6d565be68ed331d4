"""train: a source in, a run out. The main path: read, describe, network, check, loop, evaluate, report."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click
import msgspec

from penjing.findings import PenjingError, stop
from penjing.settling import asked
from penjing.verbs.outcome import Outcome
from penjing.verbs.words import CONTEXT, given_twice, one_source, parse

if TYPE_CHECKING:
    from penjing.run import Run
    from penjing.training.job import Job
    from penjing.verbs.handle import TrainedRun
    from penjing.verbs.training_text import Telling

Way = Literal["new", "again", "resumed"]  # how a training came to be


def train(
    source: str | Path | None = None,
    *,
    task: str | None = None,
    model: str | None = None,
    budget: str | None = None,
    out: str | Path | None = None,
    settings: Mapping[str, Any] | None = None,
    file: str | Path | None = None,
    resume: str | Path | None = None,
    again: str | Path | None = None,
    explain_choices: bool = False,
) -> "TrainedRun":
    """Train a network on a source, or go on with a training, or do one again.

    Args:
        source: a path, `sklearn:digits`, or a world such as `cartpole`.
        task: a name or a path to your own; inferred from the source where it is not given.
        model: a name or a path to your own.
        budget: `2000steps`, `5epochs`, `90s`, `10m`.
        out: the run's folder; runs/NAME-1, -2, ... where it is not given.
        settings: any other setting by name; `penjing list settings` shows them.
        file: a TOML file of settings; what is said here wins.
        resume: a run to go on with, bit for bit; beside it a larger `patience` alone may be said.
        again: a run to do again from its config.json alone.
        explain_choices: print every setting with its origin and why.

    Returns:
        The run, scored on its test split, with a report.

    Raises:
        PenjingError: anything that stands in the way: what, where, why, and what to try.
    """
    from penjing.run import Run
    from penjing.training import job as jobs
    from penjing.training.observers.early_stopping import wait_longer
    from penjing.verbs.handle import TrainedRun
    from penjing.verbs.training_text import Telling

    typed = asked(
        united(settings or {}, {"task": task, "model": model, "budget": budget}), Path(file) if file else None
    )
    longer = typed.pop("patience", None) if resume is not None else None
    beside = [*typed, *(["a source"] if source is not None else [])]
    if resume is not None:
        also = [word for word, given in (("--out", out), ("--again", again)) if given is not None]
        refuse_beside(f"--resume {resume}", beside + also)
        run = Run.open(resume)
        if longer is not None:
            with run.lock():
                wait_longer(run, longer)
        if run.is_finished and "test" in run.scores:
            return TrainedRun(run.path)  # it has ended, and another look at the test split would only count
        return train_job(jobs.from_config(run), run, "resumed", Telling(everything=explain_choices))
    if again is not None:
        refuse_beside(f"--again {again}", beside)
    _refuse_existing(out)
    job = jobs.plan(needed(source), typed) if again is None else jobs.from_config(Run.open(again))
    run = Run(out or jobs.next_run(job.config.data.source))  # as it was resolved: `.` has no name
    return train_job(job, run, "new" if again is None else "again", Telling(everything=explain_choices))


def train_job(job: "Job", run: "Run", way: Way, telling: "Telling") -> "TrainedRun":
    """The main path from a job on, into a run's folder; what its settings leave open is measured where it is new.

    Args:
        job: what to train on what.
        run: where; it exists where the training is resumed.
        way: how the training came to be.
        telling: what a person is told before it begins.

    Raises:
        PenjingError: those of `train`.
    """
    from penjing.training.measuring import measured_here
    from penjing.training.session import findings_on_data, fit_run, initialize, refuse_too_short
    from penjing.training.trackers.tracking import Tracking
    from penjing.verbs.evaluate import evaluate
    from penjing.verbs.handle import TrainedRun
    from penjing.verbs.training_text import measuring

    tracking = Tracking(run, job.config.train.track)  # first: a tracker that is not there is told before all work
    telling.data(job)
    begins = way != "resumed" or run.checkpoint() is None
    network, known = initialize(job, needs_weights=begins)  # before there is a folder: what cannot be built leaves none
    telling.weights(job.config, known)
    refuse_too_short(job, network)
    known = [*known, *findings_on_data(job)]
    if way == "new":
        with measuring():
            job = measured_here(job, network)
    telling.device(job.config)
    telling.settings(job.config)
    with _begun(run), _in_folder(run, job, is_fresh=way != "resumed"), tracking:
        fit_run(job, network, run, telling.console, known=known, also=[tracking])
        evaluate(run.path)
    return TrainedRun(run.path)


@contextmanager
def _begun(run: "Run") -> Iterator[None]:
    """Where a run exists, what could not be written is told with the way on: the same command would be refused."""
    try:
        yield
    except PenjingError as error:
        if error.finding.rule != "cannot-write" or not run.is_at(run.path):
            raise
        advice = f"make room, or what is named above writable; then  penjing train --resume {run.path}"
        raise PenjingError(msgspec.structs.replace(error.finding, try_=advice)) from error


@contextmanager
def _in_folder(run: "Run", job: "Job", *, is_fresh: bool) -> Iterator[None]:
    """Hold the run, begun where it is fresh; its page is written however the training ends.

    A fresh run that could take no step is taken back.
    """
    from penjing.verbs.report import report

    before = run.entries()
    with run.lock():
        if is_fresh:
            run.create(run.path, job.config, job.spec)
        try:
            yield
        except BaseException as error:
            if isinstance(error, PenjingError) and is_fresh and error.finding.rule == "budget-too-short":
                run.discard(before)
            else:
                with suppress(PenjingError):  # what ended the training is to be told, not that its page fails too
                    report(run.path)
            raise
        report(run.path)


def _refuse_existing(out: str | Path | None) -> None:
    """Before anything is read: a folder that holds a run, which may be one that is being trained."""
    from penjing.run import Run

    if out is not None:
        with Run(out).lock() if Run.is_at(Path(out)) else nullcontext():
            Run(out).refuse_existing()


def needed(source: str | Path | None) -> str:
    """The source, where one was given.

    Raises:
        PenjingError: `usage`.
    """
    if source is None:
        raise stop(
            "usage",
            "train needs a source",
            where="penjing train",
            why="there is nothing to learn from.",
            try_="penjing train sklearn:digits; penjing list readers",
        )
    return str(source)


def united(settings: Mapping[str, Any], named: Mapping[str, Any]) -> dict[str, Any]:
    """Settings, and those that have a word of their own where they were given; one that is given twice is refused.

    Raises:
        PenjingError: `usage`.
    """
    given = {key: value for key, value in named.items() if value is not None}
    for key in given.keys() & settings.keys():
        raise given_twice(key, given[key], settings[key])
    return {**given, **settings}


def refuse_beside(option: str, words: Sequence[str]) -> None:
    """Stop where something was given beside an option that stands alone.

    Raises:
        PenjingError: `usage`.
    """
    if words:
        raise stop(
            "usage",
            f"{option} stands alone; {', '.join(words)} was given too",
            where=option,
            why="a training that goes on, or is done again, is the same training.",
            try_="penjing train DATA KEY=VALUE  begins another one",
        )


@click.command(context_settings=CONTEXT)
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="SOURCE [KEY=VALUE ...]")
@click.option("--out", metavar="DIR", help="The run's folder; runs/NAME-1, -2, ... otherwise.")
@click.option("--task", metavar="T", help="A name or a path to your own; inferred otherwise.")
@click.option("--model", metavar="M", help="A name or a path to your own; several with commas.")
@click.option("--seeds", metavar="N", help="How many (3), or which (0,1,2): a run for each, of each model.")
@click.option("--budget", metavar="B", help="2000steps, 5epochs, 90s, 10m or 1h.")
@click.option("--settings", "file", metavar="FILE", help="A TOML file of settings; what is typed wins.")
@click.option("--resume", metavar="RUN", help="Go on with a training, bit for bit.")
@click.option("--again", metavar="RUN", help="Do a training again from its config.json alone.")
@click.option("--explain-choices", is_flag=True, help="Print every setting with its origin and why.")
def command(
    words: tuple[str, ...],
    out: str | None,
    task: str | None,
    model: str | None,
    seeds: str | None,
    budget: str | None,
    file: str | None,
    resume: str | None,
    again: str | None,
    explain_choices: bool,
) -> Outcome:
    """Train a network on a source. Any setting can be given as KEY=VALUE or --key value: penjing list settings."""
    from penjing.evaluation.record import without_draws
    from penjing.verbs import train_grid as grids

    sources, settings = parse(words)
    source = one_source(sources) if sources else None
    said = united(settings, {"task": task, "model": model, "budget": budget})
    if grids.is_meant(said.get("model"), seeds, resume):
        if again is not None:
            refuse_beside(f"--again {again}", ["--seeds, several models, or a grid"])
        models = [part for part in said.pop("model", "").split(",") if part]
        return grids.outcome(
            grids.train_grid(
                source,
                models=models,
                seeds=grids.parse_seeds(seeds) if seeds is not None else None,
                out=out,
                settings=said,
                file=file,
                resume=resume,
                explain_choices=explain_choices,
            )
        )
    run = train(
        source,
        out=out,
        settings=said,
        file=file,
        resume=resume,
        again=again,
        explain_choices=explain_choices,
    )
    return Outcome(
        result={"run": str(run.path), "scores": without_draws(run.scores), "config": run.config},
        findings=tuple(run.findings),
        show=run.show,
    )
