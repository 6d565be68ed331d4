"""PJ029 class-folder-passed-over: class folders hold no picture that is read, or some of a kind that is not read.

What it sees: folders where those of classes lie that are empty, hold only files that are no pictures by their names, or
    hold pictures of a kind that is not decoded here, such as HEIC; folders of pictures of which a table beside them
    names none, though it names those of others.
Why it hurts: that class, or a part of it, is missing from the data and the score without a word.
How to mend: put its pictures there; convert HEIC to JPEG; move a folder that is no class elsewhere; write rows for its
    pictures, or learn the folders in place of the table (target=folder).
What it cannot see: whether such a folder was meant as a class; pictures in no class folder, which a note counts.
Threshold: any. Source: ours; telephones save HEIC unless told otherwise, and pillow does not decode it.
"""

from typing import Self

import msgspec

from penjing.data.dataset import Dataset
from penjing.data.picture_files import CONVERT
from penjing.findings import Finding, listed
from penjing.rules.rule import Rule


class Evidence(msgspec.Struct, frozen=True):
    """Such folders, each with why."""

    folders: tuple[str, ...] = ()

    @classmethod
    def of(cls, data: Dataset) -> Self:
        """What the reader passed over."""
        return cls(data.passed_over)


def check(seen: Evidence) -> Finding | None:
    """None where all class folders are read whole."""
    if not seen.folders:
        return None
    return Finding(
        rule=RULE.id,
        severity=RULE.severity,
        what=f"class folders that are not read, or not whole: {len(seen.folders):,}",
        where=listed(seen.folders),
        why="what should be in them is missing from the data, and from the score.",
        try_=f"put pictures there (.jpg, .png), or move what is no class elsewhere; if they are HEIC, {CONVERT}",
        evidence={"folders": list(seen.folders)},
    )


RULE = Rule(id="PJ029", name="class-folder-passed-over", severity="warning", needs=Evidence, check=check)
