"""PJ002 duplicate-across-splits: the same input stands in more than one split.

What it sees: inputs of validation or test that stand in training too, and inputs of the test that stand in validation:
    equal in every pixel, or lines of text that are equal in every character.
Why it hurts: the network is asked what it was told, or what its settings were chosen on; the score is too good by as
    much as it remembers.
How to mend: remove the copies, or keep copies on one side. Penjing's own division does with files of equal content; of
    pictures that are equal only once decoded, as they were saved anew, where `group` holds them together.
What it cannot see: the same picture at another size, cropped or compressed anew; the same person or scene in another
    picture.
Threshold: any; an error where over 1 % of a held-out split stand in training. Source: Barz and Denzler, "Do We Train on
    Test Data?" (Journal of Imaging 2020), 3.3 % of CIFAR-10's test; the 1 % is ours.
"""

from typing import Self

import msgspec

from penjing.data.dataset import SPLITS, Dataset
from penjing.findings import Finding, listed
from penjing.rules.contents import equal_inputs
from penjing.rules.rule import Rule

MOST = 0.01  # share of a split that may stand in training without being an error


class Copies(msgspec.Struct, frozen=True):
    """Examples of a held-out split that stand in another one too."""

    split: str
    n: int  # examples of that split
    other: str  # train; or validation, for those of the test that are not in train
    pairs: tuple[str, ...]  # "here = there", one for each such example
    are_resaved: bool = False  # whether they are pictures that Penjing divided, so that their files are not equal

    @property
    def share(self) -> float:
        """Of the examples of the split."""
        return len(self.pairs) / self.n

    def __str__(self) -> str:
        other = "training" if self.other == "train" else self.other
        return f"{len(self.pairs):,} of {self.n:,} {self.split} examples stand in {other} too ({self.share:.1%})"


class Evidence(msgspec.Struct, frozen=True):
    """Copies of training first, and among equals the largest share."""

    copies: tuple[Copies, ...] = ()

    @classmethod
    def of(cls, data: Dataset) -> Self:
        """Each held-out split against those before it."""
        if data.form == "world":
            return cls()
        pairs: dict[tuple[str, str], list[str]] = {}
        for group in equal_inputs(data):
            first = {example.split: example.name for example in reversed(group)}
            other = next(split for split in SPLITS if split in first)
            for example in group:
                if example.split != other:
                    pairs.setdefault((example.split, other), []).append(f"{example.name} = {first[other]}")
        copies = [
            Copies(
                *(split, len(data.splits[split]), other, tuple(of)),
                are_resaved=data.form == "pictures" and not {split, other} & set(data.own_splits),
            )
            for (split, other), of in pairs.items()
        ]
        return cls(tuple(sorted(copies, key=lambda one: (one.other != "train", -one.share))))


def check(seen: Evidence) -> Finding | None:
    """None where nothing is on both sides."""
    if not seen.copies:
        return None
    worst = seen.copies[0]
    is_told = worst.other == "train"
    return Finding(
        rule=RULE.id,
        severity=RULE.severity if is_told and worst.share > MOST else "warning",
        what="; ".join(map(str, seen.copies)),
        where=listed([pair for one in seen.copies for pair in one.pairs]),
        why="the network is asked what it was told, so the score is too good."
        if is_told
        else "settings are chosen on what is then tested, so the score is too good.",
        try_="remove the copies; "
        + (
            "or keep together what begins alike, such as group='^[^.]+': dividing keeps equal files together, "
            "and these are equal only once decoded; "
            if worst.are_resaved
            else ""
        )
        + "--ignore PJ002 trains all the same",
        evidence={
            "copies": [
                {"split": one.split, "n": one.n, "other": one.other, "pairs": list(one.pairs[:50])}
                for one in seen.copies
            ]
        },
    )


RULE = Rule(id="PJ002", name="duplicate-across-splits", severity="error", needs=Evidence, check=check)
