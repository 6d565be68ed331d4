"""What tasks on pictures share: normalization, the same in training and artifact, and a stream of augmented batches."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from penjing.data.augmentation.augment import Augment
from penjing.data.batches import Order
from penjing.randomness import generator


class Normalize(nn.Module):
    """Pixels in 0..255 to mean 0 and spread 1, channel by channel.

    Args:
        mean: of each channel over the train split, on the scale 0 to 1.
        std: likewise.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
        super().__init__()
        self.register_buffer("mean", 255 * torch.tensor(mean).view(1, -1, 1, 1), persistent=False)
        self.register_buffer("std", 255 * torch.tensor(std).view(1, -1, 1, 1), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) float32 in 0..255 -> the same shape."""
        return (x - self.mean) / self.std


class LabelledPictures(NamedTuple):
    """A batch: normalized pictures and what each is."""

    x: Tensor  # (B, C, H, W) float32
    y: Tensor  # (B, ...): classes, several labels or numbers

    def mean(self, losses: Callable[[Tensor], Tensor]) -> Tensor:
        """The mean loss of the batch, from a function that gives each picture's own: y (B, ...) -> losses (B,)."""
        return losses(self.y).mean()


class WeightedPictures(NamedTuple):
    """A batch whose pictures do not all count the same."""

    x: Tensor  # (B, C, H, W) float32
    y: Tensor  # (B, ...)
    weight: Tensor  # (B,) float32, 1 in the mean over the batch: so a part of it counts as it does in the whole

    def mean(self, losses: Callable[[Tensor], Tensor]) -> Tensor:
        """As that of other pictures; each loss counts by its weight."""
        return (self.weight * losses(self.y)).mean()


class MixedPictures(NamedTuple):
    """A batch whose pictures each hold a part of another: two truths each, counting by their shares."""

    x: Tensor  # (B, C, H, W) float32
    y: Tensor  # (B, ...)
    other_y: Tensor  # (B, ...)
    weight: Tensor  # (B,) float32: of y
    other_weight: Tensor  # (B,) float32: of other_y; 1 - weight, unless classes are weighted

    def mean(self, losses: Callable[[Tensor], Tensor]) -> Tensor:
        """As that of other pictures; each loss counts by its share."""
        return (self.weight * losses(self.y) + self.other_weight * losses(self.other_y)).mean()


class PictureStream:
    """Shuffled batches of pictures, each augmented by its own draw.

    Args:
        pictures: (N, H, W, C) uint8, perhaps a memory map: only the pictures of a batch are read.
        labels: (N, ...), one a picture.
        order: which examples a step sees; its seed is that of the augmentation too.
        augment: makes of a batch what the network is trained on.
        weights: (N,) float32, how much each picture counts; they are divided by their mean over each batch, so that an
            untrained network's loss is the same with every batch. None: all count the same.
        mirrored: (N, ...), the labels of the same pictures with left and right swapped. None: they stay the same.
    """

    def __init__(
        self,
        pictures: np.ndarray,
        labels: np.ndarray,
        order: Order,
        augment: Augment,
        weights: np.ndarray | None = None,
        mirrored: np.ndarray | None = None,
    ) -> None:
        self.pictures, self.labels, self.weights, self.mirrored = pictures, labels, weights, mirrored
        self.order, self.augment = order, augment

    @property
    def steps_per_epoch(self) -> int:
        """Batches in one pass."""
        return self.order.steps_per_epoch

    def at(self, step: int) -> LabelledPictures | WeightedPictures | MixedPictures:
        """The batch of a step: a function of (data, seed, step)."""
        at = self.order.at(step)
        rng = generator(self.order.seed, f"augment {self.order.share.rank}", step)
        pictures, y = self.pictures[at], torch.from_numpy(self.labels[at])
        placement = self.augment.place(pictures, rng)
        x = self.augment.paint(pictures, placement, rng)
        if self.mirrored is not None:
            y = torch.where(torch.from_numpy(placement.mirrored), torch.from_numpy(self.mirrored[at]), y)
        weight = None if self.weights is None else torch.from_numpy(self.weights[at] / self.weights[at].mean())
        if not self.augment.mixes:
            return LabelledPictures(x, y) if weight is None else WeightedPictures(x, y, weight)
        mixed = self.augment.mix(x, rng)
        own, other = mixed.weight, 1 - mixed.weight
        if weight is not None:
            own, other = own * weight, other * weight[mixed.partner]
        return MixedPictures(mixed.x, y, y[mixed.partner], own, other)
