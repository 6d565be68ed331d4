"""Augmentation that moves boxes: they travel with the pixels."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from penjing.data.augmentation.zooming import zoom_with_boxes

SIDE = 40


@settings(max_examples=100, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    x1=st.integers(0, 30),
    y1=st.integers(0, 30),
    width=st.integers(4, 10),
    height=st.integers(4, 10),
    shift=st.floats(0, 0.3),
    scale=st.floats(0, 0.5),
)
def test_a_drawn_rectangle_and_its_box_end_in_the_same_place(
    seed: int, x1: int, y1: int, width: int, height: int, shift: float, scale: float
) -> None:
    """The rectangle's bright half, found in the pixels, against the box, found by arithmetic: within a pixel."""
    x = torch.zeros(1, 1, SIDE, SIDE)
    x[0, 0, y1 : y1 + height, x1 : x1 + width] = 1
    box = torch.tensor([[[x1, y1, x1 + width, y1 + height]]], dtype=torch.float32)
    moved, boxes, is_seen = zoom_with_boxes(x, box, np.random.default_rng(seed), shift=shift, scale=scale)
    rows, columns = torch.nonzero(moved[0, 0] > 0.5, as_tuple=True)
    if len(rows):
        pixels = torch.stack([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]).float()
        assert (pixels - boxes[0, 0]).abs().max() <= 1.0
    else:
        assert not is_seen or (boxes[0, 0, 2:] - boxes[0, 0, :2]).min() < 1.5
    assert boxes.min() >= 0
    assert boxes.max() <= SIDE


def test_nothing_drawn_is_nothing_moved() -> None:
    x, boxes = torch.rand(3, 2, 24, 32), torch.tensor([[[3.0, 4.0, 9.0, 20.0]]]).expand(3, 1, 4)
    moved, same, is_seen = zoom_with_boxes(x, boxes, np.random.default_rng(0), shift=0.0, scale=0.0)
    torch.testing.assert_close(moved, x)
    torch.testing.assert_close(same, boxes)
    assert is_seen.all()


def test_a_box_is_lost_where_less_than_half_of_it_is_left() -> None:
    """Many draws of one box at the border, each held against its unclipped place, which the box inside tells."""
    x = torch.zeros(400, 1, SIDE, SIDE)
    boxes = torch.tensor([[[0.0, 10.0, 10.0, 20.0]]]).expand(400, 1, 4)
    _, moved, is_seen = zoom_with_boxes(x, boxes, np.random.default_rng(0), shift=0.4, scale=0.0)
    left = (moved[:, 0, 2:] - moved[:, 0, :2]).clamp(min=0).prod(dim=1) / 100
    assert (is_seen[:, 0] == (left >= 0.5))[(left - 0.5).abs() > 1e-4].all()
    assert 0 < is_seen.sum() < 400
