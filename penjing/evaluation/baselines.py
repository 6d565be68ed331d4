"""What one gets without a network: simple learners on flat pictures, by scikit-learn. No torch.

Small data is learned from as it is. Of larger data some pictures are taken, averaged down to fewer pixels, so that time
and memory stay within bounds; the learner's name then says what it was given: "SVM on 5,000 pictures of 8x8".
"""

import warnings
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from penjing.data.averaged import averaged
from penjing.randomness import generator

SIDES = (16, 8, 4)  # pixels: the first at which the work is not too much


class Bounds(NamedTuple):
    """How much a learner is given."""

    pictures: int  # to learn from
    work: float  # pictures x queries x features


# On one core of an AMD EPYC (Zen 4), CIFAR-10 with 10,000 queries: 8 s; 4 s (of 8x8, accuracy 0.448), where 16x16 take
# 30 s and get 0.447
NEAREST, SVM = Bounds(20_000, 2e11), Bounds(5_000, 1.5e10)


def simple_learners(x: np.ndarray, y: np.ndarray, queries: np.ndarray) -> dict[str, np.ndarray]:
    """Labels of queries by the most frequent class, the nearest neighbour, and an SVM with a Gaussian kernel.

    Args:
        x: (N, H, W, C) uint8 training pictures, perhaps a memory map.
        y: (N,) integers, their labels.
        queries: (M, H, W, C) uint8 pictures of the same size.

    Returns:
        (M,) labels by name of the learner.
    """
    from sklearn.svm import SVC

    def svm(flat: np.ndarray, labels: np.ndarray, asked: np.ndarray) -> np.ndarray:
        if (labels == labels[0]).all():
            return np.full(len(asked), labels[0])
        with warnings.catch_warnings():
            # Many classes of few pictures each: "are these numbers to be learned?" They are not
            warnings.filterwarnings("ignore", "The number of unique classes is greater than 50%", UserWarning)
            return SVC().fit(flat, labels).predict(asked)

    return {
        "majority": np.full(len(queries), np.bincount(y).argmax()),
        **nearest_neighbour(x, y, queries),
        **_learned("SVM", SVM, svm, x, y, queries),
    }


def nearest_neighbour(x: np.ndarray, y: np.ndarray, queries: np.ndarray) -> dict[str, np.ndarray]:
    """The truth of the training picture that is nearest in pixels, by the learner's name.

    Args:
        x: (N, H, W, C) uint8 training pictures, perhaps a memory map.
        y: (N,) or (N, K), their truths.
        queries: (M, H, W, C) uint8 pictures of the same size.
    """
    from sklearn.neighbors import NearestNeighbors

    def nearest(flat: np.ndarray, truths: np.ndarray, asked: np.ndarray) -> np.ndarray:
        found = NearestNeighbors(n_neighbors=1).fit(flat).kneighbors(asked, return_distance=False)
        return truths[found[:, 0]]

    return _learned("nearest neighbour", NEAREST, nearest, x, y, queries)


def _learned(
    name: str,
    bounds: Bounds,
    learner: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray],
    x: np.ndarray,
    y: np.ndarray,
    queries: np.ndarray,
) -> dict[str, np.ndarray]:
    height, width, channels = x.shape[1:]
    at = np.sort(generator(0, "baselines").permutation(len(x))[: bounds.pictures])

    def shape(side: int) -> tuple[int, int]:
        return min(height, side), min(width, side)

    most = bounds.work / (len(at) * len(queries) * channels)  # pixels
    side = next((side for side in SIDES if np.prod(shape(side)) <= most), SIDES[-1])
    if len(at) < len(x) or shape(side) != (height, width):
        name = f"{name} on {len(at):,} pictures of {shape(side)[0]}x{shape(side)[1]}"
    flat = averaged(x, side, at).reshape(len(at), -1).astype(np.float64)
    asked = averaged(queries, side).reshape(len(queries), -1).astype(np.float64)
    scale = max(float(np.abs(flat).max()), 1e-12)
    flat /= scale  # in place: these are the largest arrays of an evaluation
    asked /= scale
    return {name: learner(flat, y[at], asked)}
