"""Pictures shifted and stretched along each axis by its own draw, boxes with them."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from penjing.data.augmentation.moving import cut_boxes


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
    return moved, *cut_boxes((boxes + 1) * half, 2 * half)
