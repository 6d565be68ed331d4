"""Over seeds: how much a score moves from one training to the next, whatever the test examples are. No torch."""

import math
import statistics
from collections.abc import Mapping, Sequence

import msgspec

from penjing.figures import figure, interval


class OverSeeds(msgspec.Struct, frozen=True, kw_only=True):
    """A mean over trainings of the same settings with other seeds, with its 95 % interval by Student's t."""

    value: float
    low: float | None  # None where nothing tells how far trainings differ: of a single seed, and where all are equal
    high: float | None
    n: int  # seeds

    @property
    def is_clear(self) -> bool:
        """For a difference: whether the interval excludes zero, and so a win or a loss may be claimed."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)

    @property
    def value_text(self) -> str:
        """The mean with the digits that its interval supports."""
        return figure(self.value, *(self.low, self.high) if self.low is not None and self.high is not None else (0, 0))

    @property
    def interval_text(self) -> str:
        """The interval, or that there is none."""
        if self.low is None or self.high is None:
            return "one seed: no interval" if self.n == 1 else f"{self.n} equal ones: no interval"
        return interval(self.low, self.high)

    @property
    def difference_text(self) -> str:
        """Mean and interval of a difference, with their signs."""
        if self.low is None or self.high is None:
            return f"{self.value:+,.4g} {self.interval_text}"
        low, high = self.low, self.high
        return f"{figure(self.value, low, high, sign='+')} {interval(low, high, sign='+')}"

    def __str__(self) -> str:
        return f"{self.value_text} {self.interval_text}"


def over_seeds(values: Sequence[float], *, is_share: bool = False) -> OverSeeds:
    """The mean of a figure over seeds, as far as so few of them can tell.

    Args:
        values: one of each training, at least one.
        is_share: whether they lie between 0 and 1: what Student's interval holds beyond is then cut off, as no mean of
            such figures can lie there.

    Source: Student, "The probable error of a mean", Biometrika 1908. It takes the figures to be normal, and is wide for
        few of them: 4.3 standard errors for 3 seeds, 2.8 for 5.
    """
    mean, n = statistics.fmean(values), len(values)
    if n == 1 or math.isclose(min(values), max(values), rel_tol=1e-12):  # few examples give few scores, and so ties
        return OverSeeds(value=mean, low=None, high=None, n=n)
    from scipy.stats import t  # slow to import, and not there without the extra `train`

    half = float(t.ppf(0.975, n - 1)) * statistics.stdev(values) / math.sqrt(n)
    low, high = mean - half, mean + half
    return OverSeeds(value=mean, low=max(low, 0.0) if is_share else low, high=min(high, 1.0) if is_share else high, n=n)


def paired(ours: Mapping[int, float], theirs: Mapping[int, float]) -> OverSeeds | None:
    """The mean difference of two settings, seed by seed: seeds that share order and draws cancel out what they share.

    Args:
        ours: a figure by seed.
        theirs: the other's.

    Returns:
        Ours less theirs over the seeds that both have; None where there are none.
    """
    both = [seed for seed in ours if seed in theirs]
    return over_seeds([ours[seed] - theirs[seed] for seed in both]) if both else None
