"""Dividing examples: seeded, stratified by class, and equal inputs never on both sides."""

import hashlib
from collections.abc import Sequence

import numpy as np

from penjing.config import Data
from penjing.randomness import generator


def stratified(labels: np.ndarray, groups: np.ndarray, settings: Data) -> dict[str, np.ndarray]:
    """Indices of the examples of each split, sorted.

    Args:
        labels: (N,) integers; each class is divided in the same shares.
        groups: (N,) integers; examples of one group, such as equal pictures, stay together.
        settings: shares and `split_seed`.
    """
    rng = generator(settings.split_seed, "split")
    _, first = np.unique(groups, return_index=True)  # one example stands for each group
    first = rng.permutation(first)
    where = np.empty(int(groups.max()) + 1, dtype=np.int64)
    for label in np.unique(labels[first]):
        members = first[labels[first] == label]
        test = round(len(members) * settings.test)
        validation = round(len(members) * settings.validation)
        where[groups[members]] = np.repeat([2, 1, 0], [test, validation, len(members) - test - validation])
    place = where[groups]
    return {name: np.flatnonzero(place == i) for i, name in enumerate(("train", "validation", "test"))}


def equal_groups(inputs: Sequence[np.ndarray] | Sequence[str] | np.ndarray) -> np.ndarray:
    """(N,) integers, the same for inputs that are equal byte for byte."""
    seen: dict[bytes, int] = {}
    return np.array([seen.setdefault(content_hash(value), len(seen)) for value in inputs])


def content_hash(value: np.ndarray | str) -> bytes:
    """A hash of one input's content."""
    content = value.encode() if isinstance(value, str) else f"{value.shape}".encode() + value.tobytes()
    return hashlib.blake2b(content, digest_size=16).digest()
