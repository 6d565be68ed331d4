"""A rectangle of each picture, cut out or filled with that of another."""

import numpy as np
from torch import Tensor


def patches(sides: np.ndarray, rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """Draw where each rectangle lies: its middle is any pixel, and what sticks out is cut.

    Args:
        sides: (B, 2) float64: height and width, as shares of the picture's.
        rng: where the draws come from.
        size: H, W of the pictures.

    Returns:
        (B, 4) int64: top, bottom, left, right.
    """
    extent = np.rint(sides * size).astype(np.int64)
    start = rng.integers(0, size, sides.shape) - extent // 2
    return np.stack([start, start + extent], axis=2).clip(0, np.array(size)[:, None]).reshape(-1, 4)


def cut_out(x: Tensor, cut: np.ndarray) -> None:
    """Set a rectangle of each picture to zero, in place.

    Args:
        x: (B, C, H, W) float32, normalized: zero is the mean.
        cut: (B, 4) int64: top, bottom, left, right.

    Source: DeVries and Taylor, "Improved Regularization of Convolutional Neural Networks with Cutout", 2017.
    """
    pixels = x.numpy()
    for i, (top, bottom, left, right) in enumerate(cut.tolist()):
        pixels[i, :, top:bottom, left:right] = 0
