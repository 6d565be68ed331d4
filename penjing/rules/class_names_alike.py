"""PJ027 class-names-alike: names of classes differ only in case or in outer spaces.

What it sees: the names of all classes, without regard to capitals and to spaces around them.
Why it hurts: `cat` in training and `Cat` in test are two classes, so that none of either is ever right.
How to mend: rename the folders, or the cells of the table, so that one class has one name.
What it cannot see: other spellings of one class (`cats`, `kitten`), and classes that are meant to differ so, such as
    the letters `a` and `A`: then the warning is to be ignored (`ignore=PJ027`).
Threshold: any two. Source: ours; on file systems that ignore case such folders are one.
"""

from typing import Self

import msgspec

from penjing.data.dataset import Dataset
from penjing.findings import Finding, listed
from penjing.rules.rule import Rule


class Evidence(msgspec.Struct, frozen=True):
    """Names of one class as it seems, at least two each."""

    alike: tuple[tuple[str, ...], ...] = ()

    @classmethod
    def of(cls, data: Dataset) -> Self:
        """Of classes or labels."""
        by_name: dict[str, list[str]] = {}
        for name in data.classes:
            by_name.setdefault(name.strip().casefold(), []).append(name)
        return cls(tuple(tuple(names) for names in by_name.values() if len(names) > 1))


def check(seen: Evidence) -> Finding | None:
    """None where all names differ by more."""
    if not seen.alike:
        return None
    pairs = [" and ".join(f"`{name}`" for name in names) for names in seen.alike]
    return Finding(
        rule=RULE.id,
        severity=RULE.severity,
        what=f"names of classes differ only in case or outer spaces: {listed(pairs)}",
        where=f"classes {listed(pairs)}",
        why="they are learned as different classes; where they are one, neither is ever answered right.",
        try_="give each class one name, in every split; or ignore=PJ027 where they are meant to differ",
        evidence={"alike": [list(names) for names in seen.alike]},
    )


RULE = Rule(id="PJ027", name="class-names-alike", severity="warning", needs=Evidence, check=check)
