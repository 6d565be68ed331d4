"""Scores of numbers, and how far off an answer may be: conformal intervals. No torch."""

import math
from collections.abc import Sequence

import numpy as np

from penjing.evaluation.intervals import Groups
from penjing.evaluation.scores import Scores, bootstrapped, share
from penjing.runtime.steps.give_number import Number

COVERED = 0.9  # share of the truths that the intervals are made to hold
LEAST = math.ceil(round(COVERED / (1 - COVERED), 9))  # examples, 9: of fewer, no finite interval can promise that


def regression(answers: Sequence[Number], truths: Sequence[float] | np.ndarray, groups: Groups = None) -> Scores:
    """The mean absolute error; beside it R2 and, where answers carry an interval, the share of truths inside.

    R2 is 1 - (squared errors) / (squared errors of always answering the mean of these truths); 0 where they are equal.

    Args:
        answers: N.
        truths: (N,).
        groups: (N,), of examples that belong together: see `intervals`.
    """
    truth = np.asarray(truths, dtype=np.float64)
    off = np.array([answer.value for answer in answers]) - truth
    error, draws = bootstrapped(
        "mean absolute error",
        len(truth),
        lambda at: float(np.abs(off[at]).mean()),
        higher_is_better=False,
        within=(0.0, math.inf),
        groups=groups,
    )
    others = [
        bootstrapped("R2", len(truth), lambda at: _r2(off[at], truth[at]), within=(-math.inf, 1.0), groups=groups)[0]
    ]
    details: dict[str, float] = {"root mean squared error": float(np.sqrt((off**2).mean()))}
    bounds = [(answer.low, answer.high) for answer in answers if answer.low is not None and answer.high is not None]
    if len(bounds) == len(truth):
        low, high = np.array(bounds).T
        others.append(share((low <= truth) & (truth <= high), f"inside the {COVERED:.0%} intervals", groups)[0])
        details["interval width"] = float((high - low).mean())
    return Scores(primary=error, others=tuple(others), draws=tuple(draws.tolist()), details=details)


def margin(answers: Sequence[Number], truths: Sequence[float] | np.ndarray) -> float | None:
    """How far to either side of an answer its interval reaches, from answers that the training did not see.

    Of n errors the ceil(0.9 (n + 1))-th smallest: an answer to come, drawn as these were, is that near or nearer with a
    probability of at least 0.9, whatever the network and the errors' distribution are. None where n < LEAST.

    Source: split conformal prediction; Lei, G'Sell, Rinaldo, Tibshirani and Wasserman, "Distribution-Free Predictive
    Inference for Regression" (JASA 2018), theorem 2.2.
    """
    errors = np.sort(np.abs(np.array([answer.value for answer in answers]) - np.asarray(truths, dtype=np.float64)))
    rank = math.ceil(round(COVERED * (len(errors) + 1), 9))
    return float(errors[rank - 1]) if rank <= len(errors) else None


def _r2(off: np.ndarray, truth: np.ndarray) -> float:
    spread = ((truth - truth.mean()) ** 2).sum()
    return float(1 - (off**2).sum() / spread) if spread > 0 else 0.0
