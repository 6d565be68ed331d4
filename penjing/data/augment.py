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
