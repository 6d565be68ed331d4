"""PJ301 difference-within-noise: two scores differ by less than the choice of test examples alone explains.

What it sees: the paired difference of two runs on the same test examples, with its 95 % interval.
Why it hurts: a setting is kept, or a paper written, because of a difference that other examples of the same kind would
    have turned round; ten such choices in a row end nowhere.
How to mend: take the simpler or cheaper of the two, or ask for more: a larger test split (penjing train DATA test=0.4),
    or several seeds of each (seed=1, seed=2, ...), and compare again.
What it cannot see: how much a score moves from one training seed to the next, which often is more; whether the test
    examples are like those that will come.
Threshold: the interval holds 0; 95 %, of 1,000 resamples of test examples, or of their groups, the same for both runs.
    Source: Efron and Tibshirani, "An Introduction to the Bootstrap" (1993), chapters 10 and 13; Bouthillier et al.,
    "Accounting for Variance in Machine Learning Benchmarks" (MLSys 2021) on seeds.
"""

import msgspec

from penjing.figures import figure, interval
from penjing.findings import Finding
from penjing.rules.rule import Rule


class Evidence(msgspec.Struct, frozen=True):
    """A paired difference of two runs, positive where `ours` is better."""

    ours: str
    theirs: str
    score: str
    n: int  # test examples
    difference: float
    low: float
    high: float


def check(seen: Evidence) -> Finding | None:
    """Say so where the interval holds 0; None where the difference is clear, and where there is none at all."""
    if seen.low > 0 or seen.high < 0 or seen.low == seen.high:
        return None
    return Finding(
        rule=RULE.id,
        severity=RULE.severity,
        what=f"{seen.score} differs by {figure(seen.difference, seen.low, seen.high, sign='+')} "
        f"{interval(seen.low, seen.high, sign='+')}: within noise",
        where=f"{seen.ours} less {seen.theirs}, n = {seen.n:,}",
        why="other test examples of the same kind could as well have put the other one in front.",
        try_="take the cheaper one, or train several seeds of each (seed=1, seed=2, ...) on a larger test split",
        evidence=msgspec.structs.asdict(seen),
    )


RULE = Rule(id="PJ301", name="difference-within-noise", severity="note", needs=Evidence, check=check)
