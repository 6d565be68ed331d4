"""AlexNet: five convolutions and three linear layers, the network that began the trade.

    x (B, C, H, W) -> [conv, relu, halve] x 2 -> [conv, relu] x 3 -> halve -> mean over the cells of a grid of 6 x 6
        -> [dropout, linear, relu] x 2 -> linear -> logits (B, K)

Krizhevsky, Sutskever and Hinton, "ImageNet Classification with Deep Convolutional Neural Networks", NeurIPS 2012, with
the widths of Krizhevsky, "One weird trick", 2014 (arXiv 1404.5997), in torchvision's form: names and shapes of weights
are torchvision's, so its state dict loads and gives its outputs. As there, responses are not normalized and no layer is
divided between two cards. Departures: weights start as He et al., ICCV 2015 (arXiv 1502.01852), in place of one spread
for all layers; the last layer starts near zero, so that the first loss is ln K; and there is a form for small pictures.
This file imports torch and nothing else: it can be carried off and used alone.
"""

from typing import Literal, get_args

import torch.nn.functional as F
from torch import Tensor, nn

Stem = Literal["large", "small"]


class AlexNet(nn.Module):
    """Torchvision's AlexNet, and one for small pictures.

    Args:
        classes: K.
        channels: C of a picture, 1 for grey and 3 for color.
        width: channels of the first convolution; the others have 3, 6, 4 and 4 times as many, hidden linear layers 64.
        stem: "large" begins with 11x11 at stride 4, and needs sides of 63 pixels or more. "small" begins with 5x5 at
            stride 1, as Krizhevsky's own networks for CIFAR-10 did (cuda-convnet, 2012), and pads where it halves, so
            it takes any size; its linear layers read the grid of 4 x 4 that 32 pixels give. `stem_for` chooses by size.
        dropout: share of features that are dropped before each hidden linear layer while training; the paper's 0.5.

    Raises:
        ValueError: there is no such stem.
    """

    def __init__(
        self, classes: int, channels: int = 3, *, width: int = 64, stem: Stem = "large", dropout: float = 0.5
    ) -> None:
        super().__init__()
        if stem not in get_args(Stem):
            raise ValueError(f"there is no stem {stem!r}; there are {', '.join(get_args(Stem))}")
        large = stem == "large"
        first = nn.Conv2d(channels, width, 11, 4, padding=2) if large else nn.Conv2d(channels, width, 5, padding=2)
        padding = 0 if large else 1  # where sizes are halved; without it, less than 63 pixels end as nothing
        self.features = nn.Sequential(
            first,
            nn.ReLU(),
            nn.MaxPool2d(3, 2, padding),
            nn.Conv2d(width, 3 * width, 5, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(3, 2, padding),
            nn.Conv2d(3 * width, 6 * width, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(6 * width, 4 * width, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(4 * width, 4 * width, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(3, 2, padding),
        )
        self.grid = 6 if large else 4
        head = nn.Linear(64 * width, classes)
        self.classifier = nn.Sequential(
            nn.Dropout(dropout),
            nn.Linear(4 * width * self.grid**2, 64 * width),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(64 * width, 64 * width),
            nn.ReLU(),
            head,
        )
        self.apply(initialize)
        nn.init.normal_(head.weight, std=0.001)

    def forward(self, x: Tensor) -> Tensor:
        """Normalized pictures (B, C, H, W) float32 -> logits (B, K)."""
        x = self.features(x)  # (B, 4 width, 6, 6) of 224 pixels, (B, 4 width, 4, 4) of 32 with the small stem
        logits: Tensor = self.classifier(F.adaptive_avg_pool2d(x, self.grid).flatten(1))
        return logits


def stem_for(height: int, width: int) -> Stem:
    """Which stem suits pictures of H x W pixels: the small one where a side is below 64."""
    return "small" if min(height, width) < 64 else "large"


def initialize(module: nn.Module) -> None:
    """Weights that keep the size of the signal; biases zero."""
    if isinstance(module, nn.Conv2d | nn.Linear):
        nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        assert module.bias is not None
        nn.init.zeros_(module.bias)
