"""compare: runs side by side, each held against the first example by example, and over seeds where there are any."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from penjing.evaluation.record import Cost, Evaluation, evaluations_of
from penjing.evaluation.scores import Difference, Score, difference
from penjing.findings import Finding, stop
from penjing.rules import difference_within_noise
from penjing.run import Run
from penjing.settling import differences
from penjing.verbs.compare_seeds import Group, Scored, groups_of, within_seeds
from penjing.verbs.grid import Grid
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
    groups: tuple[Group, ...]  # of runs that were asked to differ by their seed alone; empty where no two were
    findings: tuple[Finding, ...]


def compare(*runs: str | Path, split: str = "test") -> Comparison:
    """Hold runs against the first: paired differences of their scores, and what differs in their settings.

    Both were scored on the same examples, and the bootstrap of each took the same examples in each of its draws, so the
    draws are subtracted one by one. Runs that were asked to differ by their seed alone are put together: what a setting
    gives is their mean, and a difference of settings is paired by seed. Where they differ in what was measured for
    each, such as a rate that was found, the group says so. Nothing is scored anew: no split is looked at again.

    Args:
        runs: two or more folders of runs that were evaluated, or a grid of `penjing train --model A,B --seeds N`, which
            stands for those of its runs that are done.
        split: whose scores.

    Raises:
        PenjingError: `usage` for fewer than two, `not-scored`, `not-comparable` where the scores are of different
            kinds; those of opening a run.
    """
    findings: list[Finding] = []
    paths = [path for given in runs for path in _runs_in(Path(given), findings)]
    if len(paths) < 2:
        raise stop(
            "usage",
            f"compare needs two runs or more, {len(paths)} given",
            where=" ".join(["penjing compare", *map(str, runs)]),
            why="a score says little alone.",
            try_="penjing compare runs/digits-1 runs/digits-2",
        )
    opened = [Run.open(path) for path in paths]
    evaluations = [_evaluation(run, split) for run in opened]
    _refuse_other_scores(opened, evaluations)
    groups = groups_of([Scored(run, evaluation) for run, evaluation in zip(opened, evaluations, strict=True)])
    of_runs: list[Finding] = []
    compared = [
        _beside_first(opened[0], evaluations[0], run, evaluation, of_runs)
        for run, evaluation in zip(opened, evaluations, strict=True)
    ]
    if groups:  # what single runs seem to show is not the question any more
        of_runs = [found for found in of_runs if found.rule != difference_within_noise.RULE.id]
    findings += of_runs
    for group in groups:
        findings += _of_group(group, groups[0], evaluations[0].scores.primary)
    return Comparison(split=split, runs=tuple(compared), groups=groups, findings=tuple(findings))


def _runs_in(path: Path, findings: list[Finding]) -> list[Path]:
    """The path itself; for a grid its runs that are done; nothing for a file that a grid keeps beside them."""
    if path.is_file() and Grid.is_at(path.parent):
        return []
    if not Grid.is_at(path):
        return [path]
    cells = Grid(path).cells
    if left := [cell.path.name for cell in cells if not cell.is_done]:
        findings.append(
            Finding(
                rule="not-done",
                severity="warning",
                what=f"{len(left)} of the {len(cells)} runs of {path} are not done, and left out: {', '.join(left)}",
                where=str(path),
                why="a mean over fewer seeds is known less well, and what failed may be what was hard.",
                try_=f"penjing train --resume {path}",
            )
        )
    return [cell.path for cell in cells if cell.is_done]


def _of_group(group: Group, first: Group, score: Score) -> list[Finding]:
    """Whether a difference of means is more than what seeds, and what test examples, alone explain."""
    found = [within_seeds(group, first, score.name)]
    if group.over_examples is not None:
        found.append(_within_noise(group.name, first.name, score, group.over_examples))
    return [one for one in found if one]


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
            noise = _within_noise(str(run.path), str(first.path), evaluation.scores.primary, better_by)
            findings += [noise] if noise else []
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


def _within_noise(ours: str, theirs: str, score: Score, better_by: Difference) -> Finding | None:
    return difference_within_noise.check(
        difference_within_noise.Evidence(
            ours=ours,
            theirs=theirs,
            score=score.name,
            n=score.n,
            difference=better_by.value,
            low=better_by.low,
            high=better_by.high,
        )
    )


def _other_examples(run: Run, first: Run, split: str) -> Finding:
    groups = run.config.data.group, first.config.data.group
    if groups[0] != groups[1]:
        return Finding(
            rule="other-examples",
            severity="warning",
            what=f"{run.path} and {first.path} were scored with the {split} examples grouped otherwise: "
            + " and ".join(f"group={group or '(none)'}" for group in groups),
            where=str(run.path),
            why="their intervals draw other units, so that no draw of one belongs to a draw of the other; and where "
            "groups were divided, they were tested on other examples.",
            try_="train one of them again with the group of the other",
        )
    return Finding(
        rule="other-examples",
        severity="warning",
        what=f"{run.path} and {first.path} were scored on different {split} examples",
        where=str(run.path),
        why="their scores differ by the examples too, and what one was tested on the other may have trained on.",
        try_="train again on the same data with the same split_seed, validation and test",
    )


@click.command()
@click.argument("runs", nargs=-1, metavar="RUN RUN ...|GRID")
@click.option("--split", default="test", show_default=True, help="Whose scores: test or validation.")
def command(runs: tuple[str, ...], split: str) -> Outcome:
    """Hold runs against the first: differences with intervals, what differs in their settings, what they cost."""
    comparison = compare(*runs, split=split)

    def show(console: "Console") -> None:
        from penjing.verbs import compare_text

        compare_text.show(comparison, console)

    return Outcome(result=comparison, findings=comparison.findings, show=show)
