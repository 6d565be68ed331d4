"""A folder of class folders, or a .zip of one, read in place: `daisy/*.jpg`, or `train/daisy/*.jpg test/daisy/*.jpg`.

A class is the folder right below the source (or below train, val, test); folders inside it only serve `group=folder`.
"""

from collections import Counter
from pathlib import Path, PurePosixPath

import numpy as np

from penjing.config import Data
from penjing.data.dataset import Dataset, Form
from penjing.data.division import Found, divided
from penjing.data.picture_files import PictureFile, list_files
from penjing.findings import stop

form: Form = "pictures"
SPLIT_NAMES = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
    "testing": "test",
}


def recognizes(source: str) -> bool:
    """A folder that holds something, or a .zip."""
    path = Path(source)
    return any(path.iterdir()) if path.is_dir() else path.suffix.lower() == ".zip" and path.is_file()


def read(settings: Data) -> Dataset:
    """Pictures as files, undecoded; the classes are the folders' names, sorted.

    Raises:
        PenjingError: `no-pictures`, `no-classes`, `one-class`; those of listing.
    """
    listed = list_files(Path(settings.source))
    if not listed.pictures:
        raise _no_pictures(settings.source, listed.others)
    places = _places(listed.pictures)
    in_class = [(file, split, name) for file, (split, name) in zip(listed.pictures, places, strict=True) if name]
    classes = sorted({name for _, _, name in in_class})
    if not classes:
        raise _no_classes(settings.source, len(listed.pictures))
    if len(classes) == 1:
        raise _one_class(settings.source, classes[0])
    number = {name: k for k, name in enumerate(classes)}
    has_splits = any(split for _, split, _ in in_class)
    return divided(
        Found(
            pictures=[file for file, _, _ in in_class],
            truths=np.array([number[name] for _, _, name in in_class]),
            truth="class",
            classes=tuple(classes),
            given=[split for _, split, _ in in_class] if has_splits else (),
            notes=tuple(_notes(listed.junk, listed.others, len(listed.pictures) - len(in_class))),
        ),
        settings,
    )


def _places(pictures: list[PictureFile]) -> list[tuple[str, str]]:
    """The split and the class of each file, by its folders; "" where it lies in none."""
    parts = [PurePosixPath(file.name).parts for file in pictures]
    while all(len(part) > 1 for part in parts) and len({part[0] for part in parts}) == 1:
        if parts[0][0].lower() in SPLIT_NAMES:
            break
        parts = [part[1:] for part in parts]  # one folder holds all the others, as in most archives
    tops = Counter(part[0].lower() for part in parts if len(part) > 1)
    has_splits = bool(tops) and all(top in SPLIT_NAMES for top in tops)
    places = []
    for part in parts:
        split = SPLIT_NAMES[part[0].lower()] if has_splits and len(part) > 1 else ""
        inside = part[1:] if split else part
        places.append((split, inside[0] if len(inside) > 1 else ""))
    return places


def _notes(junk: int, others: list[str], outside: int) -> list[str]:
    notes = []
    if junk:
        notes.append(f"{junk:,} files that systems leave behind are left out (.DS_Store, Thumbs.db, hidden ones)")
    if others:
        notes.append(f"{len(others):,} files that are no pictures by their names are left out, such as {others[0]}")
    if outside:
        notes.append(f"{outside:,} pictures that lie in no class folder are left out")
    return notes


def _no_pictures(source: str, others: list[str]) -> Exception:
    return stop(
        "no-pictures",
        f"there is no picture in {source}" + (f", among {len(others):,} files such as {others[0]}" if others else ""),
        where=source,
        why="there is nothing to learn from.",
        try_="a folder for each class, with .jpg or .png files in it; penjing list readers",
    )


def _no_classes(source: str, n: int) -> Exception:
    return stop(
        "no-classes",
        f"{n:,} pictures lie in {source}, none in a folder of its class",
        where=source,
        why="nothing says what they show.",
        try_="a folder for each class, or a table beside them: a .csv with path and class",
    )


def _one_class(source: str, name: str) -> Exception:
    return stop(
        "one-class",
        f"all pictures are of one class, {name}",
        where=source,
        why="there is nothing to tell apart: any network would be right, and know nothing.",
        try_="a second folder with pictures of something else",
    )
