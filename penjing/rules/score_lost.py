"""PJ412 score-lost: a compressed version's score may be worse than the run's by more than it may be.

What it sees: the paired difference of the compressed version and the fp32 one on the same validation examples, with its
    95 % interval.
Why it hurts: a file three times smaller is seen at once; the answers that it gets wrong are seen by its users.
How to mend: ship the fp32 version, or train a network that has more room (wider, or with batch norm, which keeps the
    ranges of activations narrow), or hold back more validation examples, so that a small loss can be told from none.
What it cannot see: a loss on inputs that are unlike the validation split; answers that changed and are equally good.
Threshold: all of the interval lies below 0, or its lower end lies more than 2 % of the fp32 score below 0: that a
    version is no worse must be shown, not only not be refuted. Source: the margin is ours; on non-inferiority,
    D'Agostino, Massaro and Sullivan, "Non-inferiority trials: design concepts and issues", Statistics in Medicine 2003.
"""

import msgspec

from penjing.figures import figure, interval
from penjing.findings import Finding
from penjing.rules.rule import Rule

MARGIN = 0.02  # of the fp32 score


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """A compressed version's score less fp32's, positive where it is better."""

    version: str
    score: str  # what it is called
    fp32: float
    difference: float
    low: float
    high: float
    examples: int


def check(seen: Evidence) -> Finding | None:
    """Say so where a loss is clear, or a loss that matters cannot be excluded."""
    if seen.high >= 0 and seen.low >= -MARGIN * abs(seen.fp32):
        return None
    how = "is" if seen.high < 0 else "may be"
    return Finding(
        rule=RULE.id,
        severity=RULE.severity,
        what=f"{seen.version} {how} worse than fp32: {seen.score} better by "
        f"{figure(seen.difference, seen.low, seen.high, sign='+')} {interval(seen.low, seen.high, sign='+')}",
        where=f"{seen.examples:,} validation examples",
        why="what is saved in bytes or milliseconds is paid in wrong answers.",
        try_="ship the run as it is: penjing export RUN; or train with a larger validation split to be surer",
        evidence=msgspec.structs.asdict(seen),
    )


RULE = Rule(id="PJ412", name="score-lost", severity="note", needs=Evidence, check=check)
