"""A table of labels, where several can hold at once: how well each is told, the worst first."""

from collections.abc import Mapping
from typing import Any, NamedTuple

MOST = 40  # labels that are shown


class Label(NamedTuple):
    """A row, as it is read."""

    name: str
    holds: str  # of how many examples, and their share
    average_precision: str
    f1: str
    threshold: str


class Labels(NamedTuple):
    """Labels from the worst to the best, and how many better ones were left out."""

    rows: list[Label]
    more: int


def labels(details: Mapping[str, Any], n: int) -> Labels | None:
    """The labels among a score's details, or None where the task has none.

    Those that never hold come last: they cannot be judged.

    Args:
        details: of a score, see `evaluation.multi_label`.
        n: examples of the split.
    """
    if "labels" not in details:
        return None
    ranked = sorted(details["labels"], key=_rank)
    return Labels([_row(label, n) for label in ranked[:MOST]], max(len(ranked) - MOST, 0))


def _rank(label: Mapping[str, Any]) -> float:
    precision: float | None = label["average precision"]
    return 2.0 if precision is None else precision


def _row(label: Mapping[str, Any], n: int) -> Label:
    return Label(
        name=label["label"],
        holds=f"{label['n']:,} ({label['n'] / n:.0%})",
        average_precision=_figure(label["average precision"]),
        f1=_figure(label["F1"]),
        threshold=_figure(label["threshold"]),
    )


def _figure(value: float | None) -> str:
    return "\N{EN DASH}" if value is None else f"{value:.2f}"
