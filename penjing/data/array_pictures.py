"""Pictures and truths from arrays, as .npz and IDX files, and other libraries, hold them. No torch.

What is decided about them, such as which axis is that of the channels, is said in notes; what cannot be decided is a
finding.
"""

import math
from collections import Counter
from typing import NamedTuple

import numpy as np

from penjing.config import TargetType
from penjing.data.dataset import Truth
from penjing.findings import PenjingError, stop

FINEST = 1e-3  # of the range of numbers: by so much float32 may move them
CHANNELS = (1, 3, 4)  # grey, colors, colors with transparency
CHUNK = 4096  # pictures at a time: a copy of all as floats would take eight times their memory
ROUNDING = 0.49  # levels by which values may lie outside: they are rounded to black or white all the same
DARKEST = 2  # floats that go to less than this, and beyond 1, are no levels: all pictures would be black


class Truths(NamedTuple):
    """What stands beside the pictures."""

    values: np.ndarray  # (N,) int64 classes, (N, K) bool labels, or (N,) float32 numbers
    kind: Truth
    classes: tuple[str, ...]
    notes: tuple[str, ...] = ()
    is_numbered: bool = False  # whether classes are called by their numbers, for want of names


def as_pictures(array: np.ndarray, where: str) -> tuple[np.ndarray, list[str]]:
    """(N, H, W, C) uint8 of an array of pictures, and what was decided.

    Args:
        array: (N, H, W), (N, H, W, C), (N, C, H, W) or (N, H * W); integers, booleans or floats.
        where: what to point to, such as `mnist.npz: x_train`.

    Raises:
        PenjingError: `bad-axes`, `bad-dtype`, `not-finite`, `out-of-range`.
    """
    shaped, notes = _axes(array, where)
    if 0 in shaped.shape[1:]:
        raise stop(
            "bad-axes",
            f"pictures of shape {shaped.shape[1:]} have no pixels",
            where=where,
            why="there is nothing in them to learn from.",
            try_="an axis of 0 comes from an empty slice: look at how the array was made, then save it again",
        )
    levels, more = _levels(shaped, where)
    return levels, notes + more


def as_truths(
    array: np.ndarray, where: str, name: str = "number", names: tuple[str, ...] = (), kind: TargetType = "auto"
) -> Truths:
    """Classes, labels or numbers of an array beside the pictures.

    Args:
        array: (N,) or (N, 1) integers, booleans, names or floats; (N, K) zeros and ones.
        where: what to point to.
        name: of the number, where it is one.
        names: of the classes, where the source has them; those that stand twice are numbered, `crane (134)`.
        kind: what the truths are meant as; by their dtype, where it does not say.

    Raises:
        PenjingError: `bad-axes`, `bad-dtype`, `not-classes`, `not-finite`, `out-of-range`, `too-fine`.
    """
    names = _told_apart(names)
    truths = _truths(array, where, name, names, kind)
    if not names or set(names) == set(truths.classes):
        return truths
    note = f"{where}: the {len(names):,} names of classes are left out, as they do not fit these labels"
    return truths._replace(notes=(*truths.notes, note))


def _told_apart(names: tuple[str, ...]) -> tuple[str, ...]:
    """ImageNet has two cranes, a bird and a machine: an answer must say which it means."""
    counts = Counter(names)
    return tuple(name if counts[name] == 1 else f"{name} ({i})" for i, name in enumerate(names))


def words_of(array: np.ndarray) -> list[str]:
    """(N,) names, as text or as bytes."""
    return [word.decode("utf-8", "backslashreplace") if isinstance(word, bytes) else word for word in array.tolist()]


def _truths(array: np.ndarray, where: str, name: str, names: tuple[str, ...], kind: TargetType) -> Truths:
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.dtype.kind in "fiu" and not np.isfinite(array).all():
        raise _not_finite(array, where, "a truth that is no number cannot be learned.")
    array = _as_meant(array, where, kind)
    if array.ndim == 2 and array.dtype.kind in "fiub" and np.isin(array, (0, 1)).all():
        return _of_columns(array.astype(bool), where, names)
    if array.ndim != 1:
        raise _bad_axes(array, where, "truths are (N,), or (N, K) zeros and ones")
    if array.dtype.kind == "f":
        note = f"{where}: a number is learned; target_type=class learns classes"
        return Truths(as_float32(array, where), "number", (name,), (note,))
    if array.dtype.kind in "US":
        classes, numbers = np.unique(words_of(array), return_inverse=True)
        return Truths(numbers.astype(np.int64), "class", tuple(classes.tolist()))
    if array.dtype.kind not in "iub":
        raise _bad_dtype(array, where)
    return _of_integers(array, where, names)


def expect_counts(pictures: int, truths: int, where: str) -> None:
    """One truth for each picture.

    Raises:
        PenjingError: `counts-differ`.
    """
    if pictures != truths:
        raise stop(
            "counts-differ",
            f"there are {pictures:,} pictures and {truths:,} labels",
            where=where,
            why="from the first gap on, every label would stand beside another picture.",
            try_="make both anew from the same source",
        )


def join(arrays: list[np.ndarray], where: str) -> np.ndarray:
    """Arrays of several splits in one.

    Raises:
        PenjingError: `bad-axes` where their examples differ in shape.
    """
    shapes = sorted({array.shape[1:] for array in arrays})
    if len(shapes) > 1:
        raise stop(
            "bad-axes",
            f"examples of the splits differ in shape: {' and '.join(map(str, shapes))}",
            where=where,
            why="one network takes pictures of one shape.",
            try_="save all splits in one shape",
        )
    return np.concatenate(arrays) if len(arrays) > 1 else arrays[0]


def _axes(array: np.ndarray, where: str) -> tuple[np.ndarray, list[str]]:
    """(N, H, W, C), whatever the order."""
    if array.ndim == 3:
        return array[..., None], []
    if array.ndim == 2 and array.shape[1] and math.isqrt(array.shape[1]) ** 2 == array.shape[1]:
        side = math.isqrt(array.shape[1])
        return array.reshape(-1, side, side, 1), [f"rows of {array.shape[1]:,} values are pictures of {side}x{side}"]
    is_last, is_first = (array.ndim == 4 and array.shape[axis] in CHANNELS for axis in (3, 1))
    if is_last and is_first:
        raise _bad_axes(array, where, "its channels could be the second axis or the last")
    if is_last:
        return array, []
    if is_first:
        return np.moveaxis(array, 1, 3), [f"channels stand first in {array.shape}: they are moved to the end"]
    raise _bad_axes(array, where, "pictures are (N, H, W), or (N, H, W, C) with 1, 3 or 4 channels")


def _levels(array: np.ndarray, where: str) -> tuple[np.ndarray, list[str]]:
    """The same as uint8."""
    if array.dtype == np.uint8:
        return array, []
    if array.dtype.kind not in "biuf":
        raise _bad_dtype(array, where)
    low, high = (float(array.min()), float(array.max())) if array.size else (0.0, 0.0)
    if not math.isfinite(low) or not math.isfinite(high):
        raise _not_finite(array, where, "such a pixel would make every weight it touches not a number.")
    is_unit = array.dtype.kind in "bf" and high <= 1 + ROUNDING / 255
    scale = 255 if is_unit else 1
    is_dark = array.dtype.kind == "f" and not is_unit and high < DARKEST
    if low * scale < -ROUNDING or high * scale > 255 + ROUNDING or is_dark:
        raise stop(
            "out-of-range",
            f"values go from {low:g} to {high:g}",
            where=where,
            why="nothing says which of them is black and which is white.",
            try_="save pictures as uint8 from 0 to 255, or as floats from 0 to 1; np.clip(x, 0, 1) cuts off the rest",
        )
    levels = np.empty(array.shape, dtype=np.uint8)
    for start in range(0, len(array), CHUNK):
        levels[start : start + CHUNK] = np.rint(array[start : start + CHUNK] * np.float32(scale))
    scaled = "values from 0 to 1 are scaled to 0 to 255" if scale > 1 else "values are taken as levels from 0 to 255"
    return levels, [f"{where}: {array.dtype} {scaled}"]


def _as_meant(array: np.ndarray, where: str, kind: TargetType) -> np.ndarray:
    """Numbers as floats, classes that are numbered in floats as integers; all else as it is."""
    if kind == "number":
        if array.ndim != 1 or array.dtype.kind not in "fiub":
            raise _bad_axes(array, where, "target_type=number: numbers are (N,), integers or floats")
        return as_float32(array, where)
    if kind == "class" and array.ndim == 1 and array.dtype.kind == "f":
        return _whole(array, where)
    return array


def as_float32(numbers: np.ndarray, where: str) -> np.ndarray:
    """Numbers to learn, as networks give them.

    Args:
        numbers: (N,) finite integers or floats.
        where: what to point to.

    Raises:
        PenjingError: `too-fine` where float32, with its seven digits, would make equal what differs, or infinite.
    """
    exact = numbers.astype(np.float64)
    low, high = exact.min(initial=math.inf), exact.max(initial=-math.inf)
    with np.errstate(over="ignore"):
        rounded = exact.astype(np.float32)
    if not np.isfinite(rounded).all():
        lost = f"numbers from {low:g} to {high:g} are beyond what float32 holds"
    elif low < high and np.abs(rounded - exact).max() > FINEST * (high - low):
        lost = f"numbers from {low:.12g} to {high:.12g} differ by less than float32 tells apart"
    else:
        return rounded
    raise stop(
        "too-fine",
        lost,
        where=where,
        why="networks compute with about seven digits, and answers are given in them.",
        try_="subtract what all have in common, such as the first time, and choose a unit near their spread",
    )


def _whole(array: np.ndarray, where: str) -> np.ndarray:
    """Floats that number classes, as integers."""
    broken = np.flatnonzero(array != np.rint(array))
    if len(broken):
        raise stop(
            "not-classes",
            f"{len(broken):,} of {len(array):,} values are no whole numbers, such as {array[broken[0]]:g}",
            where=f"{where}, row {broken[0]:,}",
            why="classes are numbered from 0; a number with a fraction names none.",
            try_="target_type=number learns the number",
        )
    return array.astype(np.int64)


def _of_columns(array: np.ndarray, where: str, names: tuple[str, ...]) -> Truths:
    """Zeros and ones: one a row is a class, several are labels."""
    count = array.shape[1]
    is_numbered = len(names) != count
    classes = tuple(map(str, range(count))) if is_numbered else names
    if count > 1 and (array.sum(axis=1) == 1).all():
        note = f"{where} holds a single one in each row: the class is its column"
        return Truths(array.argmax(axis=1).astype(np.int64), "class", classes, (note,), is_numbered)
    note = f"{where} holds {count:,} zeros and ones a row: labels of which several can hold"
    return Truths(array, "labels", classes, (note,), is_numbered)


def _of_integers(array: np.ndarray, where: str, names: tuple[str, ...]) -> Truths:
    low, high = (int(array.min()), int(array.max())) if array.size else (0, 0)
    if low < 0 or (names and high >= len(names)):
        most = f"to {len(names) - 1:,}, the last of {len(names):,} classes" if names else "upwards"
        wrong = np.flatnonzero((array < 0) | ((array >= len(names)) if names else False))
        raise stop(
            "out-of-range",
            f"labels go from {low:,} to {high:,}, {len(wrong):,} of them not from 0 {most}",
            where=f"{where}, row {wrong[0]:,}",
            why="such a label names no class.",
            try_="leave those examples out, or number the classes from 0",
        )
    if names:
        return Truths(array.astype(np.int64), "class", names)
    values, numbers = np.unique(array, return_inverse=True)
    is_gapless = len(values) == high + 1
    note = f"{where}: its {len(values):,} classes are numbers from {low:,} to {high:,}, with gaps"
    classes, notes = tuple(map(str, values.tolist())), () if is_gapless else (note,)
    return Truths(numbers.astype(np.int64), "class", classes, notes, is_numbered=True)


def _not_finite(array: np.ndarray, where: str, why: str) -> PenjingError:
    rows = np.flatnonzero(~np.isfinite(array.reshape(len(array), -1)).all(axis=1))
    return stop(
        "not-finite",
        f"{len(rows):,} of {len(array):,} rows hold NaN or infinity",
        where=f"{where}, row {rows[0]:,}",
        why=why,
        try_="np.isfinite(array) tells where; leave those rows out or mend what made them",
        evidence={"rows": rows[:100].tolist()},
    )


def _bad_axes(array: np.ndarray, where: str, wanted: str) -> PenjingError:
    return stop(
        "bad-axes",
        f"an array of shape {array.shape}: {wanted}",
        where=where,
        why="read along other axes, pictures are noise and labels are others'.",
        try_="np.moveaxis or reshape, then save it again",
    )


def _bad_dtype(array: np.ndarray, where: str) -> PenjingError:
    return stop(
        "bad-dtype",
        f"an array of {array.dtype}",
        where=where,
        why="it holds neither levels of grey or color, nor classes or numbers.",
        try_="save pictures as uint8, classes as integers, numbers as float32",
    )
