"""An anchor-free detector for small pictures: objects are peaks of a map, and each peak knows its box.

    x (B, C, H, W) -> stem, down to a quarter and an eighth, up again -> maps (B, K + 4, H / 4, W / 4)

Zhou, Wang and Kraehenbuehl, "Objects as Points", 2019 (arXiv 1904.07850): a heat map for each class, its peaks found by
max-pooling. From Liu et al., "Training-Time-Friendly Network", AAAI 2020 (arXiv 1909.00700): four distances from a
point to the sides of its box in place of size and offset, learned around the peak too, with a generalized IoU loss.
Departure: peaks are those of the likeliest class, so that one object is answered once.
This file imports torch and nothing else: it can be carried off and used alone.
"""

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

STRIDE = 4  # pixels between two points of a map
PRIOR = 0.01  # probability of an object at a point before training, so that empty points do not drown the rest


class CenterNet(nn.Module):
    """A small encoder and decoder: 0.16 M parameters with the default widths and ten classes.

    Args:
        classes: K.
        channels: C of a picture.
        widths: channels at a half, a quarter and an eighth of the picture's size.
    """

    def __init__(self, classes: int, channels: int = 1, *, widths: tuple[int, int, int] = (32, 64, 96)) -> None:
        super().__init__()
        half, quarter, eighth = widths
        self.stem = Block(channels, half, stride=2)
        self.down = nn.Sequential(Block(half, quarter, stride=2), Block(quarter, quarter))
        self.context = nn.Sequential(Block(quarter, eighth, stride=2), nn.Conv2d(eighth, quarter, 1, bias=False))
        self.head = Block(quarter, quarter)
        self.maps = nn.Conv2d(quarter, classes + 4, 1)
        nn.init.normal_(self.maps.weight, std=0.01)
        start = [-math.log((1 - PRIOR) / PRIOR)] * classes + [0.0] * 4  # of boxes: two strides wide and high
        self.maps.bias = nn.Parameter(torch.tensor(start))

    def forward(self, x: Tensor) -> Tensor:
        """Normalized pictures (B, C, H, W) float32, sides multiples of 8 -> maps (B, K + 4, H / 4, W / 4).

        The first K maps are logits; the last four are logarithms of the distances to the left, upper, right and lower
        side of the box, in units of the stride.
        """
        x = self.stem(x).contiguous(memory_format=torch.channels_last)  # twice as fast on a CPU
        x = self.down(x)  # (B, D, H / 4, W / 4)
        x = x + F.interpolate(self.context(x), scale_factor=2.0, mode="nearest")
        maps: Tensor = self.maps(self.head(x))
        return maps


class Block(nn.Module):
    """A 3x3 convolution, batch norm and ReLU: (B, C_in, H, W) -> (B, C_out, H / stride, W / stride)."""

    def __init__(self, c_in: int, c_out: int, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(c_in, c_out, 3, stride, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(c_out)
        nn.init.kaiming_normal_(self.conv.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        """The three in a row."""
        return F.relu(self.norm(self.conv(x)))


class Targets(NamedTuple):
    """What the maps should be."""

    heat: Tensor  # (B, K, h, w) float32 in 0..1: 1 at an object's center, a Gaussian around it
    weight: Tensor  # (B, M, h, w) float32: how much each point counts for each object's box; sums to 1 over an object


def targets_of(boxes_xyxy: Tensor, labels: Tensor, classes: int, height: int, width: int) -> Targets:
    """Draw a Gaussian for each object, its spread a sixth of the box (CornerNet's radius, Law and Deng, ECCV 2018).

    Args:
        boxes_xyxy: (B, M, 4) float32, pixels.
        labels: (B, M) int64; -1 where a picture has fewer than M objects.
        classes: K.
        height: h of the maps.
        width: w of the maps.
    """
    boxes = boxes_xyxy / STRIDE
    center = (boxes[..., :2] + boxes[..., 2:]) / 2  # (B, M, 2) x, y
    cell = torch.minimum(center.floor(), boxes.new_tensor([width - 1, height - 1])).clamp(min=0)
    spread = ((boxes[..., 2:] - boxes[..., :2]) / 6).clamp(min=0.25)
    x = (torch.arange(width, device=boxes.device) - cell[..., :1]) / spread[..., :1]  # (B, M, w)
    y = (torch.arange(height, device=boxes.device) - cell[..., 1:]) / spread[..., 1:]  # (B, M, h)
    there = (labels >= 0).to(boxes.dtype)[..., None, None]
    bump = there * torch.exp(-(y[..., :, None] ** 2 + x[..., None, :] ** 2) / 2)  # (B, M, h, w)
    of_class = F.one_hot(labels.clamp(min=0), classes).to(boxes.dtype)  # (B, M, K)
    heat = (of_class[..., None, None] * bump[:, :, None]).amax(dim=1)
    return Targets(heat, bump / bump.sum(dim=(2, 3), keepdim=True).clamp(min=1e-6))


def heat_loss(logits: Tensor, heat: Tensor) -> Tensor:
    """The focal loss of equation 1 of the paper, summed; near a center a false alarm costs less.

    Args:
        logits: (B, K, h, w) float32.
        heat: (B, K, h, w) float32, 1 exactly at centers.

    Returns:
        () float32, nats.
    """
    probability = logits.sigmoid()
    at_center = (1 - probability) ** 2 * F.logsigmoid(logits)
    elsewhere = (1 - heat) ** 4 * probability**2 * F.logsigmoid(-logits)
    return -torch.where(heat == 1, at_center, elsewhere).sum()


def box_loss(distances: Tensor, boxes_xyxy: Tensor, weight: Tensor) -> Tensor:
    """One less the generalized IoU (Rezatofighi et al., CVPR 2019), weighted by the Gaussians, summed over objects.

    Args:
        distances: (B, 4, h, w) float32, logarithms, as `CenterNet.forward` gives them.
        boxes_xyxy: (B, M, 4) float32, pixels.
        weight: (B, M, h, w) float32, as in `Targets`.

    Returns:
        () float32; between 0 and 2 for each object.
    """
    found, truth = boxes_at(distances)[:, None], boxes_xyxy[:, :, None, None]  # (B, 1, h, w, 4), (B, M, 1, 1, 4)
    shared = _area(torch.maximum(found[..., :2], truth[..., :2]), torch.minimum(found[..., 2:], truth[..., 2:]))
    hull = _area(torch.minimum(found[..., :2], truth[..., :2]), torch.maximum(found[..., 2:], truth[..., 2:]))
    union = _area(found[..., :2], found[..., 2:]) + _area(truth[..., :2], truth[..., 2:]) - shared
    return (weight * (1 - shared / union + (hull - union) / hull)).sum()


def _area(top_left: Tensor, bottom_right: Tensor) -> Tensor:
    return (bottom_right - top_left).clamp(min=0).prod(dim=-1)


def boxes_at(distances: Tensor) -> Tensor:
    """(B, 4, h, w) logarithms of distances -> the box of every point, (B, h, w, 4) float32, xyxy in pixels."""
    height, width = distances.shape[2:]
    x = (torch.arange(width, device=distances.device) + 0.5)[None, :].expand(height, width)
    y = (torch.arange(height, device=distances.device) + 0.5)[:, None].expand(height, width)
    sides = distances.permute(0, 2, 3, 1).clamp(max=6).exp()  # e^6 strides are more than any small picture
    signs = sides.new_tensor([-1.0, -1.0, 1.0, 1.0])
    return STRIDE * (torch.stack([x, y, x, y], dim=-1) + signs * sides)


def decode(maps: Tensor, most: int, height: int, width: int) -> tuple[Tensor, Tensor, Tensor]:
    """Peaks of the maps as boxes, the surest first; the same number for every picture, so that it can be exported.

    Args:
        maps: (B, K + 4, h, w) float32.
        most: boxes a picture; h * w where that is less.
        height: of the picture that boxes are wanted in, pixels; it may have been resized to 4 h.
        width: likewise.

    Returns:
        boxes_xyxy (B, M, 4) float32 in its pixels, classes (B, M) int64, scores (B, M) float32 near 0 where nothing is.
    """
    heat, labels = maps[:, :-4].sigmoid().max(dim=1)  # (B, h, w): one answer a point
    peaks = heat * (heat == F.max_pool2d(heat[:, None], 3, stride=1, padding=1)[:, 0])
    scores, at = peaks.flatten(1).topk(min(most, peaks[0].numel()), dim=1)
    boxes = boxes_at(maps[:, -4:]).flatten(1, 2).gather(1, at[..., None].expand(-1, -1, 4))
    x, y = width / (STRIDE * maps.shape[3]), height / (STRIDE * maps.shape[2])
    boxes = torch.stack([boxes[..., i] * factor for i, factor in enumerate((x, y, x, y))], dim=-1)
    return boxes, labels.flatten(1).gather(1, at), scores
