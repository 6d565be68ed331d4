"""PJ025 test-too-small: the test split cannot tell a good network from a middling one.

What it sees: the number of test examples, and the 95 % interval that a share of 0.9, such as an accuracy, would have.
Why it hurts: a difference smaller than the interval is chance, and most differences between networks are smaller.
How to mend: hold more back (test=0.3), or collect more; report the interval with the score. An empty split is refused
    before any rule is asked.
What it cannot see: the score itself before there is one: at 0.5 an interval is wider, at 0.99 narrower; that of a mean
    error depends on how errors vary. How alike the pictures of one `group` are: where there are few groups, intervals
    are wider than this says. Text and worlds are not asked.
Threshold: an interval wider than 0.10, that is fewer than 141 examples. Source: Wilson, "Probable Inference" (JASA
    1927) for the interval; the 0.10 is ours.
"""

import math
from typing import Self

import msgspec

from penjing.data.dataset import Dataset
from penjing.findings import Finding
from penjing.rules.rule import Rule

WIDTH = 0.10
SCORE = 0.9
Z = 1.959964  # 97.5 % of a normal distribution lie below


class Evidence(msgspec.Struct, frozen=True):
    """Test examples; None where their number says nothing of the interval."""

    n: int | None
    is_own: bool = False  # whether the source brings that split, so that no share changes it
    of_classes: bool = True  # whether a score is a share of the examples, the accuracy

    @classmethod
    def of(cls, data: Dataset) -> Self:
        """Of pictures."""
        n = len(data.splits["test"]) if data.form == "pictures" else None
        return cls(n, "test" in data.own_splits, data.truth == "class")


def check(seen: Evidence) -> Finding | None:
    """None where there are enough."""
    if not seen.n:
        return None
    width = wilson_width(SCORE, seen.n)
    if width <= WIDTH:
        return None
    return Finding(
        rule=RULE.id,
        severity=RULE.severity,
        what=f"the test split has {seen.n:,} examples: any score of it has a wide interval"
        + (f"; that of an accuracy of {SCORE} would be {width:.2f} wide" if seen.of_classes else ""),
        where="test split",
        why="a difference smaller than an interval may be chance, and most between networks are smaller.",
        try_="collect more: the source brings its own test split" if seen.is_own else "test=0.3, or collect more",
        evidence={"n": seen.n, "width": width},
    )


def wilson_width(share: float, n: int) -> float:
    """Width of Wilson's 95 % interval of a share of n."""
    return 2 * Z / (1 + Z**2 / n) * math.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))


RULE = Rule(id="PJ025", name="test-too-small", severity="warning", needs=Evidence, check=check)
