"""MNIST's IDX files, gzipped or not, in a folder or a .zip of them, or one file of pictures with its labels beside it.

    mnist/
        train-images-idx3-ubyte.gz   train-labels-idx1-ubyte.gz
        t10k-images-idx3-ubyte.gz    t10k-labels-idx1-ubyte.gz

Also under longer names, such as `emnist-letters-train-images-idx3-ubyte`. A file is: two zeros, the type, the number of
axes, the length of each as four bytes, the values (LeCun, Cortes, Burges: the MNIST database).
"""

import gzip
import io
import math
import re
import zlib
from collections import Counter
from pathlib import Path, PurePosixPath

import numpy as np

from penjing.config import Data
from penjing.data.array_pictures import as_pictures, as_truths, expect_counts, join
from penjing.data.dataset import Dataset, Form
from penjing.data.division import Found, divided
from penjing.data.picture_files import names_in
from penjing.data.picture_files import read as read_file
from penjing.files import shown
from penjing.findings import PenjingError, stop

form: Form = "pictures"
heeds = frozenset(("group",))
PICTURES = re.compile(r"^(?P<set>.*?)[-_]?(?P<split>train|t10k|test|val|valid)?[-_]?images[-.]idx[34]-ubyte(\.gz)?$")
SPLITS = {"train": "train", "t10k": "test", "test": "test", "val": "validation", "valid": "validation"}
TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
HEAD = 4 + 4 * 255  # bytes that the header takes at most


def recognizes(source: str) -> bool:
    """A file of pictures by its name, or a folder or .zip that holds one."""
    path = Path(source)
    if path.is_file() and path.suffix.lower() != ".zip":
        return PICTURES.match(path.name) is not None
    return any(PICTURES.match(name.rpartition("/")[2]) for name in names_in(path, depth=1))


def read(settings: Data) -> Dataset:
    """Pictures (N, H, W, 1) uint8 and classes, in the splits that the names tell.

    Raises:
        PenjingError: `not-idx`, `no-labels`, `several-sets`, `counts-differ`, `out-of-range`; those of a .zip.
    """
    path = Path(settings.source)
    is_alone = path.is_file() and path.suffix.lower() != ".zip"
    root, names = (path.parent, [path.name]) if is_alone else (path, names_in(path, depth=1))
    chosen = _chosen(names, settings.source)
    beside = names_in(root, depth=1) if is_alone else names
    pictures, labels, given = [], [], []
    for name, split in chosen.items():
        partner = _partner(name, beside, settings.source)
        pictures.append(_array(root, name))
        labels.append(_array(root, partner))
        expect_counts(len(pictures[-1]), len(labels[-1]), f"{shown(name)} and {shown(partner)}")
        given += [split] * len(labels[-1])
    where = Path(settings.source).name
    levels, notes = as_pictures(join(pictures, where), where)
    truths = as_truths(join(labels, where), where)
    return divided(
        Found(
            pictures=levels,
            truths=truths.values,
            truth=truths.kind,
            classes=truths.classes,
            is_numbered=truths.is_numbered,
            given=given if all(given) and not is_alone else (),
            notes=(*notes, *truths.notes),
        ),
        settings,
    )


def _chosen(names: list[str], source: str) -> dict[str, str]:
    """Files of pictures, each with its split, "" where its name tells none and it is the only one."""
    found: dict[str, tuple[str, re.Match[str]]] = {}
    for name in names:
        if match := PICTURES.match(PurePosixPath(name).name):
            found.setdefault(name.removesuffix(".gz"), (name, match))  # unpacked beside packed: the same
    if len({match["set"] for _, match in found.values()}) > 1:
        listed = ", ".join(shown(name) for name, _ in found.values())
        raise _several_sets(f"there are files of several data sets: {listed}", source)
    splits = {name: SPLITS.get(match["split"] or "", "") for name, match in found.values()}
    for split, n in Counter(splits.values()).items():
        listed = ", ".join(shown(name) for name in splits if splits[name] == split)
        if n > 1:
            raise _several_sets(f"there are several files of the same split: {listed}", source)
        if not split and len(splits) > 1:
            raise _several_sets(f"{listed} tells no split, and stands beside other files of pictures", source)
    return splits


def _several_sets(what: str, source: str) -> PenjingError:
    return stop(
        "several-sets",
        what,
        where=source,
        why="mixed, a label may mean two things, and a picture be trained on and tested.",
        try_="give one file of pictures, or a folder for each data set",
    )


def _partner(name: str, beside: list[str], source: str) -> str:
    """The file of labels that belongs to a file of pictures."""
    wanted = re.sub(r"images([-.])idx[34]", r"labels\1idx1", name.removesuffix(".gz"))
    for candidate in (wanted, wanted + ".gz"):
        if candidate in beside:
            return candidate
    raise stop(
        "no-labels",
        f"there is no {shown(wanted)}, packed or not, beside {shown(name)}",
        where=source,
        why="nothing says what the pictures show.",
        try_="put the file of labels beside it",
    )


def _array(root: Path, name: str) -> np.ndarray:
    """What an IDX file holds; magic, axes and length are checked."""
    packed = read_file(root, name)
    where = str(root / shown(name))
    content = _unpacked(packed, where, HEAD) if name.endswith(".gz") else packed
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] not in TYPES or not content[3]:
        raise _not_idx(where, f"it begins with {content[:4].hex(' ') or 'nothing'}, not with 00 00 08 03")
    start = 4 + 4 * content[3]
    if len(content) < start:
        raise _not_idx(where, f"it ends after {len(content)} bytes, inside its header of {start}")
    shape = tuple(int(length) for length in np.frombuffer(content[4:start], dtype=">u4"))
    dtype = np.dtype(TYPES[content[2]])
    expected = math.prod(shape) * dtype.itemsize
    if name.endswith(".gz"):
        content = _unpacked(packed, where, start + expected + 1)
    if (follow := max(len(content) - start, 0)) != expected:
        n = "more" if follow > expected else f"{follow:,}"
        raise _not_idx(where, f"it says {shape}, which is {expected:,} bytes; {n} follow")
    return np.frombuffer(content, dtype=dtype, offset=start).reshape(shape).astype(dtype.newbyteorder("="), copy=False)


def _unpacked(packed: bytes, where: str, most: int) -> bytes:
    """Its first bytes: what a file says of its length is known before all of it is unpacked."""
    try:
        with gzip.open(io.BytesIO(packed)) as file:
            return file.read(most)
    except (EOFError, OSError, zlib.error) as error:
        raise _not_idx(where, f"it does not unpack: {error}") from error


def _not_idx(where: str, error: str) -> PenjingError:
    return stop(
        "not-idx",
        f"this is no whole IDX file: {error}",
        where=where,
        why="its pictures would be cut short, or be others' bytes.",
        try_="download or copy it again",
    )
