"""What `compare` shows a person: runs side by side, or groups of them over their seeds."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from rich.console import Console

from penjing.evaluation.measured import apart_in_words
from penjing.evaluation.seeds import OverSeeds
from penjing.verbs.text import table

if TYPE_CHECKING:
    from penjing.verbs.compare import Compared, Comparison

FEW = 5  # seeds: below, the interval of a mean is wide, and that is said


def show(comparison: "Comparison", console: Console) -> None:
    """Scores and differences, the settings that differ, then costs; by group where there are several seeds."""
    if comparison.groups:
        _show_groups(comparison, console)
    else:
        _show_runs(comparison, console)


def _show_runs(comparison: "Comparison", console: Console) -> None:
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
    _show_settings([row.run for row in runs], [row.settings for row in runs], console)
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


def _show_groups(comparison: "Comparison", console: Console) -> None:
    groups, runs = comparison.groups, comparison.runs
    name = runs[0].score.name
    console.print(
        table(
            ["runs", "seeds", name, "95 % over seeds", "better than the first by (paired by seed)", "over examples"],
            [
                (
                    group.name,
                    len(group.seeds),
                    group.mean.value_text,
                    group.mean.interval_text,
                    _means_in_words(group.better_by),
                    group.over_examples or "",
                )
                for group in groups
            ],
        )
    )
    for group in groups:
        if group.apart:
            console.print(
                f"\n{group.name}, measured for each run, with different results: {apart_in_words(group.apart)}"
            )
    _show_settings([group.name for group in groups], [group.settings for group in groups], console)
    console.print()
    console.print(
        table(
            ["run", "seed", name, "95 % over examples", "seconds of training", "scored"],
            [
                (
                    row.run,
                    row.seed,
                    row.score.value_text,
                    row.score.interval_text,
                    f"{row.cost.train_seconds:,.1f}" if row.cost.train_seconds is not None else "",
                    f"{row.times_scored}x",
                )
                for row in runs
            ],
        )
    )
    fewest = min(len(group.seeds) for group in groups)
    few = f": wide for few, and {fewest} {'is' if fewest == 1 else 'are'} few" if fewest < FEW else ""
    console.print(
        f"\nMeans over seeds, with Student's t{few}. Over examples: the choice of test examples, for these seeds."
    )


def _means_in_words(found: OverSeeds | None) -> str:
    if found is None:
        return ""
    verdict = ("better" if found.value > 0 else "worse") if found.is_clear else "unclear"
    return f"{found.difference_text}  {verdict}"


def _show_settings(names: Sequence[str], settings: Sequence[Mapping[str, tuple[Any, Any]]], console: Console) -> None:
    changed = dict.fromkeys(key for row in settings for key in row)
    if changed:
        console.print()
        console.print(table(["setting", *names], [(key, *_values(key, settings)) for key in changed]))


def _difference_in_words(row: "Compared") -> str:
    if row.better_by is None:
        return ""
    if row.better_by.low == row.better_by.high == 0:
        return "equal"
    return f"{row.better_by}  {row.better_by.verdict}"


def _values(key: str, settings: Sequence[Mapping[str, tuple[Any, Any]]]) -> list[Any]:
    """A setting's value in each run: a run that does not name it has the first one's."""
    first = next(row[key][0] for row in settings if key in row)
    return [row[key][1] if key in row else first for row in settings]
