"""A folder of class folders, or a .zip of one, read in place.

    flowers/                    flowers/
        daisy/*.jpg                 train/daisy/*.jpg   train/roses/*.jpg
        roses/*.jpg                 val/daisy/*.jpg     val/roses/*.jpg
                                    test/daisy/*.jpg    test/roses/*.jpg

A class is the folder right below the source (or below train, val, test); folders inside it only serve `group=folder`.
A folder that holds all the others is passed through. Names of splits are spelled in several ways: `split_names.py`.
"""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np

from penjing.config import Data
from penjing.data.dataset import Dataset, Form
from penjing.data.division import Found, divided
from penjing.data.picture_files import Listed, PictureFile, list_files
from penjing.data.split_names import split_meant
from penjing.files import shown
from penjing.findings import stop

form: Form = "pictures"
ARCHIVES = frozenset((".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar"))


class Place(NamedTuple):
    """Where a picture lies."""

    split: str  # "" where the source has none
    folder: str  # of its class; "" where it lies in none
    is_nested: bool  # in a folder inside that one


def recognizes(source: str) -> bool:
    """A folder that holds something, or a .zip."""
    path = Path(source)
    return any(path.iterdir()) if path.is_dir() else path.suffix.lower() == ".zip" and path.is_file()


def read(settings: Data) -> Dataset:
    """Pictures as files, undecoded; the classes are the folders' names, sorted.

    Raises:
        PenjingError: `no-pictures`, `no-classes`, `mixed-folders`; those of listing and dividing.
    """
    listed = list_files(Path(settings.source))
    if not listed.pictures:
        raise _no_pictures(settings.source, listed.others)
    places = _places(listed.pictures, settings.source)
    in_class = [(file, place) for file, place in zip(listed.pictures, places, strict=True) if place.folder]
    if not in_class:
        raise _no_classes(settings.source, len(listed.pictures))
    classes = sorted({place.folder for _, place in in_class})
    number = {name: k for k, name in enumerate(classes)}
    return divided(
        Found(
            pictures=[file for file, _ in in_class],
            truths=np.array([number[place.folder] for _, place in in_class]),
            truth="class",
            classes=tuple(shown(name) for name in classes),
            given=[place.split for _, place in in_class] if in_class[0][1].split else (),
            notes=tuple(_notes(listed, places)),
        ),
        settings,
    )


def _places(pictures: list[PictureFile], source: str) -> list[Place]:
    """Where each file lies, by its folders."""
    parts = [tuple(file.name.split("/")) for file in pictures]
    while any(len(part) > 2 for part in parts) and len({part[0] for part in parts}) == 1:
        if split_meant(parts[0][0]):
            break
        parts = [part[1:] for part in parts]  # one folder holds all the others, as in most archives
    tops = {part[0]: split_meant(part[0]) for part in parts if len(part) > 1}
    has_splits = bool(tops) and all(tops.values())
    if not has_splits and len({"train", "validation", "test"} & set(tops.values())) > 1 and "train" in tops.values():
        raise _mixed_folders(source, tops)
    return [_place(part, has_splits=has_splits) for part in parts]


def _place(parts: tuple[str, ...], *, has_splits: bool) -> Place:
    split = (split_meant(parts[0]) or "") if has_splits and len(parts) > 1 else ""
    inside = parts[1:] if split else parts
    return Place(split, inside[0] if len(inside) > 1 else "", len(inside) > 2)


def _notes(listed: Listed, places: list[Place]) -> list[str]:
    outside = sum(not place.folder for place in places)
    nested = sum(place.is_nested for place in places)
    junk, others, circles = listed.junk, listed.others, listed.circles
    notes = []
    if nested:
        notes.append(f"pictures in folders inside a class folder: {nested:,}; the class is the outer one")
    if junk:
        notes.append(f"left out, as systems leave them behind (.DS_Store, Thumbs.db, hidden files): {junk:,}")
    if others:
        first = shown(others[0])
        notes.append(f"left out, no pictures by their names: {len(others):,}, such as {first}")
    if outside:
        notes.append(f"left out, in no class folder: {outside:,}")
    if circles:
        notes.append(f"not followed, links to a folder that they lie in: {circles:,}")
    return notes


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


def _no_pictures(source: str, others: list[str]) -> Exception:
    archives = [shown(name) for name in others if PurePosixPath(name).suffix.lower() in ARCHIVES]
    among = f", among {len(others):,} files such as {shown((archives or others)[0])}" if others else ""
    return stop(
        "no-pictures",
        f"there is no picture in {shown(source)}{among}",
        where=shown(source),
        why="there is nothing to learn from.",
        try_=f"unpack {archives[0]}, and give its folder"
        if archives
        else "a folder for each class, with .jpg or .png files in it; penjing list readers",
    )


def _no_classes(source: str, n: int) -> Exception:
    return stop(
        "no-classes",
        f"{n:,} pictures lie in {source}, none in a folder of its class",
        where=source,
        why="nothing says what they show.",
        try_="a folder for each class, or a table beside them with path and class: penjing train TABLE.csv",
    )
