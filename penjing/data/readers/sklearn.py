"""`sklearn:digits`: 1,797 handwritten digits of 8x8 pixels that come with scikit-learn (Alpaydin and Kaynak, 1998)."""

import numpy as np

from penjing.config import Data
from penjing.data.dataset import Dataset, Form, Split
from penjing.data.splits import equal_groups, stratified
from penjing.findings import did_you_mean, stop

form: Form = "pictures"
heeds = frozenset[str]()
PREFIX = "sklearn:"
NAMES = ("digits",)


def recognizes(source: str) -> bool:
    """`sklearn:` and a name."""
    return source.startswith(PREFIX)


def read(settings: Data) -> Dataset:
    """Pictures (N, 8, 8, 1) uint8: the data's 0..16 stretched to 0..255, so that a saved PNG looks as it should.

    Raises:
        PenjingError: `no-such-path` for another name.
    """
    name = settings.source.removeprefix(PREFIX)
    if name not in NAMES:
        raise stop(
            "no-such-path",
            f"scikit-learn has no picture set `{name}` that Penjing reads",
            where=settings.source,
            why="there is nothing to learn from.",
            try_=did_you_mean(name, NAMES, otherwise="sklearn:digits"),
        )
    from sklearn.datasets import load_digits

    digits = load_digits()
    pictures = np.rint(digits.images[..., None] * (255 / 16)).astype(np.uint8)
    labels = digits.target.astype(np.int64)
    splits = stratified(labels, equal_groups(pictures), settings)
    return Dataset(
        source=settings.source,
        form=form,
        splits={
            split: Split(pictures[at], labels[at], [f"{settings.source} #{i}" for i in at])
            for split, at in splits.items()
        },
        classes=tuple(str(name) for name in digits.target_names),
    )
