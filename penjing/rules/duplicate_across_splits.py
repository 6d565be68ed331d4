"""PJ002 duplicate-across-splits: the same input stands in training and in validation or test.

What it sees: inputs that are equal in every pixel, or lines of text that are equal in every character.
Why it hurts: the network is asked what it was told; the score is too good by as much as it remembers.
How to mend: remove the copies, or keep copies on one side (Penjing's own division does).
What it cannot see: the same picture at another size, cropped or compressed anew; the same person or scene in another
    picture.
Threshold: any; an error over 1 % of a held-out split. Source: Barz and Denzler, "Do We Train on Test Data?" (Journal
    of Imaging 2020), 3.3 % of CIFAR-10's test; the 1 % is ours.
"""

from typing import Self

import msgspec

from penjing.data.dataset import Dataset
from penjing.findings import Finding, listed
from penjing.rules.contents import equal_inputs
from penjing.rules.rule import Rule


class Evidence(msgspec.Struct, frozen=True):
    """Held-out examples that stand in training too, the worse of the two splits."""

    split: str
    n: int  # examples of that split
    pairs: tuple[str, ...] = ()  # "here = there", one for each held-out example

    @classmethod
    def of(cls, data: Dataset) -> Self:
        """Validation and test, each against train."""
        if data.form == "world":
            return cls("test", 0)
        pairs: dict[str, list[str]] = {"validation": [], "test": []}
        for group in equal_inputs(data):
            in_train = [example.name for example in group if example.split == "train"]
            for example in group:
                if in_train and example.split != "train":
                    pairs[example.split].append(f"{example.name} = {in_train[0]}")
        split = max(pairs, key=lambda name: len(pairs[name]) / max(len(data.splits[name]), 1))
        return cls(split, len(data.splits[split]), tuple(pairs[split]))


def check(seen: Evidence) -> Finding | None:
    """None where nothing is on both sides."""
    if not seen.pairs:
        return None
    share = len(seen.pairs) / seen.n
    return Finding(
        rule=RULE.id,
        severity=RULE.severity if share > 0.01 else "warning",
        what=f"{len(seen.pairs):,} of {seen.n:,} {seen.split} examples stand in training too ({share:.1%})",
        where=listed(seen.pairs),
        why="the network is asked what it was told, so the score is too good.",
        try_="remove the copies; --ignore PJ002 trains all the same",
        evidence={"split": seen.split, "n": seen.n, "pairs": list(seen.pairs[:50])},
    )


RULE = Rule(id="PJ002", name="duplicate-across-splits", severity="error", needs=Evidence, check=check)
