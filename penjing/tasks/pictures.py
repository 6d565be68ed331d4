"""What tasks on pictures share: normalization, the same in training and artifact, and a stream of augmented batches."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from penjing.data.batches import Shuffled
from penjing.randomness import generator

Augment = Callable[[Tensor, np.random.Generator], Tensor]  # (B, C, H, W) -> the same shape, zeros flowing in


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
    """A batch: normalized pictures and one label each."""

    x: Tensor  # (B, C, H, W) float32
    y: Tensor  # (B,) int64


class PictureStream:
    """Shuffled batches of pictures, each moved by its own draw.

    Args:
        pictures: (N, H, W, C) uint8.
        labels: (N,) int64.
        order: which examples a step sees; its seed is that of the augmentation too.
        normalize: of this data.
        augment: moves a batch; called with black at zero, so that what flows in at the border is black.
    """

    def __init__(
        self, pictures: np.ndarray, labels: np.ndarray, order: Shuffled, normalize: Normalize, augment: Augment
    ) -> None:
        self.x = torch.from_numpy(pictures).permute(0, 3, 1, 2).float()  # (N, C, H, W), 0..255
        self.y = torch.from_numpy(labels)
        self.order, self.normalize, self.augment = order, normalize, augment

    @property
    def steps_per_epoch(self) -> int:
        """Batches in one pass."""
        return self.order.steps_per_epoch

    def at(self, step: int) -> LabelledPictures:
        """The batch of a step: a function of (data, seed, step)."""
        at = torch.from_numpy(self.order.at(step))
        rng = generator(self.order.seed, f"augment {self.order.share.rank}", step)
        return LabelledPictures(self.normalize(self.augment(self.x[at], rng)), self.y[at])
