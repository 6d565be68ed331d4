"""The sections of RESULTS.md on what is learned from pictures, from records alone."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from benchmarks.judging import goal_of, judged
from benchmarks.records import Record, RunFacts
from benchmarks.results_words import (
    Pair,
    difference_text,
    markdown_table,
    score_text,
    seeds_text,
    test_of,
    typed,
)
from benchmarks.rows import BY_HAND
from benchmarks.transfer import Result as Arm
from penjing.evaluation.scores import Difference
from penjing.evaluation.seeds import OverSeeds, over_seeds, paired

SHARES = (0.1, 0.2, 0.3, 0.5, 0.7, 1.0)  # of the budget: at which the validation score is shown
WITHIN, CLOSE = 0.02, 0.01  # how far the settings that nobody chose may stay behind those found by hand: floor and aim


def scores(pairs: Sequence[Pair]) -> str:
    """Each training against its floor and aim; below several seeds, their mean."""
    rows = []
    for group in _by_name(pairs):
        rows += [_score_row(row.name, row.floor, row.aim, test_of(record), record) for row, record in group]
        if len(group) > 1:
            rows.append(_mean_row(group))
    headings = ("data and budget, seed", "test score", "floor", "", "aim", "", "parameters", "MACs", "training, s")
    return markdown_table((*headings, "whole command, s"), rows)


def _score_row(name: str, floor: str, aim: str, test: Mapping[str, Any], record: Record) -> tuple[str, ...]:
    primary, cost = test["scores"]["primary"], test.get("cost", {})
    interval = (primary["low"], primary["high"])
    return (
        name,
        score_text(primary),
        floor,
        judged(primary["value"], goal_of(floor), interval),
        aim,
        judged(primary["value"], goal_of(aim), interval),
        f"{cost['parameters']:,}" if cost.get("parameters") else "",
        f"{cost['macs']:,}" if cost.get("macs") else "",
        f"{cost['train_seconds']:.0f}" if cost.get("train_seconds") else "",
        f"{record.seconds[0]:.0f}",
    )


def _mean_row(group: Sequence[Pair]) -> tuple[str, ...]:
    row = group[0][0]
    values = [test_of(record)["scores"]["primary"]["value"] for _, record in group]
    mean = over_seeds(values)
    interval = _ends(mean)
    return (
        f"{_without_seed(row.name)}, mean",
        f"{row.floor.split()[0]} {mean}, {mean.n} seeds",
        row.floor,
        judged(mean.value, goal_of(row.floor), interval),
        row.aim,
        judged(mean.value, goal_of(row.aim), interval),
        *[""] * 4,
    )


def curves(pairs: Sequence[Pair]) -> str:
    """The validation score at shares of the budget."""
    rows = [
        (row.name, *(_at(run, share) for share in SHARES), f"{run.seconds:.0f}", f"{run.steps:,}")
        for row, record in pairs
        for run in record.runs
    ]
    headings = ("data and budget, seed", *(f"{share:.0%}" for share in SHARES), "training, s", "steps")
    return "Of the validation split, after a share of the budget.\n\n" + markdown_table(headings, rows)


def _at(run: RunFacts, share: float) -> str:
    """The score that was taken at a share of the budget: at the first step that reached it."""
    taken = [score for fraction, score in run.curve if share - 1e-9 <= fraction < share + 0.1]
    return f"{taken[0]:.3f}" if taken else ""


def by_hand(pairs: Sequence[Pair]) -> str:
    """The command with nothing else, of each data set, beside the one with words that were found by hand."""
    records, rows = {row.name: record for row, record in pairs}, []
    for name, by_hand in BY_HAND.items():
        ours, theirs = records.get(name), records.get(by_hand)
        if ours is None or theirs is None:
            known = [score_text(test_of(one)["scores"]["primary"]) if one else "not measured" for one in (ours, theirs)]
            rows.append((name, known[0], by_hand, known[1], *[""] * 6))
            continue
        less = paired_difference(ours, theirs)
        interval = (less.low, less.high)
        rows.append(
            (
                f"`{_words(ours)}`",
                score_text(test_of(ours)["scores"]["primary"]),
                f"`{_words(theirs).removeprefix(_words(ours)).strip()}`",
                score_text(test_of(theirs)["scores"]["primary"]),
                str(less),
                f"at most {WITHIN:g} below",
                judged(less.value, -WITHIN, interval),
                f"at most {CLOSE:g} below",
                judged(less.value, -CLOSE, interval),
                f"{ours.runs[0].seconds:.0f} and {theirs.runs[0].seconds:.0f}",
            )
        )
    headings = ("nothing else", "test score", "found by hand", "test score", "nothing less by hand (paired)")
    return markdown_table((*headings, "floor", "", "aim", "", "training, s"), rows)


def _words(record: Record) -> str:
    """The command up to its seed."""
    return typed(record.command).split(" seed=")[0]


def paired_difference(ours: Record, theirs: Record) -> Difference:
    """Of two trainings that were scored on the same test examples, draw by draw."""
    values = [test_of(record)["scores"]["primary"]["value"] for record in (ours, theirs)]
    return Difference.of(values[0] - values[1], np.array(ours.runs[0].draws) - np.array(theirs.runs[0].draws))


def numbers(pairs: Sequence[Pair]) -> str:
    """Trainings whose answer is a number: each score with its interval, and the claim on the mean.

    R2 compares squared errors with those of the mean, which of all constants has the least; of absolute errors the
    median has, so where most numbers are equal, a constant wins there.
    """
    rows = []
    for row, record in pairs:
        test = test_of(record)
        r2 = next(other for other in test["scores"]["others"] if other["name"] == "R2")
        mean = next(baseline for name, baseline in test["baselines"].items() if name == "mean")
        rows.append(
            (
                row.name,
                score_text(test["scores"]["primary"]),
                "; ".join(score_text(other) for other in test["scores"]["others"]),
                difference_text(mean["ours_less_this"]),
                row.floor,
                "reached" if r2["low"] > 0 else "**not reached**",
                f"{test['cost']['train_seconds']:.0f}",
            )
        )
    better = "better than the mean by, absolute error (paired)"
    table = markdown_table(("data, seed", "test score", "others", better, "floor", "", "training, s"), rows)
    told = (
        "The floor is judged by R2, which holds squared errors against those of the mean. In absolute error a constant "
        "may be as good or better where most numbers are equal: the baselines below tell. Intervals are those of "
        "blocks of the film, drawn by chance; single frames would seem to tell far more."
    )
    return f"{table}\n\n{told}"


def depth(pairs: Sequence[Pair]) -> str:
    """Training loss of plain and residual networks, seed by seed, and what is claimed of them."""
    runs = pairs[0][1].runs
    losses: dict[str, dict[int, float]] = {}
    for run in runs:
        if run.loss is not None:
            losses.setdefault(run.model, {})[run.seed] = run.loss
    scored = {row["model"]: row["score"] for row in pairs[0][1].output["result"]["rows"]}
    rows = [
        (
            model,
            ", ".join(f"{loss:.3f}" for _, loss in sorted(by_seed.items())),
            str(over_seeds(list(by_seed.values()))),
            seeds_text(scored[model]),
            f"{np.mean([run.seconds for run in runs if run.model == model]):.0f}",
        )
        for model, by_seed in losses.items()
    ]
    headings = ("network", "training loss at the end, by seed", "mean over seeds", "test score, mean", "training, s")
    claims = [
        ("floor", *_claim(losses, "plain20", "plain56")),
        ("floor", *_claim(losses, "resnet56", "plain56")),
        ("aim", *_claim(losses, "resnet56", "resnet20", disjoint=True)),
    ]
    verdicts = markdown_table(("", "training loss", "the second less the first (paired by seed)", ""), claims)
    return markdown_table(headings, rows) + "\n\n" + verdicts


def _claim(
    losses: Mapping[str, Mapping[int, float]], below: str, above: str, *, disjoint: bool = False
) -> tuple[str, str, str]:
    """That one network's loss lies below another's; `disjoint`: so far that intervals of their means do not meet."""
    words = f"{below} below {above}" + (", intervals disjoint" if disjoint else "")
    both = below in losses and above in losses
    gap = paired(losses[above], losses[below]) if both else None
    if gap is None:
        return words, "not measured", ""
    verdict = judged(gap.value, 0, _ends(gap)) if gap.value else "**not reached**"
    if disjoint:
        low, high = over_seeds(list(losses[below].values())), over_seeds(list(losses[above].values()))
        apart = low.high is not None and high.low is not None and low.high < high.low
        verdict = "reached" if apart else "**not reached**"
    return words, gap.difference_text, verdict


def transfer(pairs: Sequence[Pair]) -> str:
    """What weights learned on other classes gain over fresh ones."""
    arms = msgspec.convert(pairs[0][1].output, list[Arm])
    rows = [
        (
            arm.arm,
            ", ".join(f"{accuracy:.3f}" for accuracy in arm.accuracies),
            str(arm.mean),
            arm.gain.difference_text if arm.gain else "",
            "; ".join(str(gain) for gain in arm.gain_a_seed),
            ("clear" if arm.gain.is_clear and arm.gain.value > 0 else "**not clear**") if arm.gain else "",
        )
        for arm in arms
    ]
    headings = ("weights", "test accuracy, by seed", "mean over seeds", "gain over scratch (paired by seed)")
    return markdown_table((*headings, "over test pictures, by seed", ""), rows)


def _ends(mean: OverSeeds) -> tuple[float, float] | None:
    return (mean.low, mean.high) if mean.low is not None and mean.high is not None else None


def _by_name(pairs: Sequence[Pair]) -> list[list[Pair]]:
    """Rows that differ by their seed alone, together."""
    groups: dict[str, list[Pair]] = {}
    for row, record in pairs:
        groups.setdefault(_without_seed(row.name), []).append((row, record))
    return list(groups.values())


def _without_seed(name: str) -> str:
    head, _, tail = name.rpartition("-")
    return head if tail.isdigit() else name
