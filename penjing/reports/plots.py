"""What the page plots: the score beside its baselines on one axis, and the curves of the training."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

from penjing.evaluation.record import Evaluation
from penjing.evaluation.scores import Difference, Score
from penjing.figures import figure
from penjing.reports.axes import Axis, axis_of, suits_log

Line = Mapping[str, Any]  # of the log
NOT_PARTS = {"step", "loss", "lr", "gradient_norm", "fraction", "seconds"}  # the rest of a line is the task's own


class Row(NamedTuple):
    """A score on the shared axis; places in percent."""

    name: str
    score: Score
    low: float
    value: float
    high: float
    difference: Difference | None  # ours less this one; None for ours


class Intervals(NamedTuple):
    """Our score, then the baselines from best to worst."""

    axis: Axis
    rows: list[Row]


def intervals(evaluation: Evaluation) -> Intervals:
    """The scores of one evaluation on one axis."""
    ours = evaluation.scores.primary
    ranked = sorted(evaluation.baselines.items(), key=lambda item: item[1].ours_less_this.value)
    scores: list[tuple[str, Score, Difference | None]] = [("this network", ours, None)]
    scores += [(name, baseline.scores.primary, baseline.ours_less_this) for name, baseline in ranked]
    axis = axis_of(chain.from_iterable((score.low, score.value, score.high) for _, score, _ in scores))
    return Intervals(
        axis,
        [
            Row(name, score, axis.place(score.low), axis.place(score.value), axis.place(score.high), difference)
            for name, score, difference in scores
        ],
    )


class Curve(NamedTuple):
    """One quantity over the steps; coordinates in percent, from the top left as SVG has them."""

    title: str
    x: Axis
    y: Axis
    line: str  # points of a polyline
    band: str  # points of a polygon, the 95 % interval; "" where there is none
    dots: list[tuple[float, float]]  # where points are few
    last: str  # value, with the digits that its interval supports


def curves(log: Sequence[Line]) -> list[Curve]:
    """Training loss, validation score, learning rate, and what else the task logs beside its loss.

    Quantities that were never logged are left out, and so are values that were not finite (null in the log).
    """
    steps = [line for line in log if "loss" in line]
    scored = [line for line in log if "validation" in line]
    name = scored[-1]["name"] if scored else ""
    parts = dict.fromkeys(key for line in steps for key in line if key not in NOT_PARTS)
    drawn = [
        _curve("training loss", steps, "loss"),
        _curve(f"validation {name}", scored, "validation", interval=True),
        _curve("learning rate", steps, "lr", from_zero=True),
        *(_curve(part, steps, part) for part in parts),
    ]
    return [curve for curve in drawn if curve]


def _curve(
    title: str, lines: Iterable[Line], key: str, *, interval: bool = False, from_zero: bool = False
) -> Curve | None:
    needed = (key, "low", "high") if interval else (key,)
    lines = [line for line in lines if all(line.get(name) is not None for name in needed)]
    if not lines:
        return None
    reach = [line[name] for line in lines for name in needed] + [0.0] * from_zero
    x = Axis(0, lines[-1]["step"], is_whole=True)
    y = axis_of(reach, is_log=not interval and suits_log(reach))

    def points(name: str) -> list[tuple[float, float]]:
        return [(x.place(line["step"]), round(100 - y.place(line[name]), 2)) for line in lines]

    return Curve(
        title=f"{title}, log scale" if y.is_log else title,
        x=x,
        y=y,
        line=_joined(points(key)),
        band=_joined(points("low") + points("high")[::-1]) if interval else "",
        dots=points(key) if len(lines) <= 30 else [],
        last=figure(lines[-1][key], *((lines[-1]["low"], lines[-1]["high"]) if interval else (0, 0))),
    )


def _joined(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in points)


class Confusion(NamedTuple):
    """Rows are truths, columns are answers; each cell has its count and its share of the row."""

    classes: list[str]
    rows: list[list[tuple[int, float]]]
    worst: list[tuple[int, str, str]]  # count, truth, answer: the most frequent mistakes

    @property
    def is_drawn(self) -> bool:
        """Whether the matrix is small enough to be read."""
        return len(self.classes) <= 25


def confusion(details: Mapping[str, Any]) -> Confusion | None:
    """The confusion matrix among a score's details, or None where the task has none."""
    if "confusion" not in details:
        return None
    classes, matrix = list(details["classes"]), details["confusion"]
    mistakes = [
        (count, classes[truth], classes[answer])
        for truth, row in enumerate(matrix)
        for answer, count in enumerate(row)
        if count and truth != answer
    ]
    return Confusion(
        classes=classes,
        rows=[[(count, round(count / (sum(row) or 1), 3)) for count in row] for row in matrix],
        worst=sorted(mistakes, key=lambda mistake: -mistake[0])[:8],
    )
