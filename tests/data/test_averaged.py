"""Averaging down: the mean of each cell, counted by hand, and never more than what is asked."""

import numpy as np
import pytest

from penjing.data.averaged import averaged


@pytest.mark.parametrize("shape", [(3, 8, 8, 1), (300, 33, 20, 3)])
def test_cells_are_means_of_their_pixels(shape: tuple[int, int, int, int]) -> None:
    pictures = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    at = np.arange(0, shape[0], 2)
    small = averaged(pictures, 16, at)
    rows, columns = (np.array_split(np.arange(side), min(side, 16)) for side in shape[1:3])
    assert small.shape == (len(at), len(rows), len(columns), shape[3])
    assert small.dtype == np.float32
    last = pictures[at[-1]].astype(np.float64)
    edges = [np.linspace(0, side, min(side, 16) + 1).astype(int) for side in shape[1:3]]
    expected = [
        [last[r0:r1, c0:c1].mean(axis=(0, 1)) for c0, c1 in zip(edges[1], edges[1][1:], strict=False)]
        for r0, r1 in zip(edges[0], edges[0][1:], strict=False)
    ]
    np.testing.assert_allclose(small[-1], expected, rtol=1e-5)


def test_small_pictures_are_kept_exactly() -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (5, 8, 16, 3), dtype=np.uint8)
    np.testing.assert_array_equal(averaged(pictures, 16), pictures)
