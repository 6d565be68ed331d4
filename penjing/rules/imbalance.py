"""PJ009 imbalance: the largest class has many times the examples of the smallest.

What it sees: how many training examples each class has.
Why it hurts: answering the large class is right most of the time, so the small ones are learned last, and an accuracy
    hides it.
How to mend: collect more of the small classes, draw them more often, or weight them in the loss; judge by balanced
    accuracy. `penjing train` does so by itself (`balance`), and then this rule is silent; it speaks of a training with
    balance=none, and of data that is checked alone.
What it cannot see: weights or a sampler in a loop of your own; whether a small class matters.
Threshold: 10 times. Source: Buda, Maki and Mazurowski, "A Systematic Study of the Class Imbalance Problem" (Neural
    Networks 2018), where the harm is clear from 10 on.
"""

from typing import Self

import msgspec
import numpy as np

from penjing.data.dataset import Dataset
from penjing.findings import Finding
from penjing.rules.contents import labels_of
from penjing.rules.rule import Rule

RATIO = 10


class Evidence(msgspec.Struct, frozen=True):
    """The largest and the smallest class of the train split that has any example; 0 where there are no classes."""

    largest: int = 0
    smallest: int = 0
    names: tuple[str, str] = ("", "")

    @classmethod
    def of(cls, data: Dataset) -> Self:
        """Counts of the train split."""
        labels = labels_of(data).get("train")
        if labels is None:
            return cls()
        counts = np.bincount(labels, minlength=len(data.classes))
        present = np.flatnonzero(counts)
        large, small = present[np.argmax(counts[present])], present[np.argmin(counts[present])]
        return cls(int(counts[large]), int(counts[small]), (data.classes[large], data.classes[small]))


def check(seen: Evidence) -> Finding | None:
    """None where classes are of comparable size."""
    if seen.largest <= RATIO * seen.smallest:
        return None
    large, small = seen.names
    return Finding(
        rule=RULE.id,
        severity=RULE.severity,
        what=f"`{large}` has {seen.largest:,} training examples, `{small}` has {seen.smallest:,}",
        where=f"train split, classes `{large}` and `{small}`",
        why="answering the large class is right most of the time, so the small ones are learned last.",
        try_="collect more of the small classes, or balance=auto in penjing train; judge by balanced accuracy",
        evidence={"largest": seen.largest, "smallest": seen.smallest},
    )


RULE = Rule(id="PJ009", name="imbalance", severity="warning", needs=Evidence, check=check)
