"""How figures look on the page of results."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from benchmarks.judging import goal_of, judged
from benchmarks.records import Record
from benchmarks.rows import Row
from penjing.evaluation.scores import Difference, Score
from penjing.evaluation.seeds import OverSeeds

Pair = tuple[Row, Record]


def test_of(record: Record) -> Mapping[str, Any]:
    """The evaluation on the test split that a training printed, or what a benchmark printed in its form."""
    output = record.output
    test: Mapping[str, Any] = output["result"]["scores"]["test"] if "result" in output else output
    return test


def reached(row: Row, test: Mapping[str, Any]) -> str:
    """Whether a test score reaches its floor: a figure, or a clear win over each trigram."""
    score = test["scores"]["primary"]
    if "clear" not in row.floor:
        return judged(score["value"], goal_of(row.floor), (score["low"], score["high"]))
    lows = [baseline["ours_less_this"]["low"] for key, baseline in test["baselines"].items() if "trigram" in key]
    return "reached" if lows and min(lows) > 0 else "**not reached**"


def score_text(score: Mapping[str, Any]) -> str:
    """A score with its interval and number of examples."""
    return str(msgspec.convert(score, Score))


def difference_text(difference: Mapping[str, Any]) -> str:
    """A paired difference with its interval."""
    return str(msgspec.convert(difference, Difference))


def seeds_text(value: Mapping[str, Any]) -> str:
    """A mean over seeds with its interval."""
    return str(msgspec.convert(value, OverSeeds))


def seeds_difference_text(value: Mapping[str, Any]) -> str:
    """A mean difference over seeds with its interval."""
    return msgspec.convert(value, OverSeeds).difference_text


def times_text(ratio: Mapping[str, Any]) -> str:
    """A ratio with its interval, where it has one: `1.62 x [1.55, 1.70]`."""
    if ratio["low"] is None:
        return f"{ratio['value']:.2f} x"
    return f"{ratio['value']:.2f} x [{ratio['low']:.2f}, {ratio['high']:.2f}]"


def typed(command: Sequence[str]) -> str:
    """A row's command as a person types it."""
    return " ".join(command[1:] if tuple(command[:2]) == ("-m", "penjing") else ("python", *command))


def markdown_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of Markdown."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
