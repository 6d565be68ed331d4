"""PJ007 class-missing-from-split: a class has no example in training, validation or test.

What it sees: how many examples of each class stand in each split.
Why it hurts: a class that is not trained on can never be answered; one that is not tested is scored by nobody.
How to mend: collect more of it, take it out, or divide otherwise (validation=0.2 test=0.3, another split_seed).
What it cannot see: whether the few examples there are enough; a split that is empty on purpose is not asked.
Threshold: none at all. Source: Kohavi, "A Study of Cross-Validation and Bootstrap" (IJCAI 1995), on stratification.
"""

from typing import Self

import msgspec
import numpy as np

from penjing.data.dataset import Dataset
from penjing.findings import Finding, listed
from penjing.rules.contents import labels_of
from penjing.rules.rule import Rule


class Evidence(msgspec.Struct, frozen=True):
    """Classes that are missing, each with its split: "9 in test"."""

    missing: tuple[str, ...] = ()
    own_splits: tuple[str, ...] = ()  # that the source brings
    fewest: int = 0  # examples that one of those classes has in all
    splits: int = 0  # that hold anything

    @classmethod
    def of(cls, data: Dataset) -> Self:
        """Of the splits that hold anything."""
        counts = {split: np.bincount(array, minlength=len(data.classes)) for split, array in labels_of(data).items()}
        found = [(k, split) for split, count in counts.items() for k in np.flatnonzero(count[: len(data.classes)] == 0)]
        totals = sum(counts.values(), np.zeros(len(data.classes), dtype=np.int64))
        return cls(
            tuple(f"{data.classes[k]} in {split}" for k, split in found),
            data.own_splits,
            min((int(totals[k]) for k, _ in found), default=0),
            len(counts),
        )


def check(seen: Evidence) -> Finding | None:
    """None where every class is in every split."""
    if not seen.missing:
        return None
    splits = sorted({name.rpartition(" in ")[2] for name in seen.missing})
    own = [split for split in splits if split in seen.own_splits]
    return Finding(
        rule=RULE.id,
        severity=RULE.severity,
        what=f"no example of {listed(seen.missing)}",
        where=f"{', '.join(splits)} split",
        why="a class that is not trained on can never be answered, and one that is not tested is scored by nobody.",
        try_=f"the source brings its own {' and '.join(own)} split: put examples there, or take the class out"
        if own
        else f"collect more of it, at least one for each of the {seen.splits} splits, or take it out"
        if seen.fewest < seen.splits
        else "collect more of it, take it out, or divide otherwise: test=0.3, split_seed=1",
        evidence={"missing": list(seen.missing)},
    )


RULE = Rule(id="PJ007", name="class-missing-from-split", severity="error", needs=Evidence, check=check)
