"""From what a reader found, files or arrays with their truths, to a data set divided into splits. No torch.

A source's own division is kept. What it lacks is held back from its training part. Examples that are equal, or that
`group` holds together, stay on one side.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

import msgspec
import numpy as np

from penjing.config import Data
from penjing.data.dataset import SPLITS, Dataset, Split, Truth
from penjing.data.picture_files import PictureFile, equal_files, natural
from penjing.data.splits import equal_groups, stratified, together
from penjing.files import shown
from penjing.findings import PenjingError, did_you_mean, listed, stop

BLOCKS = 20  # that `group=time` cuts a sequence into


@dataclass(frozen=True)
class Found:
    """What a reader found: N pictures with their truths."""

    pictures: Sequence[PictureFile] | np.ndarray
    truths: np.ndarray  # (N,) int64 classes, (N, K) bool labels, or (N,) float32 numbers
    truth: Truth
    classes: tuple[str, ...]  # of classes or labels; the name of the number otherwise
    is_numbered: bool = False  # whether classes are called by their numbers, for want of names
    given: Sequence[str] = ()  # the split that the source itself puts each into; empty where it has none
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)  # of a table, to group by
    notes: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()  # pictures left out, each with why
    passed_over: tuple[str, ...] = ()  # class folders that are not read, or not whole, each with why
    is_sequence: bool = False  # whether the order of the pictures is that of time; else their names tell, if any
    in_time: Sequence[str] = ()  # names that tell it in place of theirs: those without folders of classes and splits


def divided(found: Found, settings: Data) -> Dataset:
    """Divide, by the source's own splits where it has them.

    Raises:
        PenjingError: `no-pictures`, `one-picture`, `one-class`, `one-value`; `unknown-group`, `group-holds-class`.
    """
    _refuse_nothing_to_learn(found, settings.source)
    groups = _equal(found.pictures)
    labels = found.truths if found.truth == "class" else np.zeros(len(found.truths), dtype=np.int64)
    notes = list(found.notes)
    asked = None
    if settings.group:
        asked = _asked_groups(found, settings.group)
        _refuse_whole_classes(labels, asked, settings.group)
        groups = together(groups, asked)
    at, brought = _divide(found.given, labels, groups, settings, notes)
    if asked is not None:
        notes.append(_note_of_groups(asked, at, settings))
    splits = {split: _split(found, at[split], settings.source, asked if asked is None else groups) for split in SPLITS}
    return Dataset(
        source=settings.source,
        form="pictures",
        splits=splits,
        classes=found.classes,
        truth=found.truth,
        is_numbered=found.is_numbered,
        notes=tuple(notes),
        broken=found.broken,
        passed_over=found.passed_over,
        cut_groups=() if asked is None else _cut_groups(asked, at, splits),
        own_splits=brought,
    )


def _divide(
    given: Sequence[str], labels: np.ndarray, groups: np.ndarray, settings: Data, notes: list[str]
) -> tuple[dict[str, np.ndarray], tuple[str, ...]]:
    """Indices by split, and which of those held back the source brings; what is decided is added to the notes."""
    theirs = np.asarray(given) if len(given) else np.full(len(labels), "train")
    has = [split for split in SPLITS if (theirs == split).any()]
    if has == ["train", "validation"]:
        theirs = np.where(theirs == "validation", "test", theirs)
        has = ["train", "test"]
        notes.append("the source holds back one part: it is the test split; validation is taken from its training part")
    brought = tuple(split for split in ("validation", "test") if split in has)
    rest = np.flatnonzero(theirs == "train")
    shares = msgspec.structs.replace(settings, **dict.fromkeys(brought, 0.0))
    mine = stratified(_strata(labels, groups)[rest], groups[rest], shares)
    at = {split: np.flatnonzero(theirs == split) if split in brought else rest[mine[split]] for split in SPLITS}
    return at, brought


def refuse_empty(data: Dataset, group: str) -> None:
    """Stop where there is nothing to train on, or nothing to test on.

    Args:
        data: as it was read.
        group: the setting by which it was divided.

    Raises:
        PenjingError: `empty-split`.
    """
    empty = [split for split in ("train", "test") if not len(data.splits[split])]
    if empty:
        n = sum(map(len, data.splits.values()))
        different = n if group else _different(data)
        of_each = "examples" if different == n else "different examples"
        needs = (
            f"at least 3 groups by {group} of each class, one for each split; or a finer group"
            if group
            else f"at least 3 {of_each} of each class, one for each split; dozens, for a score that means something"
        )
        own = f"the source brings its own splits: it needs a part to {empty[0]} on, beside its "
        raise stop(
            "empty-split",
            f"the {' and the '.join(empty)} split is empty"
            + (
                f": of {n:,} pictures {n - different:,} are copies of another one, and copies stay together"
                if different < n
                else ""
            ),
            where=", ".join(f"{len(examples):,} {split}" for split, examples in data.splits.items())
            + (f"; {len(data.broken):,} more cannot be read: {listed(data.broken)}" if data.broken else ""),
            why="without examples nothing is learned, or nothing is known about what was.",
            try_=own + ", ".join(data.own_splits) if data.own_splits else needs,
        )


def _different(data: Dataset) -> int:
    """How many examples are no copy of another one."""
    if data.form != "pictures":
        return sum(map(len, data.splits.values()))
    return len(np.unique(_equal([one for split in data.splits.values() for one in split.inputs])))


def _strata(labels: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """(N,) what is divided in equal shares: each class, and by themselves the groups that hold several."""
    first, numbers = np.unique(groups, return_index=True, return_inverse=True)[1:]
    is_mixed = np.bincount(numbers, weights=labels != labels[first][numbers]) > 0
    return np.where(is_mixed[numbers], -1, labels)


def _refuse_nothing_to_learn(found: Found, source: str) -> None:
    if len(found.truths) < 2:
        raise stop(
            "one-picture" if len(found.truths) else "no-pictures",
            "there is a single picture" if len(found.truths) else "there is no picture",
            where=source,
            why="what is learned could be tested on nothing else.",
            try_="some dozens of pictures of each class, or more",
        )
    if found.truth == "labels" or (found.truths != found.truths[0]).any():
        return
    if found.truth == "class":
        raise nothing_to_tell_apart(
            found.classes[found.truths[0]],
            source,
            try_="a second folder with pictures of something else, or another column of a table: target=COLUMN",
        )
    raise same_number(found.classes[0], found.truths[0], source)


def same_number(name: str, number: float, where: str) -> PenjingError:
    """The error where all pictures that are learned from have one number."""
    return stop(
        "one-value",
        f"`{name}` is {number:g} for every picture",
        where=where,
        why="there is nothing to predict: a constant would be right, and know nothing.",
        try_="pictures with other numbers too; target=COLUMN  chooses another column of a table",
    )


def nothing_to_tell_apart(name: str, source: str, *, because: str = "", try_: str) -> PenjingError:
    """The error where all pictures are of one class; a reader that knows the cause says it."""
    return stop(
        "one-class",
        f"all pictures are of one class, {name}" + (f": {because}" if because else ""),
        where=source,
        why="there is nothing to tell apart: any network would be right, and know nothing.",
        try_=try_,
    )


def _refuse_whole_classes(labels: np.ndarray, groups: np.ndarray, group: str) -> None:
    """Refuse groups that each class lies in whole: it could be learned or tested, never both."""
    pairs = np.unique(np.stack([labels, groups], axis=1), axis=0)
    if len(np.unique(labels)) < 2 or np.bincount(pairs[:, 0]).max() > 1:
        return
    raise stop(
        "group-holds-class",
        f"by {group}, all pictures of a class are one group",
        where=f"group={group}",
        why="a class would be learned or tested, never both.",
        try_="a finer group, such as a pattern of file names; or none",
    )


def _cut_groups(asked: np.ndarray, at: dict[str, np.ndarray], splits: dict[str, Split]) -> tuple[str, ...]:
    """Groups in several splits, which only the source's own can be: a picture of each of two sides."""
    first: dict[int, dict[str, str]] = {}
    for split, chosen in at.items():
        for group, i in zip(*np.unique(asked[chosen], return_index=True), strict=True):
            first.setdefault(int(group), {})[split] = splits[split].name(int(i))
    cut = [list(sides.items())[:2] for _, sides in sorted(first.items()) if len(sides) > 1]
    return tuple(" and ".join(f"{shown(name)} ({split})" for split, name in sides) for sides in cut)


def _note_of_groups(asked: np.ndarray, at: dict[str, np.ndarray], settings: Data) -> str:
    splits_of = np.bincount(np.concatenate([np.unique(asked[chosen]) for chosen in at.values()]))
    crossing = int((splits_of > 1).sum())
    n = f"{len(splits_of):,} groups by {settings.group}"
    empty = [split for split in ("validation", "test") if getattr(settings, split) and not len(at[split])]
    if empty:
        return f"{n}: too few, or too large for their shares, so that none is in {' and '.join(empty)}"
    if crossing:
        return f"{n}; {crossing:,} of them stand in several splits, as the source itself divides"
    return f"{n}, none on both sides"


def _equal(pictures: Sequence[Any] | np.ndarray) -> np.ndarray:
    """(N,) integers, the same for files, or arrays, of equal content."""
    return equal_files(list(pictures)) if isinstance(pictures[0], PictureFile) else equal_groups(pictures)


def _asked_groups(found: Found, group: str) -> np.ndarray:
    """(N,) integers, the same for what `group` holds together."""
    names = [picture.name if isinstance(picture, PictureFile) else str(i) for i, picture in enumerate(found.pictures)]
    if group in found.columns:
        keys: Sequence[object] = found.columns[group]
    elif isinstance(found.pictures, np.ndarray) and group != "time":
        raise _unknown_group(group, found.columns, "arrays have no folders and no file names")
    elif group == "folder":
        keys = [str(PurePosixPath(name).parent) for name in names]
    elif group == "time":
        told_by = found.in_time or names
        order = range(len(names)) if found.is_sequence else sorted(range(len(names)), key=lambda i: natural(told_by[i]))
        place = np.empty(len(names), dtype=np.int64)
        place[list(order)] = np.arange(len(names)) * min(BLOCKS, len(names)) // len(names)
        keys = place.tolist()
    else:
        keys = _matched(names, group, found.columns)
    return np.unique(np.asarray(keys, dtype=str), return_inverse=True)[1]


def _matched(names: Sequence[str], pattern: str, columns: Mapping[str, Sequence[str]]) -> list[str]:
    """What the pattern finds, its first parenthesis or all of it, in each file's name, or else in each path."""
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise _unknown_group(pattern, columns, f"it is no column, and no pattern either: {error}") from error
    lost = []
    for texts in ([PurePosixPath(name).name for name in names], names):  # all of one kind: keys of both do not compare
        found = [match for text in texts if (match := compiled.search(text))]
        if len(found) == len(texts):
            return [(match[1] or "") if compiled.groups else match[0] for match in found]
        lost.append([text for text in texts if not compiled.search(text)])
    first = shown(min(lost, key=len)[0])
    n = f"{min(map(len, lost)):,} of {len(names):,}"
    raise _unknown_group(pattern, columns, f"as a pattern it does not occur in {n} names, nor paths, such as {first}")


def _unknown_group(group: str, columns: Mapping[str, Sequence[str]], what: str) -> Exception:
    return stop(
        "unknown-group",
        f"`{group}` does not group these pictures: {what}",
        where=f"group={group}",
        why="what belongs together, such as pictures of one patient, would stand on both sides of a split.",
        try_=did_you_mean(
            group,
            ["folder", "time", *columns],
            otherwise="folder, time, a column of a table, or a pattern (Python's re) that occurs in every file's name, "
            "or in every path below the source",
        ),
    )


def _split(found: Found, at: np.ndarray, source: str, groups: np.ndarray | None) -> Split:
    if isinstance(found.pictures, np.ndarray):
        pictures, names = found.pictures[at], [f"{source} #{i}" for i in at]
    else:
        pictures = [found.pictures[i] for i in at]
        names = [str(picture) for picture in pictures]
    return Split(pictures, found.truths[at], names, None if groups is None else groups[at])
