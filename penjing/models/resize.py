"""Resize as two matrix products: the same pixels in PyTorch, ONNX Runtime and OpenVINO, and PIL's within one level.

    x (B, C, H, W) float32 in 0..255 -> along W -> round -> along H -> round -> (B, C, height, width)

PIL's bilinear filter with antialiasing: a triangle as wide as the larger of one pixel and the scale. The Resize node
of ONNX is read differently by different engines (at the border, or without antialiasing); plain products cannot be.
This file imports torch and nothing else: it can be carried off and used alone.
"""

import torch
from torch import Tensor, nn

# Many sums end in exactly one half, and processors add in different orders: just above it, none of them is in doubt
HALF = 0.5 + 2**-10


class Resize(nn.Module):
    """Resize pictures of any size to one size, as `PIL.Image.resize(..., BILINEAR)` does.

    Args:
        height: of the result, pixels.
        width: of the result, pixels.
    """

    def __init__(self, height: int, width: int) -> None:
        super().__init__()
        self.height = height
        self.width = width

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) float32 in 0..255 -> (B, C, height, width), whole numbers in 0..255."""
        x = _levels(x @ _weights(x.shape[3], self.width, x).T)  # (B, C, H, width)
        return _levels(_weights(x.shape[2], self.height, x) @ x)


def _weights(size: int, target: int, like: Tensor) -> Tensor:
    """(target, size): how much each source pixel gives to each target pixel; rows sum to one."""
    scale = size / target
    support = torch.clamp(torch.ones((), device=like.device) * scale, min=1.0)
    source = torch.arange(size, device=like.device, dtype=like.dtype) + 0.5
    centers = (torch.arange(target, device=like.device, dtype=like.dtype) + 0.5) * scale
    weights = torch.clamp(1 - torch.abs(source[None, :] - centers[:, None]) / support, min=0.0)
    return weights / weights.sum(dim=1, keepdim=True)


def _levels(x: Tensor) -> Tensor:
    return torch.clamp(torch.floor(x + HALF), 0, 255)
