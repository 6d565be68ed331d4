"""PJ005 duplicates-within-split: the same picture stands in a split more than once.

What it sees: pictures that are equal in every pixel.
Why it hurts: copies count for more than their share, in training as in the score, whose interval is then too narrow.
How to mend: keep one of each, unless they are repeated on purpose.
What it cannot see: near-duplicates; over-sampling on purpose looks the same. Lines of text repeat by nature and are
    not asked.
Threshold: any, a note; a warning where over 2 % of a split are copies. Source: Barz and Denzler, "Do We Train on Test
    Data?" (Journal of Imaging 2020); the 2 % is ours.
"""

from typing import Self

import msgspec

from penjing.data.dataset import Dataset
from penjing.findings import Finding, listed
from penjing.rules.contents import equal_inputs
from penjing.rules.rule import Rule


class Evidence(msgspec.Struct, frozen=True):
    """Copies within the split that has the largest share of them."""

    split: str
    n: int
    copies: tuple[str, ...] = ()  # "this = that", the first of each group left out

    @classmethod
    def of(cls, data: Dataset) -> Self:
        """Split by split."""
        if data.form != "pictures":
            return cls("train", 0)
        copies: dict[str, list[str]] = {split: [] for split in data.splits}
        for group in equal_inputs(data):
            first: dict[str, str] = {}
            for example in group:
                if example.split in first:
                    copies[example.split].append(f"{example.name} = {first[example.split]}")
                first.setdefault(example.split, example.name)
        split = max(copies, key=lambda name: len(copies[name]) / max(len(data.splits[name]), 1))
        return cls(split, len(data.splits[split]), tuple(copies[split]))


def check(seen: Evidence) -> Finding | None:
    """None where all pictures of a split differ."""
    if not seen.copies:
        return None
    share = len(seen.copies) / seen.n
    return Finding(
        rule=RULE.id,
        severity="warning" if share > 0.02 else RULE.severity,
        what=f"{len(seen.copies):,} of {seen.n:,} {seen.split} pictures are copies of others there ({share:.1%})",
        where=listed(seen.copies),
        why="copies count for more than their share, in training as in the score.",
        try_="keep one of each",
        evidence={"split": seen.split, "n": seen.n, "copies": list(seen.copies[:50])},
    )


RULE = Rule(id="PJ005", name="duplicates-within-split", severity="note", needs=Evidence, check=check)
