"""Pictures averaged down to a few cells, for what looks at them without a network. No torch."""

import numpy as np

CHUNK = 256  # pictures at a time: they may be a memory map larger than the memory


def averaged(pictures: np.ndarray, side: int, at: np.ndarray | None = None) -> np.ndarray:
    """The means of at most side x side cells of equal size; sides that are no longer than that are kept as they are.

    Args:
        pictures: (N, H, W, C), perhaps a memory map.
        side: cells along the height, and along the width, at most.
        at: (M,) indices of the pictures that are wanted; None: all of them.

    Returns:
        (M, h, w, C) float32, on the scale of the pictures.
    """
    _, height, width, channels = pictures.shape
    rows, columns = (np.linspace(0, length, min(length, side) + 1).astype(int) for length in (height, width))
    cells = np.outer(np.diff(rows), np.diff(columns))[..., None]
    at = np.arange(len(pictures)) if at is None else at
    small = np.empty((len(at), len(rows) - 1, len(columns) - 1, channels), dtype=np.float32)
    for start in range(0, len(at), CHUNK):
        chunk = pictures[at[start : start + CHUNK]].astype(np.float32)
        sums = np.add.reduceat(np.add.reduceat(chunk, rows[:-1], axis=1), columns[:-1], axis=2)
        small[start : start + CHUNK] = sums / cells
    return small
