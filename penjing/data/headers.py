"""What pictures are, by their headers alone: sizes and modes of a sample, for choosing before anything is decoded.

A header takes a tenth of a millisecond, so that those of a large set would cost seconds before each training. What the
sample did not show, such as a single picture in color, the store counts where it decodes.
"""

import functools
import warnings
from collections import Counter
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np
from PIL import Image

from penjing.data import archive
from penjing.data.dataset import Dataset
from penjing.data.picture_files import PictureFile
from penjing.randomness import generator
from penjing.runtime.steps.open_picture import ORIENTATION, REFUSED

SAMPLE = 500  # pictures looked at
GREY = frozenset(("1", "L", "LA", "La", "I", "I;16", "I;16B", "I;16L", "I;16N", "F"))
SIDEWAYS = frozenset((5, 6, 7, 8))  # EXIF orientations that swap height and width


class Header(NamedTuple):
    """What a file says of its picture."""

    size: tuple[int, int]  # height and width, upright
    mode: str  # of pillow
    format: str  # JPEG, PNG, ...
    is_turned: bool  # by EXIF


class Headers(NamedTuple):
    """Of a sample of pictures."""

    sizes: np.ndarray  # (n, 2) heights and widths, upright
    modes: Counter[str]  # of pillow

    @property
    def is_grey(self) -> bool:
        """Whether all that were looked at are; of none it is unknown."""
        return bool(self.modes) and set(self.modes) <= GREY

    @property
    def median(self) -> tuple[int, int]:
        """Height and width of the middle; any where no picture opens, since then none is decoded."""
        height, width = np.median(self.sizes, axis=0) if len(self.sizes) else (1, 1)
        return int(height), int(width)

    @property
    def are_of_one_size(self) -> bool:
        """Whether all that were looked at are."""
        return bool((self.sizes == self.sizes[:1]).all())


def headers_of(data: Dataset) -> Headers:
    """Sizes and modes of up to 500 pictures, or of one more where none of those opens; the store tells the broken."""
    pictures = [picture for split in data.splits.values() for picture in split.inputs]
    order = generator(0, "headers").permutation(len(pictures))
    if not isinstance(pictures[0], PictureFile):
        arrays = [pictures[i] for i in order[:SAMPLE]]
        sizes = np.array([array.shape[:2] for array in arrays], dtype=np.int64)
        return Headers(sizes, Counter("L" if array.shape[2] == 1 else "RGB" for array in arrays))
    return _of(tuple(pictures[i] for i in order))


def header(picture: PictureFile) -> Header | None:
    """What one file says of itself, read no further than that; None where it does not open."""
    root = Path(picture.root)
    try:
        with (root / picture.name).open("rb") if root.is_dir() else archive.opened(root, picture.name) as file:
            return _header(file)
    except REFUSED:  # pillow's, and those of the archive that it reads from
        return None


def _header(file: IO[bytes]) -> Header:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of odd metadata, and of bombs, which are refused when they are decoded
        with Image.open(file) as opened:
            width, height = opened.size
            # A PNG without EXIF in front of its pixels would be decoded to look for it behind them
            exif = opened.getexif() if opened.format != "PNG" or "exif" in opened.info else {}
            turned = exif.get(ORIENTATION, 1)
            size = (width, height) if turned in SIDEWAYS else (height, width)
            return Header(size, opened.mode, opened.format or "", turned in range(2, 9))


@functools.lru_cache(maxsize=4)
def _of(pictures: tuple[PictureFile, ...]) -> Headers:
    """Remembered, since several ask for it on the way to a training; a changed file is another key."""
    seen: list[Header] = []
    for i, picture in enumerate(pictures):
        if i >= SAMPLE and seen:
            break
        if (facts := header(picture)) is not None:
            seen.append(facts)
    sizes = np.array([facts.size for facts in seen], dtype=np.int64).reshape(-1, 2)
    return Headers(sizes, Counter(facts.mode for facts in seen))
