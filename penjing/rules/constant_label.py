"""PJ030 constant-label: where a picture can have several labels, one of them never holds in training, or always does.

What it sees: how many training examples have each label.
Why it hurts: the network learns to answer the same for every picture, and no score of that label means anything.
How to mend: collect examples of the other kind, take the label out, or divide otherwise (another split_seed).
What it cannot see: whether the few examples there are enough; one class a picture is the matter of PJ007.
Threshold: none at all. An error where no label varies, for then there is nothing to learn; else a warning. Source:
    Goodfellow et al., "Deep Learning" (2016), chapter 5.2: what all examples have in common tells none of them apart.
"""

from typing import Self

import msgspec
import numpy as np

from penjing.data.dataset import Dataset
from penjing.findings import Finding, listed
from penjing.rules.rule import Rule


class Evidence(msgspec.Struct, frozen=True):
    """Labels that never hold and labels that always do, of how many."""

    n: int = 0  # training examples
    labels: int = 0
    never: tuple[str, ...] = ()
    always: tuple[str, ...] = ()
    is_divided: bool = True  # whether a part of training was held back here, so that another split_seed changes it

    @classmethod
    def of(cls, data: Dataset) -> Self:
        """Counts of the train split."""
        train = data.splits["train"]
        if data.truth != "labels" or not len(train):
            return cls()
        counts = np.asarray(train.truths).sum(axis=0)
        never = tuple(name for name, n in zip(data.classes, counts, strict=True) if n == 0)
        always = tuple(name for name, n in zip(data.classes, counts, strict=True) if n == len(train))
        return cls(len(train), len(data.classes), never, always, len(data.own_splits) < 2)


def check(seen: Evidence) -> Finding | None:
    """None where every label holds for some examples and not for others."""
    if not seen.never and not seen.always:
        return None
    kinds = (("none", seen.never), ("each", seen.always))
    what = "; ".join(
        f"{which} of {seen.n:,} training examples has {listed([f'`{name}`' for name in names])}"
        for which, names in kinds
        if names
    )
    is_hopeless = len(seen.never) + len(seen.always) == seen.labels
    return Finding(
        rule=RULE.id,
        severity=RULE.severity if is_hopeless else "warning",
        what=what + (": no label varies" if is_hopeless else ""),
        where="train split",
        why="there is nothing to learn: every picture has the same answer."
        if is_hopeless
        else "the network learns to answer the same for every picture, and no score of that label means anything.",
        try_="collect examples of the other kind, take the label out, or divide otherwise: split_seed=1"
        if seen.is_divided
        else "the source brings its own splits: put examples of the other kind into training, or take the label out",
        evidence={"never": list(seen.never), "always": list(seen.always)},
    )


RULE = Rule(id="PJ030", name="constant-label", severity="error", needs=Evidence, check=check)
