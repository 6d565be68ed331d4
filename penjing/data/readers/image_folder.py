"""A folder of class folders, or a .zip of one, read in place.

    flowers/                    flowers/
        daisy/*.jpg                 train/daisy/*.jpg   train/roses/*.jpg
        roses/*.jpg                 val/daisy/*.jpg     val/roses/*.jpg
                                    test/daisy/*.jpg    test/roses/*.jpg

A class is the folder right below the source (or below train, val, test); folders inside it only serve `group=folder`.
A folder that holds all the others is passed through, unless a picture lies beside it. Names of splits are spelled in
several ways: `split_names.py`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from penjing.config import Data
from penjing.data.annotated import refuse_boxes, refuse_masks
from penjing.data.dataset import Dataset, Form
from penjing.data.division import Found, divided, nothing_to_tell_apart
from penjing.data.picture_files import CONVERT, NOT_READ, Listed, list_files, suffix_of
from penjing.data.split_names import split_meant
from penjing.files import shown
from penjing.findings import listed, stop

form: Form = "pictures"
heeds = frozenset(("group",))
ARCHIVES = frozenset((".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar"))


class Place(NamedTuple):
    """Where a file lies."""

    split: str  # "" where the source has none
    folder: str  # of its class; "" where it lies in none
    name: str  # inside that one, perhaps with folders


class Layout(NamedTuple):
    """What the folders mean."""

    around: tuple[str, ...]  # folders that hold all the others
    has_splits: bool

    def place(self, name: str) -> Place:
        """Where a file of the source lies."""
        parts = name.split("/")[len(self.around) :]
        split = (split_meant(parts[0]) or "") if self.has_splits and len(parts) > 1 else ""
        inside = parts[1:] if split else parts
        return Place(split, inside[0] if len(inside) > 1 else "", "/".join(inside[1:] or inside))

    def is_class_folder(self, name: str) -> bool:
        """Whether pictures right inside this folder would be of the class that it is called."""
        place = self.place(f"{name}/any")
        around = tuple(name.split("/")[: len(self.around)])
        return (
            around == self.around
            and place.folder != ""
            and place.name == "any"
            and bool(place.split) == self.has_splits
        )


def recognizes(source: str) -> bool:
    """A folder that holds something, or a .zip."""
    path = Path(source)
    return any(path.iterdir()) if path.is_dir() else path.suffix.lower() == ".zip" and path.is_file()


def read(settings: Data) -> Dataset:
    """Pictures as files, undecoded; the classes are the folders' names, sorted.

    Raises:
        PenjingError: `no-pictures`, `no-classes`, `mixed-folders`, `not-read-yet`; those of listing and dividing.
    """
    found = list_files(Path(settings.source), skip_broken=settings.skip_broken)
    if not found.pictures:
        raise _no_pictures(settings.source, found.others)
    refuse_masks(found, settings.source)
    not_read = [name for name in found.others if suffix_of(name) in NOT_READ]
    layout = _layout([*(file.name for file in found.pictures), *not_read], settings.source)
    places = [layout.place(file.name) for file in found.pictures]
    passed_over = _passed_over(found, layout, not_read)
    in_class = [(file, place) for file, place in zip(found.pictures, places, strict=True) if place.folder]
    classes = sorted({place.folder for _, place in in_class})
    if len(classes) < 2:
        refuse_boxes(found, settings.source)
    if not in_class:
        raise _no_classes(settings.source, len(found.pictures))
    if len(classes) == 1 < len(in_class):
        _refuse_one_class(
            shown(classes[0]), settings.source, [*places, *(layout.place(name) for name in not_read)], passed_over
        )
    number = {name: k for k, name in enumerate(classes)}
    return divided(
        Found(
            pictures=[file for file, _ in in_class],
            truths=np.array([number[place.folder] for _, place in in_class]),
            truth="class",
            classes=tuple(shown(name) for name in classes),
            given=[place.split for _, place in in_class] if in_class[0][1].split else (),
            notes=tuple(_notes(found, places, not_read, passed_over)),
            broken=found.broken,
            passed_over=tuple(passed_over),
            in_time=[place.name for _, place in in_class],
        ),
        settings,
    )


def _layout(names: list[str], source: str) -> Layout:
    """What the folders of these pictures mean."""
    parts = [tuple(name.split("/")) for name in names]
    around: tuple[str, ...] = ()
    while any(len(part) > 2 for part in parts) and len({part[0] for part in parts}) == 1:
        if split_meant(parts[0][0]):
            break
        around += parts[0][:1]
        parts = [part[1:] for part in parts]  # one folder holds all the others, as in most archives
    tops = {part[0]: split_meant(part[0]) for part in parts if len(part) > 1}
    has_splits = bool(tops) and all(tops.values())
    if not has_splits and _look_divided(tops, parts):
        raise _mixed_folders(source, tops)
    return Layout(around, has_splits)


def _look_divided(tops: Mapping[str, str | None], parts: list[tuple[str, ...]]) -> bool:
    """Whether folders are called as splits, and are so many, or hold such folders, that they may well be splits."""
    meant = {split for split in tops.values() if split}
    hold_pictures = {part[0] for part in parts if len(part) == 2}
    return ("train" in meant and len(meant) > 1) or any(tops[top] and top not in hold_pictures for top in tops)


def _passed_over(found: Listed, layout: Layout, not_read: list[str]) -> list[str]:
    """Class folders of which no picture is read, or not all for their kind, each with why."""
    places = {layout.place(file.name)[:2] for file in found.pictures}
    told = []
    for folder in filter(layout.is_class_folder, found.folders):
        kinds = Counter(suffix_of(name) for name in not_read if name.startswith(f"{folder}/"))
        if kinds:
            counts = ", ".join(f"{n:,} {kind}" for kind, n in sorted(kinds.items()))
            told.append(f"{shown(folder)} ({counts}, which cannot be read here)")
        elif layout.place(f"{folder}/any")[:2] not in places:
            others = [name for name in found.others if name.startswith(f"{folder}/")]
            what = f"no picture; other files: {len(others):,}, such as {shown(others[0])}" if others else "no picture"
            told.append(f"{shown(folder)} ({what})")
    return told


def _refuse_one_class(name: str, source: str, places: list[Place], passed_over: list[str]) -> None:
    """Refuse where it is known why all others are missing; dividing refuses the rest.

    Raises:
        PenjingError: `one-class`.
    """
    beside = [shown(place.name) for place in places if not place.folder]
    inside = sorted({shown(place.name.partition("/")[0]) for place in places if place.folder and "/" in place.name})
    if beside and inside:
        raise nothing_to_tell_apart(
            name,
            source,
            because=f"{listed(beside)} lies beside that folder, so it is not taken for one around the classes",
            try_=f"move {listed(beside)} elsewhere: the classes are then {listed(inside)}",
        )
    if passed_over:
        raise nothing_to_tell_apart(
            name,
            source,
            because=f"not read, or not whole, are {listed(passed_over)}",
            try_=f"put pictures into those folders (.jpg, .png); if they are HEIC, {CONVERT}",
        )


def _notes(found: Listed, places: list[Place], not_read: list[str], passed_over: list[str]) -> list[str]:
    outside = sum(not place.folder for place in places)
    nested = sum("/" in place.name for place in places)
    others = sorted(set(found.others) - set(not_read))
    notes = []
    if nested:
        notes.append(f"pictures in folders inside a class folder: {nested:,}; the class is the outer one")
    if others:
        first = shown(others[0])
        notes.append(f"left out, no pictures by their names: {len(others):,}, such as {first}")
    if outside:
        notes.append(f"left out, in no class folder: {outside:,}")
    if passed_over:
        notes.append(f"class folders that are not read, or not whole: {listed(passed_over)}")
    return notes + found.notes


def _mixed_folders(source: str, tops: Mapping[str, str | None]) -> Exception:
    splits = [shown(name) for name, meant in sorted(tops.items()) if meant]
    others = [shown(name) for name, meant in sorted(tops.items()) if not meant]
    return stop(
        "mixed-folders",
        f"folders called as splits ({', '.join(splits)}) stand beside others ({', '.join(others[:3])})",
        where=source,
        why="they are splits or classes, and learning one for the other would look as if it worked.",
        try_=f"move {', '.join(others[:3])} elsewhere, or rename the folders if {splits[0]} is a class",
    )


def _no_pictures(source: str, others: Sequence[str]) -> Exception:
    archives = [shown(name) for name in others if suffix_of(name) in ARCHIVES]
    not_read = [shown(name) for name in others if suffix_of(name) in NOT_READ]
    among = f", among {len(others):,} files such as {shown((archives or not_read or others)[0])}" if others else ""
    otherwise = "a folder for each class, with .jpg or .png files in it; penjing list readers"
    return stop(
        "no-pictures",
        f"there is no picture that can be read in {shown(source)}{among}",
        where=shown(source),
        why="there is nothing to learn from.",
        try_=f"unpack {archives[0]}, and give its folder" if archives else CONVERT if not_read else otherwise,
    )


def _no_classes(source: str, n: int) -> Exception:
    return stop(
        "no-classes",
        f"{n:,} pictures lie in {source}, none in a folder of its class",
        where=source,
        why="nothing says what they show.",
        try_="a folder for each class, or a table beside them with path and class: penjing train TABLE.csv",
    )
