"""What it does to the score, and to the speed, to run as Penjing finds fastest: precision, order in memory, and so on.

Each way to run trains the same network on the same batches for the same number of steps, with the same seeds; seed by
seed the ways take turns. Scored is the validation split; the test split is not looked at. Two intervals stand beside
each difference from the plainest way: over seeds, which are few, and over the validation examples. Where the processor
has no bfloat16, so that a step takes many times as long with it, all ways compute in float32.

    python -m benchmarks.execution_effect [--steps 200] [--seeds 3] [--json]
"""

import json
import tempfile
from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import click
import msgspec
import numpy as np
import torch
from rich.console import Console

from penjing.config import Choice
from penjing.evaluation.scores import Difference, Scores
from penjing.evaluation.seeds import OverSeeds, over_seeds, paired
from penjing.run import Run
from penjing.settling import asked, resettled
from penjing.training.execution import times_on_few
from penjing.training.job import plan
from penjing.training.measuring import with_execution
from penjing.training.session import fit_run, fresh_network
from penjing.verbs.opened import open_for_judging
from penjing.verbs.text import table
from penjing.verbs.words import parse

SOURCE = "../shared/data/cifar10.zip"
PLAIN = {"precision": "fp32", "memory_format": "contiguous", "allocator": "system"}


def ways(precision: str) -> dict[str, dict[str, Any]]:
    """By name; the first is what the others are held against."""
    quick = PLAIN | {"precision": precision, "memory_format": "channels_last"}
    return {
        "fp32, contiguous": PLAIN,
        f"{precision}, channels last": quick,
        "the same, freed memory kept": quick | {"allocator": "keep"},
        "the same, one thread": quick | {"allocator": "keep", "threads": 1},
    }


def lower_precision(source: str, settings: Mapping[str, Any]) -> str:
    """bf16, but fp32 where a step is hopelessly slow with the former."""
    job = plan(source, asked({**settings, **PLAIN, "budget": "1steps", "evaluations": 0}))
    network = fresh_network(job)
    lower = resettled(job.config, {"precision": Choice("bf16", "default", "")})
    return "fp32" if times_on_few(job, network, job.config, lower).are_hopeless else "bf16"


class Trained(NamedTuple):
    """One training."""

    scores: Scores  # of the validation split
    step_seconds: float


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """A way to run, over the seeds."""

    way: str
    score: OverSeeds
    better_by: OverSeeds | None  # than the first way, paired by seed; None for the first
    over_examples: Difference | None  # the same mean difference, with the interval of the choice of examples
    verdict: str  # whether the difference is more than noise
    step_seconds: float  # median over seeds
    speed: OverSeeds | None  # times the first way's, seed by seed


def measure(
    source: str, settings: Mapping[str, Any], compared: Mapping[str, Mapping[str, Any]], *, seeds: int, steps: int
) -> list[Result]:
    """Train each way with each seed, the ways in turn; the first is what the others are held against."""
    trained: dict[str, dict[int, Trained]] = {way: {} for way in compared}
    for seed in range(seeds):
        for way, own in compared.items():
            typed = {"threads": torch.get_num_threads(), **settings, **own}
            trained[way][seed] = train(source, typed | {"seed": seed, "budget": f"{steps}steps", "evaluations": 0})
    first = trained[next(iter(compared))]
    return [result_of(way, by_seed, None if by_seed is first else first) for way, by_seed in trained.items()]


def train(source: str, settings: Mapping[str, Any]) -> Trained:
    """In a temporary folder; nothing is measured beforehand, for all is said."""
    job = plan(source, asked(settings))
    network = fresh_network(job)
    job = with_execution(job, network, measure=False)
    with tempfile.TemporaryDirectory() as folder:
        run = Run.create(Path(folder) / "run", job.config, job.spec)
        fit_run(job, network, run, Console(file=StringIO()))
        opened = open_for_judging(run.path)
        split = job.data.splits["validation"]
        answers, truths = job.task.answers(opened.predictor, split)
        lines = [line for line in run.log if "loss" in line]
    passed = np.diff([line["seconds"] for line in lines]) / np.diff([line["step"] for line in lines])
    return Trained(job.task.score(answers, truths, opened.spec, split.groups), float(np.median(passed)))


def result_of(way: str, ours: Mapping[int, Trained], first: Mapping[int, Trained] | None) -> Result:
    """A way beside the first."""
    values, speeds = _values(ours), [one.step_seconds for one in ours.values()]
    better_by = paired(values, _values(first)) if first is not None else None
    ratios = [first[seed].step_seconds / ours[seed].step_seconds for seed in ours] if first is not None else []
    return Result(
        way=way,
        score=over_seeds(list(values.values())),
        better_by=better_by,
        over_examples=over_examples(ours, first) if first is not None else None,
        verdict=verdict_of(better_by) if better_by is not None else "",
        step_seconds=float(np.median(speeds)),
        speed=over_seeds(ratios) if ratios else None,
    )


def over_examples(ours: Mapping[int, Trained], theirs: Mapping[int, Trained]) -> Difference:
    """The mean difference over seeds; draw r of every training took the same examples, so it has a value in each."""
    draws = [np.mean([one.scores.draws for one in of.values()], axis=0) for of in (ours, theirs)]
    values = [np.mean(list(_values(of).values())) for of in (ours, theirs)]
    return Difference.of(float(values[0] - values[1]), draws[0] - draws[1])


def verdict_of(better_by: OverSeeds) -> str:
    """What may be claimed of a difference over seeds."""
    if not better_by.is_clear:
        return "within noise" if better_by.n > 1 else "one seed cannot tell"
    return "better" if better_by.value > 0 else "**worse**"


def _values(trained: Mapping[int, Trained]) -> dict[int, float]:
    return {seed: one.scores.primary.value for seed, one in trained.items()}


def show(results: Sequence[Result], console: Console) -> None:
    """One table."""
    rows = [
        (
            result.way,
            str(result.score),
            result.better_by.difference_text if result.better_by else "",
            str(result.over_examples or ""),
            result.verdict,
            f"{result.step_seconds * 1e3:.0f}",
            str(result.speed or ""),
        )
        for result in results
    ]
    headings = [
        "way to run",
        "validation score",
        "better by, over seeds",
        "over examples",
        "",
        "step, ms",
        "faster, times",
    ]
    console.print(table(headings, rows))


@click.command()
@click.argument("settings", nargs=-1, metavar="[KEY=VALUE ...]")
@click.option("--source", default=SOURCE, show_default=True)
@click.option("--steps", default=200, show_default=True, help="Of each training.")
@click.option("--seeds", default=3, show_default=True, help="How many.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def main(settings: tuple[str, ...], source: str, steps: int, seeds: int, as_json: bool) -> None:
    """Compare ways to run by score and speed. Settings are those of all ways."""
    _, typed = parse(settings)
    if own := sorted({"seed", "budget", "evaluations", *PLAIN} & typed.keys()):
        raise click.UsageError(
            f"{', '.join(own)}: set by the comparison; how long and how many are --steps and --seeds"
        )
    results = measure(source, typed, ways(lower_precision(source, typed)), seeds=seeds, steps=steps)
    if as_json:
        told = {"source": source, "settings": typed, "steps": steps, "results": msgspec.to_builtins(results)}
        click.echo(json.dumps(told))
    else:
        show(results, Console(highlight=False))


if __name__ == "__main__":
    main()
