"""Pictures, boxes and masks are moved to where they were placed."""

from typing import Literal, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from penjing.data.augmentation.placement import Placement

MODES: dict[str, Literal["constant", "reflect"]] = {"black": "constant", "reflect": "reflect"}  # numpy's words


class Boxes(NamedTuple):
    """Boxes that were moved."""

    xyxy: Tensor  # (B, M, 4) float32, pixels, cut at the border
    is_seen: Tensor  # (B, M) bool: False where less than half of the box is left


def move_pictures(pictures: np.ndarray, placement: Placement) -> Tensor:
    """Move pictures: by whole pixels where that is all, each resized from its window, or sampled bilinearly.

    A window that is resized is smoothed where it shrinks; a picture that is turned is not.

    Args:
        pictures: (B, H, W, C) uint8.
        placement: where they go.

    Returns:
        (B, C, h, w) in 0 to 255: float32 where sampled, else uint8, channels last in memory.
    """
    if placement.turn is not None:
        return _sample(torch.from_numpy(pictures).permute(0, 3, 1, 2).float(), placement, "bilinear")
    return torch.from_numpy(_cut(pictures, placement)).permute(0, 3, 1, 2)


def move_masks(masks: Tensor, placement: Placement, *, beyond: int = 0) -> Tensor:
    """Move masks with their pictures, each pixel taking the nearest value.

    Args:
        masks: (B, H, W) of any integer type.
        placement: where they go.
        beyond: the value that flows in at a black border, such as a class that the loss leaves out.

    Returns:
        (B, h, w) of the same type.
    """
    moved = _sample(masks.double()[:, None] - beyond, placement, "nearest")[:, 0] + beyond
    return moved.to(masks.dtype)


def move_boxes(boxes_xyxy: Tensor, placement: Placement) -> Boxes:
    """Move boxes with their pictures; a box that is turned is the smallest upright one around its corners.

    Where the border cuts off a corner of a turned box, the box that is left can be larger than what is seen of it.

    Args:
        boxes_xyxy: (B, M, 4) float32, pixels; x1, y1 is the upper left corner of the first pixel inside.
        placement: where they go.
    """
    matrix = placement.matrix.astype(np.float64)
    back = torch.from_numpy(np.linalg.inv(matrix[:, :, :2])).float()  # source to target
    offset = torch.from_numpy(matrix[:, None, :, 2]).float()
    source, target = (torch.tensor(size[::-1], dtype=torch.float32) for size in (placement.source, placement.target))
    corners = boxes_xyxy[..., [[0, 1], [2, 1], [0, 3], [2, 3]]].flatten(1, 2)  # (B, 4 M, 2)
    moved = ((2 * corners / source - 1 - offset) @ back.mT + 1) * target / 2
    moved = moved.reshape(*boxes_xyxy.shape[:2], 4, 2)
    return cut_boxes(torch.cat([moved.amin(dim=2), moved.amax(dim=2)], dim=-1), target.repeat(2))


def cut_boxes(boxes_xyxy: Tensor, border: Tensor) -> Boxes:
    """Cut boxes at the border, (4,): width, height, width, height."""
    inside = boxes_xyxy.clamp(min=0).minimum(border)
    return Boxes(inside, _area(inside) >= _area(boxes_xyxy) / 2)


def _area(boxes_xyxy: Tensor) -> Tensor:
    return (boxes_xyxy[..., 2:] - boxes_xyxy[..., :2]).prod(dim=-1)


def _cut(pictures: np.ndarray, placement: Placement) -> np.ndarray:
    """(B, H, W, C) uint8 -> (B, h, w, C): a loop over slices, which is faster here than one fancy index."""
    windows = placement.windows
    past = np.maximum(-windows[:, :2], windows[:, :2] + windows[:, 2:] - placement.source).max(axis=0).clip(0)
    if past.any():  # pixels by which windows stick out
        rows, columns = past.tolist()
        around = ((0, 0), (rows, rows), (columns, columns), (0, 0))
        pictures = np.pad(pictures, around, mode=MODES[placement.border])
        windows = windows + np.concatenate([past, [0, 0]])
    out = np.empty((len(pictures), *placement.target, pictures.shape[3]), dtype=np.uint8)
    for i, (top, left, height, width) in enumerate(windows.tolist()):
        window = pictures[i, top : top + height, left : left + width]
        if (height, width) != placement.target:
            window = _resized(window, placement.target)
        out[i] = window
    pixels = out.view(f"V{out.shape[3]}")[..., 0]  # (B, h, w): a pixel moves at once, not channel by channel
    upside_down, mirrored = placement.swapped.T
    pixels[upside_down] = pixels[upside_down, ::-1]
    pixels[mirrored] = pixels[mirrored, :, ::-1]
    return out


def _resized(window: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """(H, W, C) uint8 -> (h, w, C), bilinearly and smoothed where it shrinks."""
    x = torch.from_numpy(window).permute(2, 0, 1)[None]
    return F.interpolate(x, size, mode="bilinear", antialias=True)[0].permute(1, 2, 0).numpy()


def _sample(x: Tensor, placement: Placement, mode: str) -> Tensor:
    """(B, C, H, W) -> (B, C, h, w) of the same type, by one grid for the batch."""
    theta = torch.from_numpy(placement.matrix).to(x.dtype)
    grid = F.affine_grid(theta, [*x.shape[:2], *placement.target], align_corners=False)
    if placement.border == "black":
        return F.grid_sample(x, grid, mode=mode, align_corners=False)
    # The edge itself is the mirror, as in numpy, where corners are aligned; for that -1 to 1 must end in pixel centers.
    side = torch.tensor(placement.source[::-1], dtype=x.dtype)
    grid = grid * (side / (side - 1).clamp(min=1))
    return F.grid_sample(x, grid, mode=mode, padding_mode="reflection", align_corners=True)
