"""PJ001 unreadable-file: pictures do not open.

What it sees: every file that does not decode whole: empty, cut short, of another content than its name says, of a kind
    that cannot be brought to 8 bits, or of so many pixels that it may be a decompression bomb; and every one that the
    system does not let us read: no permission, a link that leads nowhere. All are told at once.
Why it hurts: a picture that is no picture cannot be learned from, and one that is dropped unasked is missing from the
    data, the counts and the score without a word.
How to mend: download or export those files again, or remove them; `--skip-broken` leaves them out, and the run's
    findings then hold this one as a warning with every name.
What it cannot see: files that decode, to a picture that is grey from the middle on or shows something else; junk that
    systems leave behind (.DS_Store, Thumbs.db, __MACOSX) is left out and counted.
Threshold: any; an error that stops before training, a warning where they are left out. Source: Karpathy, "A Recipe for
    Training Neural Networks" (2019), "become one with the data"; the limit of pixels is pillow's.
"""

from typing import Self

import msgspec

from penjing.data.dataset import Dataset
from penjing.findings import Finding, listed
from penjing.rules.rule import Rule


class Evidence(msgspec.Struct, frozen=True):
    """Pictures that were left out, each with why; where they are not to be left out the store stops before."""

    n: int  # pictures, those left out too
    broken: tuple[str, ...] = ()

    @classmethod
    def of(cls, data: Dataset) -> Self:
        """What the store left out."""
        return cls(sum(map(len, data.splits.values())) + len(data.broken), data.broken)


def check(seen: Evidence) -> Finding | None:
    """None where all open."""
    if not seen.broken:
        return None
    return Finding(
        rule=RULE.id,
        severity="warning",
        what=f"{len(seen.broken):,} of {seen.n:,} pictures do not open, and are left out",
        where=listed(seen.broken),
        why="they are missing from the data, and from the score.",
        try_="download or export those files again, or remove them",
        evidence={"broken": list(seen.broken)},
    )


RULE = Rule(id="PJ001", name="unreadable-file", severity="error", needs=Evidence, check=check)
