"""What pictures are, by their headers alone: sizes and modes of a sample, for choosing before anything is decoded."""

import io
from collections import Counter
from typing import Any, NamedTuple

import numpy as np
from PIL import Image, UnidentifiedImageError

from penjing.data.dataset import Dataset
from penjing.data.picture_files import PictureFile
from penjing.randomness import generator

SAMPLE = 500  # pictures looked at
GREY = frozenset(("1", "L", "I", "I;16", "I;16B", "F"))
SIDEWAYS = frozenset((5, 6, 7, 8))  # EXIF orientations that swap height and width
ORIENTATION = 0x0112


class Headers(NamedTuple):
    """Of a sample of pictures."""

    sizes: np.ndarray  # (n, 2) heights and widths, upright
    modes: Counter[str]  # of pillow

    @property
    def is_grey(self) -> bool:
        """Whether all are."""
        return set(self.modes) <= GREY

    @property
    def median(self) -> tuple[int, int]:
        """Height and width of the middle."""
        height, width = np.median(self.sizes, axis=0)
        return int(height), int(width)

    @property
    def are_of_one_size(self) -> bool:
        """Whether all are."""
        return bool((self.sizes == self.sizes[0]).all())


def headers_of(data: Dataset) -> Headers:
    """Sizes and modes of up to 500 pictures; those that do not open are left to the store to tell."""
    pictures = [picture for split in data.splits.values() for picture in split.inputs]
    at = generator(0, "headers").permutation(len(pictures))[:SAMPLE]
    seen = [facts for i in at if (facts := _header(pictures[i])) is not None]
    sizes = np.array([size for size, _ in seen], dtype=np.int64).reshape(-1, 2)
    return Headers(sizes, Counter(mode for _, mode in seen))


def _header(picture: Any) -> tuple[tuple[int, int], str] | None:
    if not isinstance(picture, PictureFile):
        return picture.shape[:2], "L" if picture.shape[2] == 1 else "RGB"
    try:
        with Image.open(io.BytesIO(picture.read())) as opened:
            width, height = opened.size
            sideways = opened.getexif().get(ORIENTATION) in SIDEWAYS
            return ((width, height) if sideways else (height, width)), opened.mode
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None
