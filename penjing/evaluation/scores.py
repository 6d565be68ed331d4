"""Scores: never a bare number. No torch."""

import math
from collections.abc import Callable, Sequence
from typing import Any, Self

import msgspec
import numpy as np

from penjing.evaluation.intervals import (
    DRAWS,
    Groups,
    bias_of,
    bootstrap_interval,
    independent_examples,
    resamples,
    several,
    wilson,
)
from penjing.figures import figure, interval


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """A value with its 95 % interval."""

    name: str  # "accuracy", "AP50", "bits per character", "return"
    value: float
    low: float
    high: float
    method: str  # of the interval
    n: int  # examples
    higher_is_better: bool = True
    is_share: bool = False  # it lies between 0 and 1, and so do its intervals

    def __str__(self) -> str:
        return f"{self.name} {self.value_text} {self.interval_text}, n = {self.n:,}"

    @property
    def value_text(self) -> str:
        """The value with the digits that its interval supports: `0.994`."""
        return figure(self.value, self.low, self.high)

    @property
    def interval_text(self) -> str:
        """The interval: `[0.980, 0.998]`."""
        return interval(self.low, self.high)


class Scores(msgspec.Struct, frozen=True, kw_only=True):
    """The primary score, others beside it, and what a paired comparison needs."""

    primary: Score
    others: tuple[Score, ...] = ()
    draws: tuple[float, ...]  # the primary score of each bootstrap resample, see intervals.resamples
    details: dict[str, Any] = {}  # JSON that only this task has, such as a confusion matrix


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Ours less another's on the same examples, positive where ours is better."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, value: float, draws: np.ndarray) -> Self:
        """A difference with the interval of its draws, each of the same examples for ours and theirs."""
        low, high = bootstrap_interval(draws, value)
        return cls(value=value, low=low, high=high)

    @property
    def is_clear(self) -> bool:
        """Whether the interval excludes zero: only then may a win, or a loss, be claimed."""
        return self.low > 0 or self.high < 0

    @property
    def verdict(self) -> str:
        """What may be claimed: "better" or "worse" where the interval shows it, else "unclear"."""
        if not self.is_clear:
            return "unclear"
        return "better" if self.value > 0 else "worse"

    def __str__(self) -> str:
        return f"{figure(self.value, self.low, self.high, sign='+')} {interval(self.low, self.high, sign='+')}"


def share(
    right: Sequence[bool] | np.ndarray, name: str = "accuracy", groups: Groups = None
) -> tuple[Score, np.ndarray]:
    """The share of examples that are right, with Wilson's interval, and its bootstrap draws.

    Args:
        right: (N,) of each example.
        name: what people call it.
        groups: (N,), of examples that belong together: see `intervals`.
    """
    values, apart = np.asarray(right, dtype=np.float64), several(groups)
    value, n = float(values.mean()), len(values) if apart is None else independent_examples(values, apart)
    low, high = wilson(value * n, n)
    score = Score(
        name=name,
        value=value,
        low=low,
        high=high,
        method="Wilson" if groups is None else f"Wilson, of {_unit(groups)}",
        n=len(values),
        is_share=True,
    )
    return score, resamples(len(values), lambda at: float(values[at].mean()), groups=apart)


def bootstrapped(
    name: str,
    n: int,
    statistic: Callable[[np.ndarray], float],
    *,
    higher_is_better: bool = True,
    within: tuple[float, float] = (-math.inf, math.inf),
    draws: int = DRAWS,
    groups: Groups = None,
) -> tuple[Score, np.ndarray]:
    """Any statistic of examples, with its bootstrap interval, and the draws.

    Args:
        name: what people call it.
        n: examples.
        statistic: indices (n,) with repetition -> the score of those examples.
        higher_is_better: False for errors and bits.
        within: the least and the most that the statistic can be.
        draws: resamples; fewer where the statistic is slow.
        groups: (N,), of examples that belong together: see `intervals`.
    """
    values = resamples(n, statistic, draws, several(groups))
    value = statistic(np.arange(n))
    low, high = bootstrap_interval(values, value, within)
    corrected = "bias-corrected " if bias_of(values, value) else ""
    score = Score(
        name=name,
        value=value,
        low=low,
        high=high,
        method=f"{corrected}bootstrap, {draws:,} resamples of {_unit(groups)}",
        n=n,
        higher_is_better=higher_is_better,
        is_share=within == (0.0, 1.0),
    )
    return score, values


def _unit(groups: Groups) -> str:
    """What an interval takes as drawn by chance."""
    if groups is None:
        return "examples"
    count = len(np.unique(groups))
    return f"{count:,} groups" if count > 1 else "examples of a single group, so too narrow"


def balanced_accuracy(right: np.ndarray, truths: np.ndarray, groups: Groups = None) -> Score:
    """The mean over the classes of the share that is right, so that small classes count as much as large ones.

    Args:
        right: (N,) bool.
        truths: (N,) integers; classes without an example count neither way.
        groups: (N,), of examples that belong together: see `intervals`.
    """

    def statistic(at: np.ndarray) -> float:
        counts = np.bincount(truths[at])
        hits = np.bincount(truths[at], weights=right[at])
        return float((hits[counts > 0] / counts[counts > 0]).mean())

    return bootstrapped("balanced accuracy", len(truths), statistic, within=(0.0, 1.0), groups=groups)[0]


def difference(ours: Scores, theirs: Scores) -> Difference:
    """The paired difference of two scores on the same examples."""
    sign = 1.0 if ours.primary.higher_is_better else -1.0
    draws = np.asarray(ours.draws) - np.asarray(theirs.draws)
    return Difference.of(sign * (ours.primary.value - theirs.primary.value), sign * draws)
