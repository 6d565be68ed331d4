"""Mean and spread of pixels, channel by channel, without a copy of the pictures in memory. No torch."""

import numpy as np

CHUNK = 256  # pictures at a time


def mean_and_spread(pictures: np.ndarray) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Of each channel on the scale 0 to 1, exactly; the spread is at least 1e-6.

    Args:
        pictures: (N, H, W, C) uint8, perhaps a memory map.
    """
    channels = pictures.shape[3]
    counts = np.zeros((channels, 256), dtype=np.int64)  # how often each level occurs
    for start in range(0, len(pictures), CHUNK):
        chunk = np.asarray(pictures[start : start + CHUNK])
        for channel in range(channels):
            counts[channel] += np.bincount(chunk[..., channel].ravel(), minlength=256)
    levels = np.arange(256) / 255
    shares = counts / counts.sum(axis=1, keepdims=True)
    mean = shares @ levels
    spread = np.sqrt(np.maximum((shares * (levels - mean[:, None]) ** 2).sum(axis=1), 1e-12))
    return tuple(mean.tolist()), tuple(spread.tolist())
