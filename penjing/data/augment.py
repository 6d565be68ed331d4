"""Augmentation in batched tensors; every number is drawn from the generator that is handed in."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor


def affine(x: Tensor, rng: np.random.Generator, *, shift: float, rotate: float, scale: float) -> Tensor:
    """Shift, turn and stretch each picture by its own draw, zeros flowing in at the border.

    Args:
        x: (B, C, H, W) float32.
        rng: where the draws come from.
        shift: largest shift along each axis, as a share of the picture's side.
        rotate: largest turn to either side, degrees.
        scale: largest growth or shrinking, as a share: 0.1 is 0.9 to 1.1.

    Returns:
        (B, C, H, W) float32, sampled bilinearly.
    """
    draws = rng.uniform(-1, 1, (4, len(x))).astype(np.float32)
    angle = np.deg2rad(rotate) * draws[0]
    stretch = 1 / (1 + scale * draws[1])
    theta = np.empty((len(x), 2, 3), dtype=np.float32)  # maps target to source, in units of half a side
    theta[:, 0, 0] = theta[:, 1, 1] = stretch * np.cos(angle)
    theta[:, 1, 0] = stretch * np.sin(angle)
    theta[:, 0, 1] = -theta[:, 1, 0]
    theta[:, :, 2] = 2 * shift * draws[2:].T
    grid = F.affine_grid(torch.from_numpy(theta), list(x.shape), align_corners=False)
    return F.grid_sample(x, grid, align_corners=False)


def zoom_with_boxes(
    x: Tensor, boxes_xyxy: Tensor, rng: np.random.Generator, *, shift: float, scale: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Shift each picture and stretch it along each axis by its own draw; boxes travel with it. Zeros flow in.

    Args:
        x: (B, C, H, W) float32.
        boxes_xyxy: (B, M, 4) float32, pixels; x1, y1 is the upper left corner of the first pixel inside.
        rng: where the draws come from.
        shift: largest shift along each axis, as a share of the picture's side.
        scale: largest growth or shrinking, as a share: 0.1 is 0.9 to 1.1.

    Returns:
        The pictures, sampled bilinearly; their boxes, (B, M, 4) float32, cut at the border; and (B, M) bool, False
        where less than half of a box is left.
    """
    draws = torch.from_numpy(rng.uniform(-1, 1, (2, len(x), 2)).astype(np.float32))
    stretch, move = 1 + scale * draws[0], 2 * shift * draws[1]  # (B, 2) along x and y; in units of half a side
    theta = torch.zeros(len(x), 2, 3)  # maps target to source
    theta[:, [0, 1], [0, 1]] = 1 / stretch
    theta[:, :, 2] = -move / stretch
    moved = F.grid_sample(x, F.affine_grid(theta, list(x.shape), align_corners=False), align_corners=False)
    half = torch.tensor([x.shape[3], x.shape[2]]).repeat(2) / 2
    boxes = (boxes_xyxy / half - 1) * stretch.repeat(1, 2)[:, None] + move.repeat(1, 2)[:, None]
    return moved, *_cut((boxes + 1) * half, 2 * half)


def _cut(boxes_xyxy: Tensor, border: Tensor) -> tuple[Tensor, Tensor]:
    inside = boxes_xyxy.clamp(min=0).minimum(border)
    return inside, _area(inside) >= _area(boxes_xyxy) / 2


def _area(boxes_xyxy: Tensor) -> Tensor:
    return (boxes_xyxy[..., 2:] - boxes_xyxy[..., :2]).prod(dim=-1)
