"""What is drawn stays within what the settings say, and reaches it."""

import numpy as np
import pytest

from penjing.data.augmentation.placement import LARGEST_RATIO, Placement, place
from penjing.data.augmentation.settings import Augmentation

SQUARE = (200, 200)


def placed(settings: Augmentation) -> Placement:
    """Two thousand pictures."""
    return place(settings, np.random.default_rng(0), 2000, SQUARE, SQUARE)


def test_turn_and_scale_fill_their_ranges() -> None:
    turn = placed(Augmentation(rotate=30, scale=0.2)).matrix[:, :, :2]
    degrees = np.rad2deg(np.arctan2(turn[:, 1, 0], turn[:, 0, 0]))
    growth = 1 / np.linalg.norm(turn[:, :, 0], axis=1)
    assert (degrees.min(), degrees.max()) == pytest.approx((-30, 30), abs=0.3)
    assert (growth.min(), growth.max()) == pytest.approx((0.8, 1.2), abs=0.01)


def test_shift_and_shear_fill_their_ranges() -> None:
    matrix = placed(Augmentation(shift=0.1, shear=20)).matrix
    for column in (matrix[:, 0, 2] / 2, matrix[:, 1, 2] / 2):  # in sides
        assert (column.min(), column.max()) == pytest.approx((-0.1, 0.1), abs=0.001)
    for shear in (matrix[:, 0, 1], matrix[:, 1, 0]):
        assert np.rad2deg(np.arctan([shear.min(), shear.max()])) == pytest.approx([-20, 20], abs=0.2)


def test_a_crop_reaches_every_whole_pixel() -> None:
    windows = placed(Augmentation(crop=0.02)).windows
    assert set(map(tuple, windows[:, :2].tolist())) == {(y, x) for y in range(-4, 5) for x in range(-4, 5)}
    assert (windows[:, 2:] == SQUARE).all()


def test_a_resized_crop_stays_inside_and_keeps_its_share_of_the_area() -> None:
    windows = placed(Augmentation(resized_crop=0.25)).windows
    (top, left, height, width), area = windows.T, windows[:, 2] * windows[:, 3] / 200**2
    assert top.min() == left.min() == 0
    assert max((top + height).max(), (left + width).max()) == 200
    assert 0.24 < area.min() < 0.26
    assert area.max() > 0.95
    inside = (height < 200) & (width < 200)
    assert (np.abs(np.log(width / height))[inside] <= np.log(LARGEST_RATIO) + 0.02).all()


def test_half_of_the_pictures_are_swapped_along_an_axis_that_may_be() -> None:
    swapped = placed(Augmentation(mirror=True)).swapped
    assert not swapped[:, 0].any()
    assert swapped[:, 1].mean() == pytest.approx(0.5, abs=0.04)
    assert placed(Augmentation(upside_down=True)).swapped.mean(axis=0) == pytest.approx([0.5, 0], abs=0.04)


def test_a_turn_is_rigid_in_the_pixels_of_a_wide_picture() -> None:
    """In units of half a side it is none: there its matrix has to be stretched as the picture is."""
    turn = place(Augmentation(rotate=90), np.random.default_rng(0), 50, (30, 80), (30, 80)).matrix[:, :, :2]
    half = np.array([80, 30]) / 2  # x before y
    in_pixels = turn * half[:, None] / half
    assert in_pixels @ in_pixels.swapaxes(1, 2) == pytest.approx(np.tile(np.eye(2), (50, 1, 1)), abs=1e-5)
