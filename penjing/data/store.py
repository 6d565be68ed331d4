"""The store: pictures decoded once, at the size that is learned from, into one memory-mapped file of uint8. No torch.

    files (N) -> decode, turn upright, shrink -> pictures.npy (N, H, W, C) uint8, rows: train, validation, test

The file lies in the cache under a key made of the source's fingerprint, size and channels: another source, division or
size is another file. Each row is what the pipeline's own `OpenPicture` gives for that file, so that a score taken from
the store is the score of what is shipped.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Literal

import numpy as np
import PIL

from penjing import cache
from penjing.config import Data
from penjing.data.dataset import SPLITS, Dataset, Split
from penjing.data.headers import headers_of
from penjing.data.sizes import size_of
from penjing.data.store_file import StoreFile
from penjing.findings import listed, stop
from penjing.runtime.steps.open_picture import OpenPicture

FORMAT = 1  # counted up where the same file would be decoded to other pixels


def decoded(data: Dataset, settings: Data) -> Dataset:
    """The same data with every picture as an array of one size; arrays of that size already pass through.

    Args:
        data: as a reader gave it; inputs are `PictureFile`s, or arrays (N, H, W, C) uint8.
        settings: `size`, `color` and `skip_broken`, as they were settled.

    Raises:
        PenjingError: `cannot-write`; that of `refuse_broken`.
    """
    if data.form != "pictures":
        return data
    opener = opener_of(data, settings)
    if opener is None:
        return data
    pictures = [row for name in SPLITS for row in data.splits[name].inputs]
    key = f"{FORMAT} pillow {PIL.__version__} {data.fingerprint} {opener}"
    file = StoreFile(cache.path_of("pictures", key), pictures, opener)
    done = file.decode(skip_broken=settings.skip_broken)
    refuse_broken(data, settings, done.broken)
    file.note_use(data.source)
    return _assembled(data, file.array(), done.broken, _in_words(done.traits))


def refuse_broken(data: Dataset, settings: Data, broken: Mapping[int, str] = MappingProxyType({})) -> None:
    """Stop at all pictures that the reader could not have and that do not open, unless they are left out.

    Args:
        data: as a reader gave it.
        settings: `skip_broken`.
        broken: rows that do not open, each with why; none where nothing was decoded.

    Raises:
        PenjingError: `PJ001`.
    """
    named = [*data.broken, *_named(data, broken)]
    if not named or (settings.skip_broken and not _empties(data, broken)):
        return
    raise stop(
        "PJ001",
        f"{len(named):,} of {sum(map(len, data.splits.values())) + len(data.broken):,} pictures do not open",
        where=listed(named),
        why="a picture that is no picture cannot be learned from, and dropping it unasked would hide that it is there.",
        try_=("check permissions, fetch what links point to (git annex get, dvc pull); " if data.broken else "")
        + "mend or remove them: --json lists all; or --skip-broken leaves them out, and records them in the run",
        evidence={"broken": named},
    )


def opener_of(data: Dataset, settings: Data) -> OpenPicture | None:
    """How every picture is opened; None where they are arrays as asked for."""
    height, width = size_of(data, settings)
    is_grey = headers_of(data).is_grey if settings.color == "auto" else settings.color == "grey"
    mode: Literal["L", "RGB"] = "L" if is_grey else "RGB"
    train = data.splits["train"].inputs
    if isinstance(train, np.ndarray) and train.shape[1:] == (height, width, len(mode)):
        return None
    return OpenPicture(mode, (height, width))


def _assembled(data: Dataset, rows: np.ndarray, broken: Mapping[int, str], traits: Sequence[str]) -> Dataset:
    """The data with rows of the store in place of files, those that do not open left out of everything."""
    splits, first, taken = {}, 0, 0
    for name in SPLITS:
        split = data.splits[name]
        kept = [i for i in range(len(split)) if first + i not in broken]
        splits[name] = Split(
            rows[taken : taken + len(kept)],
            np.asarray(split.truths)[kept],
            [split.names[i] for i in kept] if len(split.names) else (),
            None if split.groups is None else split.groups[kept],
            split.composed_of,
        )
        first, taken = first + len(split), taken + len(kept)
    notes = [*data.notes, *traits]
    if broken:
        notes.append(f"{len(broken):,} pictures that do not open are left out: the run's findings name them")
    broken_ones = (*data.broken, *_named(data, broken))
    return replace(data, splits=splits, notes=tuple(notes), broken=broken_ones, as_listed=data.fingerprint)


def _empties(data: Dataset, broken: Mapping[int, str]) -> bool:
    """Whether a split would hold nothing any more."""
    ends = np.cumsum([len(data.splits[name]) for name in SPLITS])
    lost = np.bincount(np.searchsorted(ends, list(broken), side="right"), minlength=len(SPLITS))
    return any(0 < len(data.splits[name]) == n for name, n in zip(SPLITS, lost, strict=True))


def _in_words(traits: Mapping[str, int]) -> list[str]:
    counts = [f"{n:,} {words}" for words, n in sorted(traits.items(), key=lambda trait: (-trait[1], trait[0]))]
    return [f"pictures: {', '.join(counts)}"] if counts else []


def _named(data: Dataset, broken: Mapping[int, str]) -> list[str]:
    """Each with why it does not open."""
    names = [data.splits[split].name(i) for split in SPLITS for i in range(len(data.splits[split]))]
    return [f"{names[row]}: {why}" for row, why in broken.items()]
