"""What the rules of the data share: which examples are equal, and their labels. No torch."""

from typing import NamedTuple

import numpy as np

from penjing.data.dataset import SPLITS, Dataset
from penjing.data.splits import content_hash


class Example(NamedTuple):
    """One example of a data set."""

    split: str
    at: int
    name: str


def equal_inputs(data: Dataset) -> list[list[Example]]:
    """Groups of two or more examples whose inputs are equal: pictures pixel by pixel, text character by character."""
    groups: dict[bytes, list[Example]] = {}
    for split in SPLITS:
        examples = data.splits[split]
        for i, value in enumerate(examples.inputs):
            if isinstance(value, str) and not value.strip():
                continue  # an empty line is like any other, and says nothing
            groups.setdefault(content_hash(value), []).append(Example(split, i, examples.name(i)))
    return [group for group in groups.values() if len(group) > 1]


def labels_of(data: Dataset) -> dict[str, np.ndarray]:
    """(N,) class numbers by split; empty where the truths are something else, such as boxes or text."""
    if not data.classes:
        return {}
    labels = {split: np.asarray(data.splits[split].truths) for split in SPLITS if len(data.splits[split])}
    is_labels = all(array.ndim == 1 and array.dtype.kind in "iu" for array in labels.values())
    return labels if is_labels else {}
