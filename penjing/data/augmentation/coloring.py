"""Brightness, contrast and saturation, each picture by its own draw."""

import numpy as np
import torch
from torch import Tensor

LUMA = (0.2989, 0.587, 0.114)  # of red, green, blue; ITU-R BT.601 as torchvision rounds it


def draw_factors(
    rng: np.random.Generator, count: int, *, brightness: float, contrast: float, saturation: float
) -> Tensor:
    """Draw how bright, rich in contrast and saturated each picture becomes.

    Args:
        rng: where the draws come from.
        count: pictures in the batch, B.
        brightness: largest change, as a share: 0.4 is 0.6 to 1.4 times as bright.
        contrast: likewise.
        saturation: likewise.

    Returns:
        (3, B) float32, in this order; 1 leaves a picture as it is.
    """
    most = np.array([[brightness], [contrast], [saturation]])
    return torch.from_numpy((1 + most * rng.uniform(-1, 1, (3, count))).astype(np.float32))


def recolor(x: Tensor, factors: Tensor) -> Tensor:
    """Change saturation, then contrast, then brightness. Pixels are clamped once, at the end.

    Each is a blend, as in torchvision: with the pixel's grey, with the picture's mean grey, with black. Together they
    are one weighted sum of the three.

    Args:
        x: (B, C, H, W) float32 in 0 to 255; C = 3 are red, green, blue; of other C grey is the mean.
        factors: (3, B) float32: brightness, contrast, saturation.

    Returns:
        (B, C, H, W) float32 in 0 to 255.
    """
    b, c, s = factors[:, :, None, None, None]
    x, channels = x.contiguous(), x.shape[1]  # channel by channel, or greys would be spread over three floats at a time
    luma = torch.tensor(LUMA if channels == 3 else [1 / channels] * channels)
    grey = (luma @ x.flatten(2)).view(-1, 1, *x.shape[2:])
    mean = grey.mean(dim=(2, 3), keepdim=True)
    rest = b * c * (1 - s) * grey + b * (1 - c) * mean
    return torch.addcmul(rest, b * c * s, x).clamp_(0, 255)
