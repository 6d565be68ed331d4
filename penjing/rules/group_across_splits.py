"""PJ015 group-across-splits: what was asked to be held together stands in several of the source's own splits.

What it sees: the groups of the setting `group`, in data that bring their own splits; where Penjing divides, no group is
    ever cut.
Why it hurts: pictures of one patient, one burst or one minute of a film resemble each other more than those to come
    will; who has learned some of them knows the others, and the score tells less than it seems.
How to mend: put the folders or rows of all splits together and let Penjing divide; move each group to one side; or take
    `group` back, if these do not belong together.
What it cannot see: groups that nobody told it of.
Threshold: any. Source: Kaufman, Rosset, Perlich and Stitelman, "Leakage in data mining", ACM TKDD 2012.
"""

from typing import Self

import msgspec

from penjing.data.dataset import Dataset
from penjing.findings import Finding, listed
from penjing.rules.rule import Rule


class Evidence(msgspec.Struct, frozen=True):
    """Such groups, each as two of its pictures."""

    groups: tuple[str, ...] = ()

    @classmethod
    def of(cls, data: Dataset) -> Self:
        """What the division could not hold together."""
        return cls(data.cut_groups)


def check(seen: Evidence) -> Finding | None:
    """None where each group stands on one side."""
    if not seen.groups:
        return None
    return Finding(
        rule=RULE.id,
        severity=RULE.severity,
        what=f"groups that stand in several of the source's own splits: {len(seen.groups):,}",
        where=listed(seen.groups),
        why="what belongs together is learned from on one side and tested on the other, so the score is too good.",
        try_="give all splits as one, without folders or a column that divide, and Penjing divides by group; "
        "or leave `group` out, if these do not belong together",
        evidence={"groups": list(seen.groups)},
    )


RULE = Rule(id="PJ015", name="group-across-splits", severity="error", needs=Evidence, check=check)
