"""ResNet for small pictures, and the plain network of the same depth beside it.

    x (B, C, H, W) -> stem -> 3 stages, each after the first halving H and W -> mean over H, W -> head -> logits (B, K)

He et al., "Deep Residual Learning for Image Recognition", CVPR 2016 (arXiv 1512.03385), section 4.2: 20, 32, 44, 56 or
110 layers, 6n + 2 in general. The plain network is the same without shortcuts: the paper's control, which grows worse
with depth. Departures: a shortcut is a 1x1 convolution where the shape changes (option B, 1 % more weights; the paper's
option A, zeros for the new channels, is `shortcuts="pad"`, with which a residual and a plain network have the very same
weights); the last norm of a block starts at zero, so that every block starts as its shortcut (Goyal et al., 2017, arXiv
1706.02677); the head starts near zero, so that the first loss is ln K.
This file imports torch and nothing else: it can be carried off and used alone.
"""

from typing import Literal, get_args

import torch.nn.functional as F
from torch import Tensor, nn

DEPTHS = (20, 32, 44, 56, 110)  # those of the paper's table 6
Shortcuts = Literal["project", "pad"]


class SmallResNet(nn.Module):
    """A residual or plain network for pictures of about 32 pixels; any size will do.

    Args:
        classes: K.
        channels: C of a picture, 1 for grey and 3 for color.
        depth: layers with weights, 6n + 2: 8, 14, 20, 26 ...
        width: channels of the first stage; the second has twice and the third four times as many.
        residual: False builds the plain network.
        shortcuts: where the shape changes: "project" by a 1x1 convolution and a norm, "pad" with zeros.
        stochastic_depth: share of pictures that skip the last block while training; it grows linearly with depth from
            near 0 at the first (Huang et al., ECCV 2016). The paper drops 0.5.
        zero_init: whether the last norm of a residual block starts at zero. Convolutions before it get no gradient in
            the very first step, and all do from the second on. A plain network has none that could.

    Raises:
        ValueError: the depth is not 6n + 2; there are no such shortcuts; `stochastic_depth` is no share, or a plain
                network's.
    """

    def __init__(
        self,
        classes: int,
        channels: int = 3,
        *,
        depth: int = 20,
        width: int = 16,
        residual: bool = True,
        shortcuts: Shortcuts = "project",
        stochastic_depth: float = 0.0,
        zero_init: bool = True,
    ) -> None:
        super().__init__()
        if depth < 8 or (depth - 2) % 6:
            raise ValueError(f"the depth of this network is 6n + 2 (8, 14, 20 ...), and {depth} is not")
        if shortcuts not in get_args(Shortcuts):
            raise ValueError(f"there are no shortcuts {shortcuts!r}; there are {', '.join(get_args(Shortcuts))}")
        if not 0 <= stochastic_depth < 1:
            raise ValueError(f"stochastic_depth is a share in [0, 1), and {stochastic_depth} is none")
        if stochastic_depth and not residual:
            raise ValueError("a plain network has no shortcuts, so no block of it can be skipped")
        blocks = (depth - 2) // 2  # of two convolutions each, in all three stages
        self.stem = nn.Sequential(nn.Conv2d(channels, width, 3, padding=1, bias=False), nn.BatchNorm2d(width))
        self.stages = nn.Sequential()
        c_in = width
        for i in range(blocks):
            stage, first = i // (blocks // 3), i % (blocks // 3) == 0
            c_out, stride = width * 2**stage, 2 if stage > 0 and first else 1
            beside = shortcut(c_in, c_out, stride, shortcuts) if residual else None
            self.stages.append(Block(c_in, c_out, stride, beside, drop=stochastic_depth * (i + 1) / blocks))
            c_in = c_out
        self.head = nn.Linear(c_in, classes)
        self.apply(initialize)
        if zero_init and residual:
            self.apply(start_as_shortcut)

    def forward(self, x: Tensor) -> Tensor:
        """Normalized pictures (B, C, H, W) float32 -> logits (B, K)."""
        x = self.stages(F.relu(self.stem(x)))  # (B, D, H / 4, W / 4)
        logits: Tensor = self.head(x.mean(dim=(2, 3)))
        return logits


class Block(nn.Module):
    """Two 3x3 convolutions, beside a shortcut or alone: (B, C_in, H, W) -> (B, C_out, H / stride, W / stride)."""

    def __init__(self, c_in: int, c_out: int, stride: int, shortcut: nn.Module | None, *, drop: float) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(c_in, c_out, 3, stride, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(c_out)
        self.conv2 = nn.Conv2d(c_out, c_out, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(c_out)
        self.shortcut = shortcut
        self.drop = DropBranch(drop)

    def forward(self, x: Tensor) -> Tensor:
        """The block of figure 2 of the paper, or its plain twin."""
        out = F.relu(self.norm1(self.conv1(x)))
        out = self.norm2(self.conv2(out))
        return F.relu(out if self.shortcut is None else self.drop(out) + self.shortcut(x))


class DropBranch(nn.Module):
    """Stochastic depth: while training, the branch is left out for a share `drop` of the pictures of a batch.

    The others' is scaled by 1 / (1 - drop), so that nothing need be scaled in evaluation. Departure from Huang et al.:
    each picture is drawn for itself, not the batch as a whole, so that every weight gets a gradient in every step.
    """

    def __init__(self, drop: float) -> None:
        super().__init__()
        self.share = drop

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> the same; x itself in evaluation."""
        if not self.training or self.share == 0:
            return x
        kept = x.new_empty(x.shape[0], 1, 1, 1).bernoulli_(1 - self.share)
        return x * (kept / (1 - self.share))


class Pad(nn.Module):
    """Every second point, zeros for the new channels: option A of the paper."""

    def __init__(self, stride: int, more: int) -> None:
        super().__init__()
        self.stride = stride
        self.more = more

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C + more, H / stride, W / stride)."""
        return F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.more))


def shortcut(c_in: int, c_out: int, stride: int, shortcuts: Shortcuts) -> nn.Module:
    """What stands beside a block: x itself where the shape stays."""
    if stride == 1 and c_in == c_out:
        return nn.Identity()
    if shortcuts == "pad":
        return Pad(stride, c_out - c_in)
    return nn.Sequential(nn.Conv2d(c_in, c_out, 1, stride, bias=False), nn.BatchNorm2d(c_out))


def initialize(module: nn.Module) -> None:
    """He et al., ICCV 2015 (arXiv 1502.01852) for convolutions; a head near zero."""
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    elif isinstance(module, nn.Linear):
        nn.init.normal_(module.weight, std=0.01)
        nn.init.zeros_(module.bias)


def start_as_shortcut(module: nn.Module) -> None:
    """The branch of a block gives zero at first."""
    if isinstance(module, Block):
        nn.init.zeros_(module.norm2.weight)
