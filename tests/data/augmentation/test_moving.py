"""Pictures, boxes and masks end in the same place, and that place is the right one."""

from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from penjing.data.augmentation.moving import MODES, move_boxes, move_masks, move_pictures
from penjing.data.augmentation.placement import Placement, place
from penjing.data.augmentation.settings import Augmentation

GEOMETRY: dict[str, dict[str, Any]] = {
    "crop": {"crop": 0.2},
    "flips": {"mirror": True, "upside_down": True},
    "shift": {"shift": 0.2},
    "rotate": {"rotate": 180},
    "scale": {"scale": 0.5},
    "shear": {"shear": 30},
    "resized crop": {"resized_crop": 0.3},
    "all": {"crop": 0.1, "mirror": True, "upside_down": True, "shift": 0.1, "rotate": 30, "scale": 0.2, "shear": 10}
    | {"resized_crop": 0.5},
}

TURNED = ("rotate", "shear", "all")  # sides of a box do not stay upright


def upright(count: int, source: tuple[int, int], **changes: Any) -> Placement:
    """Nothing moved but for what is named."""
    windows, swapped = np.tile([0, 0, *source], (count, 1)), np.zeros((count, 2), dtype=bool)
    return Placement(source, source, windows, swapped, None, "black")._replace(**changes)


def turned(turn: list[list[float]], source: tuple[int, int], **changes: Any) -> Placement:
    """One picture whose target-to-source map, in pixels from the middle, is `turn`."""
    half = np.array(source[::-1]) / 2
    scaled = np.array(turn, dtype=np.float64)
    scaled[:, :2] = scaled[:, :2] * half / half[:, None]
    scaled[:, 2] /= half
    return upright(1, source, turn=scaled[None].astype(np.float32), **changes)


@pytest.mark.parametrize("border", ["black", "reflect"])
def test_a_crop_is_a_slice_of_the_padded_picture(pictures: np.ndarray, border: str) -> None:
    placed = place(Augmentation(crop=0.25, border=border), np.random.default_rng(0), 16, (24, 32), (24, 32))
    padded = np.pad(pictures, ((0, 0), (6, 6), (8, 8), (0, 0)), mode=MODES[border])
    for picture, (top, left, _, _), moved in zip(padded, placed.windows, move_pictures(pictures, placed), strict=True):
        expected = picture[top + 6 : top + 30, left + 8 : left + 40]
        assert np.array_equal(moved.permute(1, 2, 0).numpy(), expected)


def test_swapping_twice_is_the_picture_and_once_is_numpy_s(pictures: np.ndarray) -> None:
    swapped = np.random.default_rng(1).random((16, 2)) < 0.5
    placed = upright(16, (24, 32), swapped=swapped)
    once = move_pictures(pictures, placed).permute(0, 2, 3, 1).numpy().astype(np.uint8)
    assert np.array_equal(move_pictures(once, placed).permute(0, 2, 3, 1).numpy(), pictures)
    for picture, moved, (upside_down, mirror) in zip(pictures, once, swapped, strict=True):
        expected = np.flipud(picture) if upside_down else picture
        assert np.array_equal(moved, np.fliplr(expected) if mirror else expected)


def test_a_turn_by_whole_pixels_reflects_as_numpy_does(pictures: np.ndarray) -> None:
    placed = turned([[1, 0, 5], [0, 1, -7]], (24, 32), border="reflect")
    moved = move_pictures(pictures[:1], placed)[0].permute(1, 2, 0).numpy()
    padded = np.pad(pictures[0], ((7, 7), (7, 7), (0, 0)), mode="reflect")
    np.testing.assert_allclose(moved, padded[0:24, 12:44], atol=0.02)


@pytest.mark.parametrize("degrees", [-150, -20, 7, 90])
@pytest.mark.parametrize("scale", [0.8, 1.0, 1.3])
def test_a_turn_is_torchvision_s(torchvision: ModuleType, pictures: np.ndarray, degrees: float, scale: float) -> None:
    cos, sin = np.cos(np.deg2rad(degrees)) / scale, np.sin(np.deg2rad(degrees)) / scale
    moved = move_pictures(pictures[:1], turned([[cos, sin, 0], [-sin, cos, 0]], (24, 32)))
    expected = affine(torchvision, pictures, angle=degrees, scale=scale)
    torch.testing.assert_close(moved, expected, atol=0.02, rtol=0)


@pytest.mark.parametrize("degrees", [-20, 12])
def test_a_shear_is_torchvision_s(torchvision: ModuleType, pictures: np.ndarray, degrees: float) -> None:
    moved = move_pictures(pictures[:1], turned([[1, np.tan(np.deg2rad(degrees)), 0], [0, 1, 0]], (24, 32)))
    expected = affine(torchvision, pictures, shear=[degrees, 0.0])
    torch.testing.assert_close(moved, expected, atol=0.02, rtol=0)


def test_a_shift_is_torchvision_s(torchvision: ModuleType, pictures: np.ndarray) -> None:
    moved = move_pictures(pictures[:1], turned([[1, 0, -3], [0, 1, 5]], (24, 32)))
    torch.testing.assert_close(moved, affine(torchvision, pictures, translate=[3, -5]), atol=0.02, rtol=0)


def affine(torchvision: ModuleType, pictures: np.ndarray, **moved: Any) -> Tensor:
    """The first picture as torchvision moves it."""
    x = torch.from_numpy(pictures[:1]).permute(0, 3, 1, 2).float()
    bilinear = torchvision.InterpolationMode.BILINEAR
    given = {"angle": 0.0, "translate": [0, 0], "scale": 1.0, "shear": [0.0, 0.0]} | moved
    return torchvision.affine(x, **given, interpolation=bilinear)


@pytest.mark.parametrize("size", [(24, 32), (16, 16), (40, 48)])
def test_a_resized_crop_is_torchvision_s(torchvision: ModuleType, pictures: np.ndarray, size: tuple[int, int]) -> None:
    placed = place(Augmentation(resized_crop=0.3), np.random.default_rng(0), 16, (24, 32), size)
    moved = move_pictures(pictures, placed)
    x = torch.from_numpy(pictures).permute(0, 3, 1, 2)
    for i, window in enumerate(placed.windows.tolist()):
        assert torch.equal(moved[i], torchvision.resized_crop(x[i], *window, list(size), antialias=True).float())


@pytest.mark.parametrize("name", GEOMETRY)
@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32), x1=st.integers(8, 40), y1=st.integers(8, 30), size=st.tuples(*[st.integers(6, 14)] * 2)
)
def test_a_drawn_rectangle_and_its_box_end_in_the_same_place(
    name: str, seed: int, x1: int, y1: int, size: tuple[int, int]
) -> None:
    """The rectangle, found in the pixels, against the box, found by arithmetic: within a pixel.

    What is seen is never outside the box. It fills the box, unless the border cuts a corner off a turned one.
    """
    width, height = size
    picture = np.zeros((1, 52, 64, 1), dtype=np.uint8)
    picture[0, y1 : y1 + height, x1 : x1 + width] = 255
    placed = place(Augmentation(**GEOMETRY[name]), np.random.default_rng(seed), 1, (52, 64), (52, 64))
    box = torch.tensor([[[x1, y1, x1 + width, y1 + height]]], dtype=torch.float32)
    moved, (boxes, is_seen) = move_pictures(picture, placed), move_boxes(box, placed)
    assert boxes.min() >= 0
    assert (boxes[0, 0] <= torch.tensor([64, 52, 64, 52])).all()
    rows, columns = torch.nonzero(moved[0, 0] > 85, as_tuple=True)
    if is_seen:
        pixels = torch.stack([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]).float()
        outwards = (boxes[0, 0] - pixels) * torch.tensor([1, 1, -1, -1])
        assert outwards.max() <= 1.0
        is_whole = (boxes > 0).all() and (boxes[0, 0] < torch.tensor([64, 52, 64, 52])).all()
        if is_whole or name not in TURNED:
            assert outwards.min() >= -1.0


def test_a_box_is_lost_where_less_than_half_of_it_is_left() -> None:
    box = torch.tensor([[[0, 10, 10, 20]]], dtype=torch.float32)
    for pixels, is_left in ((4, True), (5, True), (6, False), (30, False)):
        moved = move_boxes(box, turned([[1, 0, pixels], [0, 1, 0]], (40, 40)))
        assert bool(moved.is_seen) == is_left
        torch.testing.assert_close(moved.xyxy[0, 0], torch.tensor([0.0, 10.0, max(10.0 - pixels, 0), 20.0]))


@pytest.mark.parametrize("border", ["black", "reflect"])
@pytest.mark.parametrize("name", GEOMETRY)
def test_a_mask_ends_where_its_picture_does(name: str, border: str) -> None:
    """Where the sampled picture is all dark or all bright, the nearest pixel is so too."""
    blobs = np.zeros((8, 40, 48, 1), dtype=np.uint8)
    for i, (top, left) in enumerate(np.random.default_rng(0).integers(0, 30, (8, 2))):
        blobs[i, top : top + 14, left : left + 11] = 255
    size = (40, 48) if name in ("crop", "flips") else (32, 56)
    placed = place(Augmentation(**GEOMETRY[name], border=border), np.random.default_rng(1), 8, (40, 48), size)
    moved = move_pictures(blobs, placed)[:, 0]
    masks = move_masks(torch.from_numpy(blobs[..., 0] // 255), placed)
    assert masks.dtype == torch.uint8
    assert masks[moved < 0.01].max() == 0
    assert masks[moved > 254.99].min() == 1
    if name in ("crop", "flips"):
        assert torch.equal(masks, (moved / 255).to(torch.uint8))


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int64])
def test_beyond_the_border_a_mask_says_so(dtype: torch.dtype) -> None:
    masks = torch.full((1, 8, 8), 3, dtype=dtype)
    moved = move_masks(masks, turned([[1, 0, 2], [0, 1, 0]], (8, 8)), beyond=255)
    assert moved[0, 0].tolist() == [3] * 6 + [255] * 2
