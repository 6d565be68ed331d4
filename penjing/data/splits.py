"""Dividing examples: seeded, stratified by class, and what belongs together never on both sides."""

import hashlib
from collections.abc import Sequence

import numpy as np

from penjing.config import Data
from penjing.randomness import generator


def stratified(labels: np.ndarray, groups: np.ndarray, settings: Data) -> dict[str, np.ndarray]:
    """Indices of the examples of each split, sorted.

    Args:
        labels: (N,) integers; each class is divided in the same shares. A group counts to the class of its first.
        groups: (N,) integers; examples of one group, such as equal pictures, stay together.
        settings: shares and `split_seed`.
    """
    rng = generator(settings.split_seed, "split")
    _, first, sizes = np.unique(groups, return_index=True, return_counts=True)
    order = rng.permutation(len(first))  # one example stands for each group
    where = np.zeros(len(first), dtype=np.int64)
    for label in np.unique(labels[first]):
        members = order[labels[first[order]] == label]
        where[members] = _places(sizes[members], settings)
    place = where[np.unique(groups, return_inverse=True)[1]]
    return {name: np.flatnonzero(place == i) for i, name in enumerate(("train", "validation", "test"))}


def _places(sizes: np.ndarray, settings: Data) -> np.ndarray:
    """Groups of these sizes, in this order, to test (2), then validation (1), then train (0), each to its share.

    A share that rounds to none, or falls inside one large group, still gets a group, where there are enough for all.
    """
    total = sizes.sum()
    test, validation = round(total * settings.test), round(total * settings.validation)
    middle = np.cumsum(sizes) - sizes / 2  # a group goes where its middle falls
    places = np.select([middle <= test, middle <= test + validation], [2, 1], 0)
    wanted = [place for place, share in enumerate((1.0, settings.validation, settings.test)) if share > 0]
    for place in wanted if len(sizes) >= len(wanted) else ():
        if not (places == place).any():
            counts = np.bincount(places, minlength=3)
            can_give = np.flatnonzero(places == counts.argmax())
            places[can_give[sizes[can_give].argmin()]] = place  # the smallest, so that shares stay near
    return places


def together(*groupings: np.ndarray) -> np.ndarray:
    """(N,) integers, the same for examples that any of the groupings, directly or in a chain, holds together."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = len(groupings[0])
    offsets = np.cumsum([n, *(int(grouping.max()) + 1 for grouping in groupings)])
    rows = np.tile(np.arange(n), len(groupings))
    columns = np.concatenate([grouping + offset for grouping, offset in zip(groupings, offsets, strict=False)])
    graph = coo_array((np.ones(len(rows)), (rows, columns)), shape=(offsets[-1], offsets[-1]))
    return connected_components(graph, directed=False)[1][:n]


def equal_groups(inputs: Sequence[np.ndarray] | Sequence[str] | np.ndarray) -> np.ndarray:
    """(N,) integers, the same for inputs that are equal byte for byte."""
    seen: dict[bytes, int] = {}
    return np.array([seen.setdefault(content_hash(value), len(seen)) for value in inputs])


def content_hash(value: np.ndarray | str) -> bytes:
    """A hash of one input's content."""
    content = value.encode() if isinstance(value, str) else f"{value.shape}".encode() + value.tobytes()
    return hashlib.blake2b(content, digest_size=16).digest()
