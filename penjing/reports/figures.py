"""Figures as a page shows them: no more digits than the interval supports, and a true minus sign."""

import math

from penjing.evaluation.scores import Difference, Score


def value_text(score: Score) -> str:
    """The value alone: `0.994`."""
    return _text(score.value, score.high - score.low)


def interval_text(score: Score) -> str:
    """The interval alone: `[0.980, 0.998]`."""
    width = score.high - score.low
    return f"[{_text(score.low, width)}, {_text(score.high, width)}]"


def difference_text(difference: Difference) -> str:
    """A difference with its interval, signed: `+0.003 [−0.008, +0.017]`."""
    width = difference.high - difference.low
    value, low, high = (_text(x, width, sign="+") for x in (difference.value, difference.low, difference.high))
    return f"{value} [{low}, {high}]"


def _text(value: float, width: float, *, sign: str = "") -> str:
    """Digits down to the second one of the interval's width: what lies below it is noise."""
    if width > 0:
        written = f"{value:{sign},.{max(1 - math.floor(math.log10(width)), 0)}f}"
    else:
        written = f"{value:{sign},.4g}"
    return written.replace("-", "−")
