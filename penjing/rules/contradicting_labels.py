"""PJ004 contradicting-labels: the same picture has two different classes.

What it sees: pictures that are equal in every pixel, and their classes.
Why it hurts: whatever the network answers, one of them counts against it; a part of the loss can never be learned
    away.
How to mend: decide which label is right, and remove or relabel the other copy.
What it cannot see: pictures that are alike but not equal; tasks where a picture may have several labels.
Threshold: any; an error over 1 % of the pictures, below that a warning. Source: Northcutt, Athalye and Mueller,
    "Pervasive Label Errors in Test Sets" (NeurIPS 2021); the 1 % is ours.
"""

from typing import Self

import msgspec

from penjing.data.dataset import Dataset
from penjing.findings import Finding, listed
from penjing.rules.contents import equal_inputs, labels_of
from penjing.rules.rule import Rule


class Evidence(msgspec.Struct, frozen=True):
    """Groups of equal pictures with more than one class, each in words."""

    n: int  # pictures
    groups: tuple[str, ...] = ()

    @classmethod
    def of(cls, data: Dataset) -> Self:
        """Over all splits."""
        labels = labels_of(data)
        if not labels:
            return cls(0)
        found = []
        for group in equal_inputs(data):
            classes = [data.classes[labels[example.split][example.at]] for example in group]
            if len(set(classes)) > 1:
                found.append(" = ".join(f"{e.name} ({name})" for e, name in zip(group, classes, strict=True)))
        return cls(sum(map(len, labels.values())), tuple(found))


def check(seen: Evidence) -> Finding | None:
    """None where equal pictures have equal labels."""
    if not seen.groups:
        return None
    share = len(seen.groups) / seen.n
    return Finding(
        rule=RULE.id,
        severity=RULE.severity if share > 0.01 else "warning",
        what=f"{len(seen.groups):,} of {seen.n:,} pictures stand in the data with different classes ({share:.2%})",
        where=listed(seen.groups),
        why="whatever the network answers, one of the copies counts against it.",
        try_="decide which label is right, and remove the other copy",
        evidence={"n": seen.n, "groups": list(seen.groups[:50])},
    )


RULE = Rule(id="PJ004", name="contradicting-labels", severity="error", needs=Evidence, check=check)
