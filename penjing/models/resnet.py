"""ResNet-18 to ResNet-152: blocks that add to what they read, so that a hundred layers train like ten.

    x (B, C, H, W) -> stem -> four stages, each after the first halving H and W -> mean over H, W -> fc -> logits (B, K)

He et al., "Deep Residual Learning for Image Recognition", CVPR 2016 (arXiv 1512.03385), section 4.1, in torchvision's
form: names and shapes of weights are torchvision's, so its state dict loads and gives its outputs. As there, the 3x3
convolution of a bottleneck has the stride, where the paper's first 1x1 has it. Departures, both in how weights start:
the last norm of a block starts at zero, so that every block starts as its shortcut (Goyal et al., 2017, arXiv
1706.02677, section 5.1), and fc starts near zero, so that the first loss is ln K. The stem for small pictures is that
of section 4.2. This file imports torch and nothing else: it can be carried off and used alone.
"""

import itertools
from typing import Literal, get_args

import torch.nn.functional as F
from torch import Tensor, nn

Stem = Literal["large", "small"]


class ResNet(nn.Module):
    """A residual network of torchvision's family.

    Args:
        classes: K.
        channels: C of a picture, 1 for grey and 3 for color.
        depth: 18, 34, 50, 101 or 152.
        width: channels of the first stage's 3x3 convolutions; each later stage doubles them.
        stem: "large" quarters the sides (7x7 at stride 2, then pooling), and the network divides them by 32; "small" is
            one 3x3 convolution that keeps them, and the network divides by 8. `stem_for` chooses by size.
        stochastic_depth: share of pictures that skip the last block while training; it grows linearly with depth from
            near 0 at the first (Huang et al., ECCV 2016). The paper drops 0.5.
        zero_init: whether the last norm of a block starts at zero. Convolutions before it get no gradient in the very
            first step, and all do from the second on. False is torchvision's default.

    Raises:
        ValueError: there is no such depth or stem; `stochastic_depth` is no share.
    """

    def __init__(
        self,
        classes: int,
        channels: int = 3,
        *,
        depth: int = 18,
        width: int = 64,
        stem: Stem = "large",
        stochastic_depth: float = 0.0,
        zero_init: bool = True,
    ) -> None:
        super().__init__()
        if depth not in DEPTHS:
            raise ValueError(f"there is no ResNet of depth {depth}; there are {', '.join(map(str, DEPTHS))}")
        if stem not in get_args(Stem):
            raise ValueError(f"there is no stem {stem!r}; there are {', '.join(get_args(Stem))}")
        if not 0 <= stochastic_depth < 1:
            raise ValueError(f"stochastic_depth is a share in [0, 1), and {stochastic_depth} is none")
        blocks, kind = DEPTHS[depth]
        drops = iter([stochastic_depth * (i + 1) / sum(blocks) for i in range(sum(blocks))])
        shares = [list(itertools.islice(drops, count)) for count in blocks]  # for each stage, of each block
        side, stride = (7, 2) if stem == "large" else (3, 1)
        self.conv1 = nn.Conv2d(channels, width, side, stride, padding=side // 2, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1) if stem == "large" else nn.Identity()
        self.layer1 = stage(kind, width, width, 1, shares[0])
        self.layer2 = stage(kind, width * kind.expansion, width * 2, 2, shares[1])
        self.layer3 = stage(kind, width * kind.expansion * 2, width * 4, 2, shares[2])
        self.layer4 = stage(kind, width * kind.expansion * 4, width * 8, 2, shares[3])
        self.fc = nn.Linear(width * kind.expansion * 8, classes)
        self.apply(initialize)
        if zero_init:
            self.apply(start_as_shortcut)

    def forward(self, x: Tensor) -> Tensor:
        """Normalized pictures (B, C, H, W) float32 of any size -> logits (B, K)."""
        x = self.maxpool(F.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))  # (B, D, H / 32, W / 32); / 8 with the small stem
        logits: Tensor = self.fc(F.adaptive_avg_pool2d(x, 1).flatten(1))
        return logits


class BasicBlock(nn.Module):
    """Two 3x3 convolutions beside a shortcut: (B, C_in, H, W) -> (B, width, H / stride, W / stride)."""

    expansion = 1  # channels that it gives, in widths

    def __init__(self, c_in: int, width: int, stride: int, *, drop: float) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(c_in, width, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = shortcut(c_in, width, stride)
        self.drop = DropBranch(drop)

    def forward(self, x: Tensor) -> Tensor:
        """The block of figure 2 of the paper."""
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.drop(self.bn2(self.conv2(out)))
        return F.relu(out + (x if self.downsample is None else self.downsample(x)))


class Bottleneck(nn.Module):
    """A 1x1, a 3x3 and a 1x1 convolution beside a shortcut: (B, C_in, H, W) -> (B, 4 width, H / stride, W / stride)."""

    expansion = 4

    def __init__(self, c_in: int, width: int, stride: int, *, drop: float) -> None:
        super().__init__()
        c_out = self.expansion * width
        self.conv1 = nn.Conv2d(c_in, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, c_out, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(c_out)
        self.downsample = shortcut(c_in, c_out, stride)
        self.drop = DropBranch(drop)

    def forward(self, x: Tensor) -> Tensor:
        """The block of figure 5 of the paper, on the right."""
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        out = self.drop(self.bn3(self.conv3(out)))
        return F.relu(out + (x if self.downsample is None else self.downsample(x)))


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


DEPTHS: dict[int, tuple[tuple[int, ...], type[BasicBlock] | type[Bottleneck]]] = {  # blocks of each stage, their kind
    18: ((2, 2, 2, 2), BasicBlock),
    34: ((3, 4, 6, 3), BasicBlock),
    50: ((3, 4, 6, 3), Bottleneck),
    101: ((3, 4, 23, 3), Bottleneck),
    152: ((3, 8, 36, 3), Bottleneck),
}


def stage(
    kind: type[BasicBlock] | type[Bottleneck], c_in: int, width: int, stride: int, drops: list[float]
) -> nn.Sequential:
    """As many blocks as `drops` has entries; the first has the stride."""
    first = kind(c_in, width, stride, drop=drops[0])
    return nn.Sequential(first, *(kind(kind.expansion * width, width, 1, drop=drop) for drop in drops[1:]))


def shortcut(c_in: int, c_out: int, stride: int) -> nn.Sequential | None:
    """A 1x1 convolution where the shape changes (option B of the paper), nothing where it stays."""
    if stride == 1 and c_in == c_out:
        return None
    return nn.Sequential(nn.Conv2d(c_in, c_out, 1, stride, bias=False), nn.BatchNorm2d(c_out))


def stem_for(height: int, width: int) -> Stem:
    """Which stem suits pictures of H x W pixels: the small one where a side is below 64."""
    return "small" if min(height, width) < 64 else "large"


def initialize(module: nn.Module) -> None:
    """He et al., ICCV 2015 (arXiv 1502.01852) for convolutions; a head near zero."""
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    elif isinstance(module, nn.Linear):
        nn.init.normal_(module.weight, std=0.01)
        nn.init.zeros_(module.bias)


def start_as_shortcut(module: nn.Module) -> None:
    """The branch of a block gives zero at first."""
    if isinstance(module, BasicBlock):
        nn.init.zeros_(module.bn2.weight)
    elif isinstance(module, Bottleneck):
        nn.init.zeros_(module.bn3.weight)
