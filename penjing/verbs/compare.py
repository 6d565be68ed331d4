"""compare: runs side by side, each held against the first, example by example."""

from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from penjing.config import differences
from penjing.evaluation.record import Cost, Evaluation, evaluations_of
from penjing.evaluation.scores import Difference, Score, difference
from penjing.findings import Finding, stop
from penjing.rules import difference_within_noise
from penjing.run import Run
from penjing.verbs.outcome import Outcome

if TYPE_CHECKING:
    from rich.console import Console


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """A run beside the first."""

    run: str
    task: str
    seed: int
    score: Score
    better_by: Difference | None  # than the first run; None for the first, and where the test splits differ
    settings: dict[str, tuple[Any, Any]]  # those that differ: the first run's value, this one's
    cost: Cost
    times_scored: int | None


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Runs, the first of which the others are held against."""

    split: str
    runs: tuple[Compared, ...]
    findings: tuple[Finding, ...]


def compare(*runs: str | Path, split: str = "test") -> Comparison:
    """Hold runs against the first: paired differences of their scores, and what differs in their settings.

    Both were scored on the same examples, and the bootstrap of each took the same examples in each of its draws, so the
    draws are subtracted one by one. Nothing is scored anew: no split is looked at once more.

    Args:
        runs: two or more folders of runs that were evaluated.
        split: whose scores.

    Raises:
        PenjingError: `usage` for fewer than two, `not-scored`, `not-comparable` where the scores are of different
            kinds; those of opening a run.
    """
    if len(runs) < 2:
        raise stop(
            "usage",
            f"compare needs two runs or more, {len(runs)} given",
            where=" ".join(["penjing compare", *map(str, runs)]),
            why="a score says little alone.",
            try_="penjing compare runs/digits-1 runs/digits-2",
        )
    opened = [Run.open(path) for path in runs]
    evaluations = [_evaluation(run, split) for run in opened]
    _refuse_other_scores(opened, evaluations)
    findings: list[Finding] = []
    compared = [
        _beside_first(opened[0], evaluations[0], run, evaluation, findings)
        for run, evaluation in zip(opened, evaluations, strict=True)
    ]
    return Comparison(split=split, runs=tuple(compared), findings=tuple(findings))


def _evaluation(run: Run, split: str) -> Evaluation:
    if split not in run.scores:
        raise stop(
            "not-scored",
            f"{run.path} has no score of the {split} split",
            where=str(run.path / "scores.json"),
            why="there is nothing to compare.",
            try_=f"penjing evaluate {run.path} --split {split}",
        )
    return evaluations_of(run)[split]


def _refuse_other_scores(runs: Sequence[Run], evaluations: Sequence[Evaluation]) -> None:
    first = evaluations[0].scores.primary.name
    for run, evaluation in zip(runs, evaluations, strict=True):
        name = evaluation.scores.primary.name
        if name != first:
            raise stop(
                "not-comparable",
                f"{run.path} is scored by {name}, {runs[0].path} by {first}",
                where=str(run.path),
                why="a difference of two kinds of score means nothing.",
                try_="compare runs of the same task",
            )


def _beside_first(
    first: Run, expected: Evaluation, run: Run, evaluation: Evaluation, findings: list[Finding]
) -> Compared:
    """One row; what it finds is added to the findings."""
    better_by = None
    if run is not first:
        if evaluation.data_fingerprint == expected.data_fingerprint:
            better_by = difference(evaluation.scores, expected.scores)
            findings += _within_noise(run, first, evaluation.scores.primary, better_by)
        else:
            findings.append(_other_examples(run, first, evaluation.split))
    return Compared(
        run=str(run.path),
        task=run.config.task,
        seed=run.config.seed,
        score=evaluation.scores.primary,
        better_by=better_by,
        settings=differences(first.config.origins, run.config.origins),
        cost=evaluation.cost,
        times_scored=evaluation.times_scored,
    )


def _within_noise(run: Run, first: Run, score: Score, better_by: Difference) -> list[Finding]:
    seen = difference_within_noise.Evidence(
        ours=str(run.path),
        theirs=str(first.path),
        score=score.name,
        n=score.n,
        difference=better_by.value,
        low=better_by.low,
        high=better_by.high,
    )
    found = difference_within_noise.check(seen)
    return [found] if found else []


def _other_examples(run: Run, first: Run, split: str) -> Finding:
    return Finding(
        rule="other-examples",
        severity="warning",
        what=f"{run.path} and {first.path} were scored on different {split} examples",
        where=str(run.path),
        why="their scores differ by the examples too, and what one was tested on the other may have trained on.",
        try_="train again on the same data with the same split_seed, validation and test",
    )


def show(comparison: Comparison, console: "Console") -> None:
    """Scores and differences, then the settings in which runs differ, then costs."""
    from penjing.verbs.text import table

    runs = comparison.runs
    name = runs[0].score.name
    console.print(
        table(
            ["run", "seed", name, "95 % interval", "better than the first by (paired)", "scored"],
            [
                (
                    row.run,
                    row.seed,
                    row.score.value_text,
                    row.score.interval_text,
                    _difference_in_words(row),
                    f"{row.times_scored}x",
                )
                for row in runs
            ],
        )
    )
    changed = dict.fromkeys(key for row in runs for key in row.settings)
    if changed:
        console.print()
        console.print(table(["setting", *(row.run for row in runs)], [(key, *_values(key, runs)) for key in changed]))
    costs = [{unit: value for value, unit in row.cost.in_words()} for row in runs]
    console.print()
    console.print(
        table(
            ["cost", *(row.run for row in runs)],
            [(unit, *(cost.get(unit, "") for cost in costs)) for unit in dict.fromkeys(chain(*costs))],
        )
    )
    console.print(
        "\nAn interval covers the choice of test examples; another seed of the training moves a score as well."
    )


def _difference_in_words(row: Compared) -> str:
    if row.better_by is None:
        return ""
    if row.better_by.low == row.better_by.high == 0:
        return "equal"
    return f"{row.better_by}  {row.better_by.verdict}"


def _values(key: str, runs: Sequence[Compared]) -> list[Any]:
    """A setting's value in each run: a run that does not name it has the first one's."""
    first = next(row.settings[key][0] for row in runs if key in row.settings)
    return [row.settings[key][1] if key in row.settings else first for row in runs]


@click.command()
@click.argument("runs", nargs=-1, metavar="RUN RUN ...")
@click.option("--split", default="test", show_default=True, help="Whose scores: test or validation.")
def command(runs: tuple[str, ...], split: str) -> Outcome:
    """Hold runs against the first: differences with intervals, what differs in their settings, what they cost."""
    comparison = compare(*runs, split=split)
    return Outcome(result=comparison, findings=comparison.findings, show=lambda console: show(comparison, console))
