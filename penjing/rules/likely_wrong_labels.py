"""PJ006 likely-wrong-labels: some pictures look like another class than their own.

What it sees: the classes of each picture's 10 nearest neighbours in pixels, never counting pictures of its own fifth
    of the data (out-of-fold). A label is suspected where its class has a smaller share than is usual for that class,
    and another class reaches what is usual for it. The list is ranked, the most certain first.
Why it hurts: the network learns the mistakes, or is marked down for being right; in a test split they bound every
    score.
How to mend: look at the pictures of the list, and relabel or remove those that are wrong.
What it cannot see: mistakes between classes that look alike in pixels; anything where pixels do not tell classes
    apart (it is silent where neighbours are right for less than 70 %); classes of fewer than 5 pictures, which are left
    out. Of a large set 5,000 pictures are looked at.
Threshold: confident learning's: the mean share of each class among its own. A warning where 1 % of the pictures or more
    are suspected (the digits of scikit-learn have 0.1 %), counted over classes of 50 or more, since few neighbours tell
    little; else a note. Source: Northcutt, Jiang and Chuang, "Confident Learning" (JAIR 2021); the figures are ours.
"""

from collections.abc import Iterable
from typing import Self

import msgspec
import numpy as np

from penjing.data.averaged import averaged
from penjing.data.dataset import Dataset
from penjing.findings import Finding, listed
from penjing.randomness import generator
from penjing.rules.contents import labels_of
from penjing.rules.rule import Rule

NEIGHBOURS, FOLDS = 10, 5
MOST = 5000  # pictures looked at
ENOUGH = 50  # pictures of a class, from which on its suspects count for a warning
WRONG = 0.01  # share of suspects that is a warning
SIDE = 16  # cells: larger pictures are averaged down to so many a side
KNOWS = 0.7  # share of the neighbours' guesses that must be right


class Evidence(msgspec.Struct, frozen=True):
    """Suspected labels in words, the most certain first."""

    n: int  # pictures that were looked at
    known: float = 0.0  # share of them whose neighbours agree with the label
    suspects: tuple[str, ...] = ()
    share: float = 0.0  # of suspects, among the pictures of classes that have enough

    @classmethod
    def of(cls, data: Dataset) -> Self:
        """Over all splits together."""
        labels = labels_of(data)
        if not labels or data.form != "pictures":
            return cls(0)
        y = np.concatenate(list(labels.values()))
        at = np.sort(generator(0, "likely-wrong-labels").permutation(len(y))[:MOST])
        at = at[np.bincount(y[at])[y[at]] >= FOLDS]
        y = y[at]
        classes, columns, counts = np.unique(y, return_inverse=True, return_counts=True)
        if len(classes) < 2:
            return cls(len(y))
        names = [data.splits[split].name(i) for split in labels for i in range(len(data.splits[split]))]
        shares = _out_of_fold(_cells(data, labels, at), y)
        found = suspected(shares, y)
        has_enough = counts[columns] >= ENOUGH
        return cls(
            n=len(y),
            known=float((shares.argmax(axis=1) == columns).mean()),
            suspects=tuple(
                f"{names[at[i]]} is labelled {data.classes[y[i]]}, looks like {data.classes[other]}"
                for i, other in found
            ),
            share=sum(bool(has_enough[i]) for i, _ in found) / max(int(has_enough.sum()), 1),
        )


def suspected(shares: np.ndarray, labels: np.ndarray) -> list[tuple[int, int]]:
    """Confident learning: which labels are likely wrong, and the class each looks like, the most certain first.

    Args:
        shares: (N, K) out-of-fold probabilities, columns in the order of the sorted classes that occur.
        labels: (N,) class numbers.
    """
    classes, y = np.unique(labels, return_inverse=True)
    rows = np.arange(len(y))
    usual = np.array([shares[y == k, k].mean() for k in range(len(classes))])  # (K,)
    reaching = np.where(shares >= usual, shares, -1.0)
    other = reaching.argmax(axis=1)
    suspect = (reaching.max(axis=1) >= 0) & (other != y) & (shares[rows, y] < usual[y])
    margin = shares[rows, other] - shares[rows, y]
    ranked = np.flatnonzero(suspect)[np.argsort(-margin[suspect], kind="stable")]
    return [(int(i), int(classes[other[i]])) for i in ranked]


def _out_of_fold(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.neighbors import KNeighborsClassifier

    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    return cross_val_predict(KNeighborsClassifier(NEIGHBOURS), x, y, cv=folds, method="predict_proba")


def _cells(data: Dataset, splits: Iterable[str], at: np.ndarray) -> np.ndarray:
    """(M, D) float32: pictures averaged down; `at` counts through the splits one behind another."""
    parts, first = [], 0
    for split in splits:
        pictures = np.asarray(data.splits[split].inputs)
        end = first + len(pictures)
        parts.append(averaged(pictures, SIDE, at[(first <= at) & (at < end)] - first))
        first = end
    return np.concatenate(parts).reshape(len(at), -1)


def check(seen: Evidence) -> Finding | None:
    """None where neighbours agree with the labels, or know too little to say."""
    if not seen.suspects or seen.known < KNOWS:
        return None
    return Finding(
        rule=RULE.id,
        severity=RULE.severity if seen.share >= WRONG else "note",
        what=f"{len(seen.suspects):,} of {seen.n:,} labels are likely wrong ({len(seen.suspects) / seen.n:.1%})",
        where=listed(seen.suspects),
        why="the network learns the mistakes, or is marked down for being right.",
        try_="look at these pictures, and relabel or remove those that are wrong: penjing check DATA --json lists them",
        evidence={"n": seen.n, "suspects": list(seen.suspects[:500])},
    )


RULE = Rule(id="PJ006", name="likely-wrong-labels", severity="warning", needs=Evidence, check=check)
