"""The store: pictures decoded once, at the size that is learned from, into one memory-mapped file of uint8. No torch.

    files (N) -> decode, turn upright, shrink -> pictures.npy (N, H, W, C) uint8, rows: train, validation, test

The file lies in the cache under a key made of the source's fingerprint, size and channels: another source, division or
size is another file. Each row is what the pipeline's own `OpenPicture` gives for that file, so that a score taken from
the store is the score of what is shipped.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from penjing import cache
from penjing.config import Data
from penjing.data.dataset import SPLITS, Dataset
from penjing.data.headers import headers_of
from penjing.data.picture_files import PictureFile
from penjing.data.sizes import size_of
from penjing.runtime.steps.open_picture import OpenPicture


def decoded(data: Dataset, settings: Data) -> Dataset:
    """The same data with every picture as an array of one size; arrays of that size already pass through.

    Args:
        data: as a reader gave it; inputs are `PictureFile`s, or arrays (N, H, W, C) uint8.
        settings: `size`, `color` and `skip_broken`, as they were settled.

    Raises:
        PenjingError: `broken-pictures` with all that do not open, unless `skip_broken`.
    """
    if data.form != "pictures":
        return data
    opener = opener_of(data, settings)
    if opener is None:
        return data
    rows = [data.splits[name].inputs for name in SPLITS]
    pictures = _stored([row for split in rows for row in split], opener, f"{data.fingerprint} {opener}")
    ends = np.cumsum([len(split) for split in rows])
    parts = np.split(pictures, ends[:-1])
    splits = {name: replace(data.splits[name], inputs=part) for name, part in zip(SPLITS, parts, strict=True)}
    return replace(data, splits=splits, as_listed=data.fingerprint)


def opener_of(data: Dataset, settings: Data) -> OpenPicture | None:
    """How every picture is opened; None where they are arrays as asked for."""
    height, width = size_of(data, settings)
    mode: Literal["L", "RGB"]
    if settings.color == "auto":
        mode = "L" if headers_of(data).is_grey else "RGB"
    else:
        mode = "L" if settings.color == "grey" else "RGB"
    train = data.splits["train"].inputs
    if isinstance(train, np.ndarray) and train.shape[1:] == (height, width, len(mode)):
        return None
    return OpenPicture(mode, (height, width))


def _stored(pictures: Sequence[Any], opener: OpenPicture, key: str) -> np.ndarray:
    """(N, H, W, C) uint8, a memory map that may be written to without the file changing."""
    assert opener.size is not None  # of a store all pictures are of one size
    folder = cache.path_of("pictures", key)
    path, done = folder / "pictures.npy", folder / "done"
    if not done.exists():
        folder.mkdir(parents=True, exist_ok=True)
        shape = (len(pictures), *opener.size, len(opener.mode))
        array = np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=shape)
        for i, picture in enumerate(pictures):
            array[i] = opener.open(picture.read() if isinstance(picture, PictureFile) else picture)
        array.flush()
        done.touch()
    return np.lib.format.open_memmap(path, mode="c")
