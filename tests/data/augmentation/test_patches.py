"""Rectangles lie anywhere and end at the border."""

import numpy as np
import pytest
import torch

from penjing.data.augmentation.patches import cut_out, patches


def test_every_pixel_is_the_middle_of_a_rectangle_equally_often() -> None:
    drawn = patches(np.full((40_000, 2), 1e-9), np.random.default_rng(0), (5, 8))  # no area: only its middle
    counts = np.histogram2d(drawn[:, 0], drawn[:, 2], bins=(np.arange(6), np.arange(9)))[0]
    assert counts == pytest.approx(np.full((5, 8), 1000), rel=0.15)


def test_a_square_is_cut_out_whole_or_by_the_border() -> None:
    x = torch.ones(300, 2, 20, 30)
    cut_out(x, patches(np.full((300, 2), 0.2), np.random.default_rng(0), (20, 30)))
    gone = (x == 0).numpy()
    assert np.array_equal(gone[:, 0], gone[:, 1])
    heights, widths = gone[:, 0].any(axis=2).sum(axis=1), gone[:, 0].any(axis=1).sum(axis=1)
    assert np.array_equal(gone[:, 0].sum(axis=(1, 2)), heights * widths)  # a rectangle
    assert (heights.max(), widths.max()) == (4, 6)
    assert (heights.min(), widths.min()) == (2, 3)  # its middle is always inside


def test_a_rectangle_lies_around_its_middle() -> None:
    """Five pixels wide with its middle on either border, three are inside."""
    drawn = patches(np.full((2000, 2), 0.2), np.random.default_rng(0), (25, 25))
    for start, end in (drawn[:, :2].T, drawn[:, 2:].T):
        assert [(end - start)[start == 0].min(), (end - start)[end == 25].min()] == [3, 3]
