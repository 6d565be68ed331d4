"""What tasks on pictures share: normalization, as a module so that training and artifact do the same."""

import torch
from torch import Tensor, nn


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
        normalized: Tensor = (x - self.mean) / self.std
        return normalized
