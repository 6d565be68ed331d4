"""A light residual network for photographs of 96 to 256 pixels, chosen by its measured speed on a CPU.

    x (B, C, H, W) -> stem [conv 7x7 by 2, norm, relu, max 3x3 by 2] -> stages of residual blocks, each after the first
        halving H and W -> means over cells -> dropout -> head -> logits (B, K)

Stem and blocks are those of He et al., "Deep Residual Learning", CVPR 2016 (arXiv 1512.03385), with half the channels
and one block a stage: a seventh of ResNet-18's cost. A shortcut that halves averages first, as ResNet-D's in He et al.,
"Bag of Tricks", CVPR 2019 (arXiv 1812.01187), and the last norm of a block starts at zero, as there.
Chosen by training: in equal time on flowers of 128 pixels this stem learned more than a convolution of 4x4 by 4 (34 %
faster a step) or two strided 3x3 (10 % faster). There are no depthwise convolutions: on a CPU they wait for memory, and
trained two to five times slower than plain ones of ten times the multiply-adds. `benchmarks/light.py` trains and asks
this one beside ResNet-18 and MobileNetV2. The head starts near zero, so that the first loss is ln K. This file imports
torch and nothing else: it can be carried off and used alone.
"""

import torch.nn.functional as F
from torch import Tensor, nn


class LightNet(nn.Module):
    """Residual stages behind a stem that quarters the size; any size will do, 96 to 256 pixels are what it is for.

    At 128 pixels the last stage sees 4 x 4 places; below 32 pixels it is down to one, and small pictures had better
    take a network without a strided stem.

    Args:
        classes: K.
        channels: C of a picture, 1 for grey and 3 for color.
        widths: channels of each stage.
        blocks: of each stage.
        grid: cells a side that the head tells apart; 1 is one mean over the picture, for what may stand anywhere in it.
        dropout: share of features that are dropped before the head while training.

    Raises:
        ValueError: `blocks` is not as long as `widths`.
    """

    def __init__(
        self,
        classes: int,
        channels: int = 3,
        *,
        widths: tuple[int, ...] = (32, 64, 128, 256),
        blocks: tuple[int, ...] = (1, 1, 1, 1),
        grid: int = 1,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if len(blocks) != len(widths):
            raise ValueError(f"blocks has {len(blocks)} numbers, and there are {len(widths)} stages: {blocks}")
        c_in = widths[0]
        self.stem = nn.Sequential(conv_norm(channels, c_in, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, padding=1))
        self.stages = nn.Sequential()
        for stage, (width, count) in enumerate(zip(widths, blocks, strict=True)):
            for block in range(count):
                self.stages.append(Block(c_in, width, stride=2 if stage > 0 and block == 0 else 1))
                c_in = width
        self.dropout = nn.Dropout(dropout)
        self.grid = grid
        self.head = nn.Linear(c_in * grid**2, classes)
        self.apply(initialize)

    def forward(self, x: Tensor) -> Tensor:
        """Normalized pictures (B, C, H, W) float32 -> logits (B, K)."""
        x = self.stages(self.stem(x))  # (B, D, H / 32, W / 32) with four stages
        cells = x.mean(dim=(2, 3)) if self.grid == 1 else F.adaptive_avg_pool2d(x, self.grid).flatten(1)
        logits: Tensor = self.head(self.dropout(cells))
        return logits


class Block(nn.Module):
    """Two 3x3 convolutions beside a shortcut: (B, C_in, H, W) -> (B, C_out, H / stride, W / stride), rounded up."""

    def __init__(self, c_in: int, c_out: int, stride: int) -> None:
        super().__init__()
        self.conv1 = conv_norm(c_in, c_out, 3, stride)
        self.conv2 = nn.Conv2d(c_out, c_out, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(c_out)
        nn.init.zeros_(self.norm2.weight)  # the block starts as its shortcut
        self.shortcut = nn.Sequential()  # x itself where the shape stays
        if stride > 1:
            self.shortcut.append(nn.AvgPool2d(stride, ceil_mode=True))
        if c_in != c_out:
            self.shortcut.append(nn.Conv2d(c_in, c_out, 1, bias=False))
            self.shortcut.append(nn.BatchNorm2d(c_out))

    def forward(self, x: Tensor) -> Tensor:
        """The block of figure 2 of the paper."""
        return F.relu(self.norm2(self.conv2(F.relu(self.conv1(x)))) + self.shortcut(x))


def conv_norm(c_in: int, c_out: int, side: int, stride: int) -> nn.Sequential:
    """A convolution and batch norm: (B, C_in, H, W) -> (B, C_out, H / stride, W / stride), rounded up."""
    return nn.Sequential(nn.Conv2d(c_in, c_out, side, stride, side // 2, bias=False), nn.BatchNorm2d(c_out))


def initialize(module: nn.Module) -> None:
    """He et al., ICCV 2015 (arXiv 1502.01852) for convolutions; a head near zero."""
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    elif isinstance(module, nn.Linear):
        nn.init.normal_(module.weight, std=0.01)
        nn.init.zeros_(module.bias)
