"""The chain as a whole."""

from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from penjing.data.augmentation import augment as chain
from penjing.data.augmentation.augment import Augment
from penjing.data.augmentation.moving import move_boxes
from penjing.data.augmentation.patches import patches
from penjing.data.augmentation.settings import Augmentation
from penjing.data.statistics import mean_and_spread

STRENGTHS: dict[str, Any] = {
    "crop": 0.2,
    "mirror": True,
    "upside_down": True,
    "shift": 0.2,
    "rotate": 20,
    "scale": 0.2,
    "shear": 10,
    "resized_crop": 0.4,
    "brightness": 0.4,
    "contrast": 0.4,
    "saturation": 0.4,
    "cutout": 0.4,
}


def augment(pictures: np.ndarray, size: tuple[int, int] | None = None, **settings: Any) -> Augment:
    """With the mean and spread of these pictures."""
    return Augment(Augmentation(**settings), *mean_and_spread(pictures), size)


def test_with_everything_off_pictures_are_normalized_and_no_more(pictures: np.ndarray) -> None:
    rng = np.random.default_rng(0)
    x = augment(pictures)(pictures, rng)
    assert x.mean(dim=(0, 2, 3)).tolist() == pytest.approx([0, 0, 0], abs=1e-5)
    assert x.std(dim=(0, 2, 3), correction=0).tolist() == pytest.approx([1, 1, 1], abs=1e-5)
    assert rng.random() == np.random.default_rng(0).random()  # nothing was drawn


@pytest.mark.parametrize(("border", "mode"), [("black", "constant"), ("reflect", "reflect")])
def test_crop_mirror_normalization_and_cutout_are_torchvision_s(
    torchvision: ModuleType, pictures: np.ndarray, border: str, mode: str
) -> None:
    own = augment(pictures, crop=0.2, mirror=True, cutout=0.4, border=border)
    rng = np.random.default_rng(3)
    placement = own.place(pictures, rng)
    cut = patches(np.full((16, 2), 0.4), rng, (24, 32)).tolist()
    mean, std = mean_and_spread(pictures)
    for i, x in enumerate(torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255):
        top, left, height, width = placement.windows[i].tolist()
        wide = torchvision.pad(x, [12, 12], padding_mode=mode)
        moved = torchvision.crop(wide, top + 12, left + 12, height, width)
        if placement.mirrored[i]:
            moved = torchvision.horizontal_flip(moved)
        up, down, start, end = cut[i]
        zeros = torch.zeros(1)
        expected = torchvision.erase(torchvision.normalize(moved, mean, std), up, start, down - up, end - start, zeros)
        torch.testing.assert_close(own(pictures, np.random.default_rng(3))[i], expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", STRENGTHS)
def test_each_setting_alone_moves_pictures_by_the_generator_alone(pictures: np.ndarray, name: str) -> None:
    own = augment(pictures, **{name: STRENGTHS[name]})
    first, again, other = (own(pictures, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert first.shape == (16, 3, 24, 32)
    untouched = augment(pictures)(pictures, np.random.default_rng(1))
    changed = (first != untouched).flatten(1).any(dim=1)
    assert changed.float().mean() >= (0.3 if name in ("mirror", "upside_down") else 0.9)


def test_moved_pictures_are_as_dark_and_bright_as_they_can_be_at_most(pictures: np.ndarray) -> None:
    own = augment(pictures, (20, 28), **STRENGTHS, border="reflect")
    x = own(pictures, np.random.default_rng(0))
    assert x.shape == (16, 3, 20, 28)
    raw = x * own.std + own.mean
    assert -0.01 < raw.min() < raw.max() < 255.01


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("settings", [{}, {"rotate": 10}], ids=["cut", "sampled"])
def test_networks_in_either_memory_format_need_no_copy_of_grey_and_channels_last_none_of_color(
    pictures: np.ndarray, channels: int, settings: dict[str, Any]
) -> None:
    grey = np.ascontiguousarray(pictures[..., :channels])
    x = augment(grey, **settings)(grey, np.random.default_rng(0))
    assert x.is_contiguous(memory_format=torch.channels_last)
    assert x.is_contiguous() == (channels == 1)


def test_turned_shifted_and_scaled_pictures_are_to_the_bit_what_they_were_in_the_first_release() -> None:
    rng = np.random.default_rng(0)
    square = rng.integers(0, 256, (64, 8, 8, 1), dtype=np.uint8)
    own = augment(square, shift=0.1, rotate=10, scale=0.1)
    x = torch.from_numpy(square).permute(0, 3, 1, 2).float()
    expected = (first_release(x, np.random.default_rng(5), shift=0.1, rotate=10, scale=0.1) - own.mean) / own.std
    assert torch.equal(own(square, np.random.default_rng(5)), expected)


def first_release(x: Tensor, rng: np.random.Generator, *, shift: float, rotate: float, scale: float) -> Tensor:
    """`affine` of Penjing 0.1: digits were measured with it."""
    draws = rng.uniform(-1, 1, (4, len(x))).astype(np.float32)
    angle = np.deg2rad(rotate) * draws[0]
    stretch = 1 / (1 + scale * draws[1])
    theta = np.empty((len(x), 2, 3), dtype=np.float32)
    theta[:, 0, 0] = theta[:, 1, 1] = stretch * np.cos(angle)
    theta[:, 1, 0] = stretch * np.sin(angle)
    theta[:, 0, 1] = -theta[:, 1, 0]
    theta[:, :, 2] = 2 * shift * draws[2:].T
    grid = F.affine_grid(torch.from_numpy(theta), list(x.shape), align_corners=False)
    return F.grid_sample(x, grid, align_corners=False)


def test_painting_at_a_drawn_place_is_the_whole_call(pictures: np.ndarray) -> None:
    own, rng = augment(pictures, **STRENGTHS), np.random.default_rng(7)
    placement = own.place(pictures, rng)
    boxes = move_boxes(torch.tensor([[[4.0, 5, 9, 11]]]).repeat(16, 1, 1), placement)  # draws nothing
    assert torch.equal(own.paint(pictures, placement, rng), own(pictures, np.random.default_rng(7)))
    assert boxes.xyxy.shape == (16, 1, 4)


@pytest.mark.parametrize(("on", "blends"), [({"mixup": 1.0}, {True}), ({"cutmix": 1.0}, {False})])
def test_only_the_kind_of_mixing_that_is_on_is_used(
    pictures: np.ndarray, on: dict[str, float], blends: set[bool]
) -> None:
    assert kinds(augment(pictures, **on)) == blends
    assert kinds(augment(pictures, mixup=1.0, cutmix=1.0)) == {True, False}


def kinds(own: Augment) -> set[bool]:
    """Over 20 batches of a black and a white picture, whether shades between them were seen."""
    x = torch.tensor([0.0, 1.0]).view(2, 1, 1, 1).expand(2, 1, 8, 8).contiguous()
    mixed = [own.mix(x, np.random.default_rng(seed)) for seed in range(20)]
    return {bool(((m.x > 0) & (m.x < 1)).any()) for m in mixed if m.partner.tolist() == [1, 0]}


@pytest.mark.parametrize("border", ["black", "reflect"])
def test_how_many_pictures_are_worked_on_at_a_time_changes_nothing(
    pictures: np.ndarray, border: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for settings in (STRENGTHS, STRENGTHS | {"shift": 0, "rotate": 0, "scale": 0, "shear": 0}):
        own = augment(pictures, border=border, **settings)
        whole = own(pictures, np.random.default_rng(0))
        monkeypatch.setattr(chain, "FLOATS", 3 * 24 * 32 * 5)  # five at a time, and one is left
        torch.testing.assert_close(own(pictures, np.random.default_rng(0)), whole)
        monkeypatch.undo()
