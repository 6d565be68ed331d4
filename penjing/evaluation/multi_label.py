"""Scores of answers in which several labels can hold at once, and the thresholds that they are read off with. No torch.

Mean average precision comes first: it judges how each label ranks the examples, whatever the thresholds are, so that a
score taken while training and one taken with thresholds fitted to the validation split mean the same, and a rare label
counts as much as a common one. What a user sees are labels above thresholds: F1 over all of them, and the share of
examples of which every label is right, stand beside it.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import msgspec
import numpy as np

from penjing.evaluation.intervals import Groups
from penjing.evaluation.scores import Scores, bootstrapped, share


def multi_label(
    probabilities: np.ndarray,
    given: np.ndarray,
    truths: np.ndarray,
    classes: Sequence[str],
    thresholds: Sequence[float],
    groups: Groups = None,
) -> Scores:
    """Mean average precision, and beside it micro-F1, exact sets, and each label by itself among the details.

    Args:
        probabilities: (N, K) float, of each label by itself.
        given: (N, K) bool, the labels that were answered.
        truths: (N, K) bool.
        classes: K names.
        thresholds: K, for the table.
        groups: (N,), of examples that belong together: see `intervals`.

    Returns:
        Scores; labels that never hold among the truths have no average precision, and count neither way: where there
        are any, the primary score's method says of how many it is the mean.
    """
    ranks = _Ranks(probabilities, truths)
    primary, draws = bootstrapped("mean average precision", len(truths), ranks.mean, within=(0.0, 1.0), groups=groups)
    hits, said, are = given & truths, given.sum(axis=1), truths.sum(axis=1)
    right = hits.sum(axis=1)
    f1, _ = bootstrapped(
        "micro-F1",
        len(truths),
        lambda at: _f1(right[at].sum(), said[at].sum(), are[at].sum()),
        within=(0.0, 1.0),
        groups=groups,
    )
    exact, _ = share(right + right == said + are, "all labels right", groups)
    precisions = ranks.each(np.ones(len(truths)))
    rows: list[dict[str, Any]] = []
    for k, name in enumerate(classes):
        hit, answered, positives = int(hits[:, k].sum()), int(given[:, k].sum()), int(truths[:, k].sum())
        rows.append(
            {
                "label": name,
                "n": positives,
                "average precision": float(precisions[k]) if positives else None,
                "precision": hit / answered if answered else None,
                "recall": hit / positives if positives else None,
                "F1": _f1(hit, answered, positives) if positives else None,
                "threshold": thresholds[k],
            }
        )
    held = int((truths.sum(axis=0) > 0).sum())
    if held < len(classes):
        method = f"{primary.method}; the mean of {held:,} of {len(classes):,} labels, the others never hold here"
        primary = msgspec.structs.replace(primary, method=method)
    details = {"labels": rows, "labels averaged": held}
    return Scores(primary=primary, others=(f1, exact), draws=tuple(draws.tolist()), details=details)


def fitted_thresholds(probabilities: np.ndarray, truths: np.ndarray) -> tuple[float, ...]:
    """For each label the threshold that gives the highest F1 on these examples.

    Candidates are 0, 0.5 and the middles between neighbouring probabilities; of equally good ones the nearest to 0.5 is
    taken. A label that never holds keeps 0.5: nothing tells where it begins.

    Args:
        probabilities: (N, K) float in 0 to 1.
        truths: (N, K) bool.

    Source: Lipton, Elkan and Naryanaswamy, "Optimal Thresholding of Classifiers to Maximize F1 Measure" (ECML 2014).
    """
    return tuple(_threshold(probabilities[:, k], truths[:, k]) for k in range(truths.shape[1]))


def _threshold(probabilities: np.ndarray, truths: np.ndarray) -> float:
    if not truths.any():
        return 0.5
    levels = np.unique(np.concatenate([[0.0], probabilities.astype(np.float64)]))
    candidates = np.unique(np.concatenate([[0.0, 0.5], (levels[1:] + levels[:-1]) / 2]))
    answered = len(truths) - np.searchsorted(np.sort(probabilities), candidates)  # how many reach each candidate
    hits = truths.sum() - np.searchsorted(np.sort(probabilities[truths]), candidates)
    f1 = 2 * hits / (answered + truths.sum())
    best = candidates[f1 >= f1.max() - 1e-12]
    return float(best[np.abs(best - 0.5).argmin()])


def _f1(hits: float, answered: float, positives: float) -> float:
    """2 * precision * recall / (precision + recall); 1 where nothing was to be said and nothing was said."""
    return float(2 * hits / (answered + positives)) if answered + positives else 1.0


class _Ranks:
    """Every label's examples in the order of its probabilities, so that a resample need not be sorted anew."""

    def __init__(self, probabilities: np.ndarray, truths: np.ndarray) -> None:
        self.n = len(truths)
        self.labels = [_Rank.of(*label) for label in zip(probabilities.T, truths.T, strict=True)]

    def mean(self, at: np.ndarray) -> float:
        """Mean average precision of a resample, over the labels that hold anywhere in it; 0 where none does."""
        each = self.each(np.bincount(at, minlength=self.n).astype(np.float64))
        return float(np.nanmean(each)) if not np.isnan(each).all() else 0.0

    def each(self, weights: np.ndarray) -> np.ndarray:
        """(K,) average precisions of examples that count `weights` (N,) times; NaN for a label that never holds."""
        return np.array([label.average_precision(weights) for label in self.labels])


class _Rank(NamedTuple):
    """One label: N examples from the likeliest to the least likely, and the P of which it holds.

    Equal probabilities cannot be told apart: each counts with the precision at the end of its stretch of equal ones.
    """

    order: np.ndarray  # (N,) examples
    positives: np.ndarray  # (P,) examples, in this order
    ends: np.ndarray  # (P,) places in `order` where the stretch of each positive ends
    found: np.ndarray  # (P,) places in `positives` of the last one up to there

    @classmethod
    def of(cls, probabilities: np.ndarray, truths: np.ndarray) -> Self:
        order = np.argsort(-probabilities, kind="stable")
        holds, falling = truths[order], -probabilities[order]
        ends = (np.searchsorted(falling, falling, side="right") - 1)[holds]
        return cls(order, order[holds], ends, np.cumsum(holds)[ends] - 1)

    def average_precision(self, weights: np.ndarray) -> float:
        own = weights[self.positives]
        hits = np.cumsum(own)
        if not len(hits) or not hits[-1]:
            return float("nan")
        answered = np.cumsum(weights[self.order])[self.ends]
        return float((own * hits[self.found] / np.maximum(answered, 1e-12)).sum() / hits[-1])
