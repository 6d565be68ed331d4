"""Where each picture of a batch is put: drawn once, then followed by pictures, boxes and masks alike. No torch.

    target pixel -> turned, scaled, sheared, shifted -> swapped -> put in a window of the stored picture -> source pixel

Coordinates are in units of half a side, -1 to 1, as `torch.nn.functional.affine_grid` has them.
"""

import math
from typing import Literal, NamedTuple

import numpy as np

from penjing.data.augmentation.settings import Augmentation

LARGEST_RATIO = 4 / 3  # of a resized crop's sides, and the smallest is its inverse; Szegedy et al. 2015, section 6


class Placement(NamedTuple):
    """What was drawn for a batch of B pictures."""

    source: tuple[int, int]  # H, W of the stored pictures
    target: tuple[int, int]  # h, w of what leaves
    windows: np.ndarray  # (B, 4) int64: top, left, height, width in source pixels; may stick out
    swapped: np.ndarray  # (B, 2) bool: up and down, left and right
    turn: np.ndarray | None  # (B, 2, 3) float32, target to window; None where all stand upright, unscaled
    border: Literal["black", "reflect"]

    def part(self, which: slice) -> "Placement":
        """That of some of the pictures."""
        turn = None if self.turn is None else self.turn[which]
        return self._replace(windows=self.windows[which], swapped=self.swapped[which], turn=turn)

    @property
    def mirrored(self) -> np.ndarray:
        """(B,) bool: whose left and right are swapped."""
        mirrored: np.ndarray = self.swapped[:, 1]
        return mirrored

    @property
    def matrix(self) -> np.ndarray:
        """(B, 2, 3) float32: maps target to source, x before y."""
        side = np.array(self.source[::-1])
        top_left, extent = self.windows[:, 1::-1], self.windows[:, :1:-1]  # x before y
        stretch = (extent / side).astype(np.float32)[:, :, None]
        middle = ((2 * top_left + extent) / side - 1).astype(np.float32)
        sign = np.where(self.swapped[:, ::-1, None], -1, 1).astype(np.float32)
        turn = np.eye(2, 3, dtype=np.float32) if self.turn is None else self.turn
        matrix = sign * stretch * turn
        matrix[:, :, 2] += middle
        return matrix


def place(
    settings: Augmentation, rng: np.random.Generator, count: int, source: tuple[int, int], target: tuple[int, int]
) -> Placement:
    """Draw where each picture goes.

    Args:
        settings: how far each draw may go.
        rng: where the draws come from.
        count: pictures in the batch, B.
        source: H, W of the stored pictures.
        target: h, w of what leaves; where it differs, pictures are resized.
    """
    turn = None
    if settings.shift or settings.rotate or settings.scale or settings.shear:
        turn = _turns(settings, rng, count, target)
    windows = np.tile([0, 0, *source], (count, 1))
    if settings.resized_crop < 1:
        windows = _resized_crops(settings.resized_crop, rng, count, source)
    if settings.crop:
        most = margin(settings, source)
        windows[:, :2] += rng.integers(-most, most, (count, 2), endpoint=True)
    swapped = np.zeros((count, 2), dtype=bool)
    for axis, wanted in enumerate((settings.upside_down, settings.mirror)):
        if wanted:
            swapped[:, axis] = rng.random(count) < 0.5
    return Placement(source, target, windows, swapped, turn, settings.border)


def margin(settings: Augmentation, source: tuple[int, int]) -> np.ndarray:
    """Whole pixels by which a window may stick out, (2,) int64, along y and x."""
    return np.rint(settings.crop * np.array(source)).astype(np.int64)


def _turns(settings: Augmentation, rng: np.random.Generator, count: int, target: tuple[int, int]) -> np.ndarray:
    draws = rng.uniform(-1, 1, (4, count)).astype(np.float32)
    angle = np.deg2rad(settings.rotate) * draws[0]
    stretch = 1 / (1 + settings.scale * draws[1])
    turn = np.empty((count, 2, 3), dtype=np.float32)
    turn[:, 0, 0] = turn[:, 1, 1] = stretch * np.cos(angle)
    turn[:, 1, 0] = stretch * np.sin(angle)
    turn[:, 0, 1] = -turn[:, 1, 0]
    turn[:, :, 2] = 2 * settings.shift * draws[2:].T
    if settings.shear:
        shear = np.tile(np.eye(2, dtype=np.float32), (count, 1, 1))
        shear[:, [0, 1], [1, 0]] = np.tan(np.deg2rad(settings.shear) * rng.uniform(-1, 1, (count, 2)))
        turn[:, :, :2] = turn[:, :, :2] @ shear
    height, width = target  # a turn is rigid in pixels, which are no squares in units of half a side
    turn[:, 0, 1] *= height / width
    turn[:, 1, 0] *= width / height
    return turn


def _resized_crops(least: float, rng: np.random.Generator, count: int, source: tuple[int, int]) -> np.ndarray:
    """Windows that keep a share of the area, within the picture: a side too long for it ends at the border."""
    area = rng.uniform(least, 1, count) * math.prod(source)
    ratio = np.exp(rng.uniform(-1, 1, count) * math.log(LARGEST_RATIO))
    extent = np.rint(np.sqrt(np.stack([area / ratio, area * ratio], axis=1))).astype(np.int64)
    extent = extent.clip(1, source)
    corner = rng.integers(0, np.array(source) - extent, endpoint=True)
    return np.concatenate([corner, extent], axis=1)
