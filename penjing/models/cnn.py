"""A small convolutional network for small pictures.

    x (B, C, H, W) -> [conv 3x3, norm, relu] x 2 -> halve -> ... -> means over cells -> dropout -> head -> logits (B, K)

The shape of VGG (Simonyan and Zisserman, ICLR 2015, arXiv 1409.1556) with batch norm (Ioffe and Szegedy, ICML 2015)
and a mean in place of the large linear layers (Lin et al., "Network in Network", 2013). Departure: the head starts near
zero, so that the first loss is ln K. Strided convolutions in place of pooling are those of Springenberg et al.,
"Striving for Simplicity", 2014 (arXiv 1412.6806). This file imports torch and nothing else: it can be carried off and
used alone.
"""

from typing import Literal, get_args

import torch.nn.functional as F
from torch import Tensor, nn

Pooling = Literal["max", "average", "convolution"]


class CNN(nn.Module):
    """Stages of two convolutions, each stage after the first at half the size.

    Args:
        classes: K.
        channels: C, 1 for grey and 3 for color.
        widths: channels of each stage.
        grid: cells a side that the head tells apart; 1 is one mean over the picture, for what may stand anywhere in it.
        dropout: share of features that are dropped before the head while training.
        kernels: side of the convolutions, of all stages or of each.
        strides: by how much each stage divides the size that it gets; None: the first by 1, the others by 2.
        padding: zeros around the input of convolutions, of all stages or of each; None: half a kernel, so that odd
            kernels keep the size. With 0, pictures that are too small for all stages fail in forward.
        pooling: how a stage divides its size: the maximum or the average over windows of stride x stride, or the
            stride of its first convolution.

    Raises:
        ValueError: a tuple is not as long as `widths`, or there is no such pooling.
    """

    def __init__(  # noqa: PLR0913  what a textbook's convolutional network can be told
        self,
        classes: int,
        channels: int = 1,
        *,
        widths: tuple[int, ...] = (32, 64),
        grid: int = 1,
        dropout: float = 0.1,
        kernels: int | tuple[int, ...] = 3,
        strides: tuple[int, ...] | None = None,
        padding: int | tuple[int, ...] | None = None,
        pooling: Pooling = "max",
    ) -> None:
        super().__init__()
        if pooling not in get_args(Pooling):
            raise ValueError(f"there is no pooling {pooling!r}; there are {', '.join(get_args(Pooling))}")
        sides = one_a_stage("kernels", kernels, len(widths))
        divisors = one_a_stage("strides", (1, *[2] * (len(widths) - 1)) if strides is None else strides, len(widths))
        halves = tuple((side - 1) // 2 for side in sides)
        margins = one_a_stage("padding", halves if padding is None else padding, len(widths))
        stages: list[nn.Module] = []
        c_in = channels
        for width, side, divisor, margin in zip(widths, sides, divisors, margins, strict=True):
            if divisor > 1 and pooling != "convolution":
                stages.append(nn.MaxPool2d(divisor) if pooling == "max" else nn.AvgPool2d(divisor))
            stride = divisor if pooling == "convolution" else 1
            stages += [Block(c_in, width, side, stride, margin), Block(width, width, side, 1, margin)]
            c_in = width
        self.stages = nn.Sequential(*stages)
        self.dropout = nn.Dropout(dropout)
        self.grid = grid
        self.head = nn.Linear(c_in * grid**2, classes)
        nn.init.normal_(self.head.weight, std=0.01)
        nn.init.zeros_(self.head.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Normalized pictures (B, C, H, W) float32 -> logits (B, K)."""
        x = self.stages(x)  # (B, D, H / 2, W / 2) with two stages
        cells = x.mean(dim=(2, 3)) if self.grid == 1 else F.adaptive_avg_pool2d(x, self.grid).flatten(1)
        logits: Tensor = self.head(self.dropout(cells))
        return logits


class Block(nn.Module):
    """A convolution, batch norm and ReLU: (B, C_in, H, W) -> (B, C_out, H / stride, W / stride) with half a kernel."""

    def __init__(self, c_in: int, c_out: int, side: int, stride: int, padding: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(c_in, c_out, side, stride, padding, bias=False)
        self.norm = nn.BatchNorm2d(c_out)
        nn.init.kaiming_normal_(self.conv.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        """The three in a row."""
        return F.relu(self.norm(self.conv(x)))


def one_a_stage(name: str, given: int | tuple[int, ...], stages: int) -> tuple[int, ...]:
    """A number for each stage; one alone stands for all."""
    numbers = (given,) * stages if isinstance(given, int) else given
    if len(numbers) != stages:
        raise ValueError(f"{name} has {len(numbers)} numbers, and there are {stages} stages: {numbers}")
    return numbers
