"""evaluate: the score of a run or a file, with interval, baselines and cost."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from penjing.evaluation.record import Baseline, Cost, Evaluation, without_draws
from penjing.evaluation.scores import Score, difference
from penjing.findings import Finding, stop
from penjing.verbs.outcome import Outcome
from penjing.verbs.words import one_source

if TYPE_CHECKING:
    from rich.console import Console

    from penjing.verbs.opened import Opened


def evaluate(source: str | Path, *, split: str = "test") -> Evaluation:
    """Score a run with PyTorch or a file with ONNX Runtime, by the same pipeline; a run and its page keep the score.

    Args:
        source: a run's folder or an artifact's file.
        split: "test", "validation" or "train".

    Raises:
        PenjingError: `unknown-split`; and those of opening and reading.
    """
    from penjing.verbs.opened import open_for_judging
    from penjing.verbs.report import report

    opened = open_for_judging(source)
    data = opened.data()
    if split not in data.splits or not len(data.splits[split]):
        raise stop(
            "unknown-split",
            f"there is no split `{split}`",
            where=f"split={split}",
            why="there are no examples to score.",
            try_=f"--split {' or '.join(name for name, examples in data.splits.items() if len(examples))}",
        )
    examples = data.splits[split]
    answers, truths = opened.task.answers(opened.predictor, examples)
    scores = opened.task.score(answers, truths, opened.spec, examples.groups)
    baselines = {}
    for name, guesses in opened.task.baselines(data, opened.spec, examples).items():
        theirs = opened.task.score(guesses, truths, opened.spec, examples.groups)
        baselines[name] = Baseline(theirs, difference(scores, theirs))
    evaluation = Evaluation(
        split=split,
        scores=scores,
        baselines=baselines,
        cost=_cost(opened, opened.task.samples(data, opened.spec)),
        engine=opened.predictor.engine.name,
        data_fingerprint=data.fingerprint,  # as prepared: `compare` pairs scores of the same examples only
        times_scored=opened.run.looks(split) + 1 if opened.run else None,
        weights=opened.run.seal if opened.run else "",
    )
    if opened.run:
        opened.run.write_score(split, evaluation)
        if (opened.run.path / "report.html").exists():
            report(opened.run.path)  # it shows these scores
    return evaluation


def _cost(opened: "Opened", samples: Sequence[Any]) -> Cost:
    from penjing.inspection.counting import parameters_of
    from penjing.training.costs import macs_of

    if opened.artifact:
        return Cost(size_bytes=opened.artifact.size_bytes)
    assert opened.run is not None  # what is opened is an artifact or a run
    if opened.network is None:
        return Cost(size_bytes=sum(len(graph) for graph in opened.run.graphs().values()))
    return Cost(
        parameters=parameters_of(opened.network),
        macs=macs_of(opened.predictor, samples[0]),
        size_bytes=sum(tensor.numel() * tensor.element_size() for tensor in opened.network.state_dict().values()),
        train_seconds=opened.run.log[-1]["seconds"] if opened.run.log else None,
    )


def show(evaluation: Evaluation, console: "Console") -> None:
    """The score, its baselines and its cost, for people."""
    from penjing.verbs.text import show_facts, show_line, table

    primary = evaluation.scores.primary
    show_line(console, f"{evaluation.split}: ", f"{primary}  ({primary.method}, 95 %)")
    for other in evaluation.scores.others:
        console.print(f"      {other}")
    rows = [
        (
            name,
            baseline.scores.primary.value_text,
            baseline.scores.primary.interval_text,
            baseline.ours_less_this,
            baseline.ours_less_this.verdict,
        )
        for name, baseline in evaluation.baselines.items()
    ]
    console.print(table(["baseline", primary.name, "95 % interval", "ours better by (paired)", ""], rows))
    show_facts(console, "cost  ", [f"{value} {unit}" for value, unit in evaluation.cost.in_words()])
    times = {None: "", 1: f"; the {evaluation.split} split was scored once"}.get(
        evaluation.times_scored, f"; the {evaluation.split} split was scored {evaluation.times_scored} times"
    )
    console.print(f"engine {evaluation.engine}{times}")


@click.command()
@click.argument("source", nargs=-1, metavar="RUN|FILE")
@click.option("--split", default="test", show_default=True, help="test, validation or train.")
@click.option("--at-least", type=float, metavar="X", help="Exit with 1 where the score does not reach X.")
def command(source: tuple[str, ...], split: str, at_least: float | None) -> Outcome:
    """Score a run or a file: interval, baselines and cost beside it."""
    if at_least is not None and not math.isfinite(at_least):
        raise click.BadParameter(f"{at_least} is no score", param_hint="--at-least")
    evaluation = evaluate(one_source(source), split=split)
    result = without_draws(msgspec.to_builtins(evaluation))
    findings = () if at_least is None else below(evaluation.scores.primary, at_least)
    return Outcome(result=result, findings=findings, show=lambda console: show(evaluation, console))


def below(score: Score, at_least: float) -> tuple[Finding, ...]:
    """The finding where a score does not reach what was asked; empty where it does."""
    if score.value >= at_least if score.higher_is_better else score.value <= at_least:
        return ()
    return (
        Finding(
            rule="below-at-least",
            severity="error",
            what=f"{score.name} is {score.value_text} {score.interval_text}, {at_least:g} was asked for",
            where=f"--at-least {at_least:g}",
            why="what was asked of the network is not reached.",
            try_="a longer --budget; the report's curves tell whether it was still learning",
        ),
    )
