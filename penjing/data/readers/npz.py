"""A .npz of arrays: pictures with their labels, in splits or not; keras' mnist.npz and MedMNIST's files are such.

    x, y                                    or  images, labels     or  data, target
    x_train, y_train, x_test, y_test        or  train_images, train_labels, val_images, val_labels, test_images, ...
    classes                                 names of the classes, if there are any

Pictures are (N, H, W) or (N, H, W, C), uint8, or floats from 0 to 1; labels integers (N,) or (N, 1), one-hot rows, or
floats, which are numbers to learn. Nothing is ever unpickled.
"""

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from penjing import files
from penjing.config import Data
from penjing.data.archive import DAMAGED
from penjing.data.array_pictures import as_pictures, as_truths, expect_counts, join, words_of
from penjing.data.dataset import SPLITS, Dataset, Form
from penjing.data.division import Found, divided
from penjing.data.split_names import split_meant
from penjing.findings import PenjingError, stop

form: Form = "pictures"
heeds = frozenset(("group", "target_type"))
PICTURES = frozenset(("x", "image", "images", "img", "imgs", "picture", "pictures", "data", "input", "inputs", "arr0"))
LABELS = frozenset(("y", "label", "labels", "target", "targets", "class", "truth", "truths", "arr1"))
NAMES = frozenset(("classes", "classnames", "labelnames", "targetnames"))


def recognizes(source: str) -> bool:
    """A file name that ends in .npz."""
    return Path(source).suffix.lower() == ".npz"


def read(settings: Data) -> Dataset:
    """Pictures (N, H, W, C) uint8 with classes, labels or numbers.

    Raises:
        PenjingError: `not-npz`, `holds-pickles`, `no-room`, `no-pictures`, `no-labels`; those of `array_pictures`.
    """
    path = files.existing(Path(settings.source))
    arrays = _load(path)
    found, names, left = _sorted_out(arrays)
    splits = [split for split in ("", *SPLITS) if (split, "pictures") in found or (split, "labels") in found]
    if not splits:
        raise _lacks("no-pictures", path, arrays, "pictures", "x or images")
    for split in splits:
        if (split, "pictures") not in found:
            raise _lacks("no-pictures", path, arrays, f"pictures beside `{found[split, 'labels']}`", "x or images")
        if (split, "labels") not in found:
            raise _lacks("no-labels", path, arrays, f"labels beside `{found[split, 'pictures']}`", "y or labels")
        of_pictures, of_labels = found[split, "pictures"], found[split, "labels"]
        where = f"{path.name}: {of_pictures} and {of_labels}"
        expect_counts(_length(arrays[of_pictures]), _length(arrays[of_labels]), where)
    used = [arrays[found[split, "pictures"]] for split in splits]
    pictures, notes = as_pictures(join(used, path.name), f"{path.name}: {found[splits[0], 'pictures']}")
    labels = join([arrays[found[split, "labels"]] for split in splits], path.name)
    label = found[splits[0], "labels"]
    truths = as_truths(labels, f"{path.name}: {label}", label, names, settings.target_type)
    if left:
        notes.append(f"left out, neither pictures nor labels by their names: {', '.join(left)}")
    given = [split for split, array in zip(splits, used, strict=True) for _ in range(len(array))]
    return divided(
        Found(
            pictures=pictures,
            truths=truths.values,
            truth=truths.kind,
            classes=truths.classes,
            is_numbered=truths.is_numbered,
            given=given if all(splits) else (),
            notes=(*notes, *truths.notes),
        ),
        settings,
    )


def _load(path: Path) -> dict[str, np.ndarray]:
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        raise files.cannot_read(path, error) from error
    if start not in (b"PK\3\4", b"PK\5\6"):  # what a .zip begins with, and an empty one
        raise _not_npz(path, f"it begins with {start.hex(' ') or 'nothing'}")
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as opened:
            return {name: opened[name] for name in opened.files}
    except ValueError as error:
        if "pickle" not in str(error):
            raise _not_npz(path, str(error)) from error
        raise stop(
            "holds-pickles",
            f"{path.name} holds Python objects",
            where=str(path),
            why="reading them would run whatever code is in the file.",
            try_="make each array of one shape and a plain type, then np.savez again",
        ) from error
    except MemoryError as error:
        raise stop(
            "no-room",
            f"the arrays of {path.name} do not fit into memory: {str(error) or 'none is left'}",
            where=str(path),
            why="arrays are read whole; or the file is damaged, and asks for more than it holds.",
            try_="save fewer or smaller pictures, as uint8; or as files in class folders, which need no room in memory",
        ) from error
    except DAMAGED as error:
        raise _not_npz(path, str(error) or type(error).__name__) from error


def _sorted_out(arrays: Mapping[str, np.ndarray]) -> tuple[dict[tuple[str, str], str], tuple[str, ...], list[str]]:
    """Names of arrays by split and whether they are pictures or labels; names of classes; what is neither."""
    found: dict[tuple[str, str], str] = {}
    classes: tuple[str, ...] = ()
    left = []
    for name, array in arrays.items():
        split, plain = _parsed(name)
        what = "pictures" if plain in PICTURES else "labels" if plain in LABELS else ""
        if plain in NAMES and array.dtype.kind in "US" and array.ndim == 1 and not classes:
            classes = tuple(words_of(array))
        elif what and (split, what) not in found:
            found[split, what] = name
        else:
            left.append(name)
    if any(split for split, _ in found):  # beside x_train and x_test, a plain x is something else
        left += [found.pop(key) for key in [("", "pictures"), ("", "labels")] if key in found]
    return found, classes, left


def _parsed(name: str) -> tuple[str, str]:
    """The split, "" where it is none, and the rest: `x_train` and `train_x` are ("train", "x")."""
    parts = re.split(r"[^a-z0-9]+", name.lower())
    splits = [meant for part in parts if (meant := split_meant(part))]
    return (splits or [""])[0], "".join(part for part in parts if not split_meant(part))


def _length(array: np.ndarray) -> int:
    return len(array) if array.ndim else 0


def _lacks(rule: str, path: Path, arrays: Mapping[str, np.ndarray], what: str, called: str) -> PenjingError:
    listed = ", ".join(f"{name} {array.shape}" for name, array in arrays.items()) or "none"
    return stop(
        rule,
        f"no array is that of the {what}, by its name: there are {listed}",
        where=str(path),
        why="taking one for another would learn something else than you mean.",
        try_=f"save it under the name {called}, or with a split: x_train, y_train, x_test, y_test",
    )


def _not_npz(path: Path, error: str) -> PenjingError:
    return stop(
        "not-npz",
        f"{path.name} is no whole .npz: {error}",
        where=str(path),
        why="arrays in it are lost or would hold something else.",
        try_="download or copy it again; np.savez writes such files",
    )
