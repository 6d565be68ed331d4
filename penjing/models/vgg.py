"""VGG-11 to VGG-19: nothing but 3x3 convolutions and halvings, then three linear layers.

    x (B, C, H, W) -> five stages, each ending in a halving of H and W -> mean over the cells of a grid of 7 x 7
        -> [linear, relu, dropout] x 2 -> linear -> logits (B, K)

Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", ICLR 2015 (arXiv
1409.1556), configurations A, B, D and E, in torchvision's form: names and shapes of weights are torchvision's, so its
state dict loads and gives its outputs. With batch norm (Ioffe and Szegedy, ICML 2015) it is torchvision's `vgg16_bn`;
without, the paper had to begin the deep ones from shallow ones that were trained before. Departures: weights start as
He et al., ICCV 2015 (arXiv 1502.01852), so that the signal keeps its size through all layers at any width; the last
layer starts near zero, so that the first loss is ln K.
This file imports torch and nothing else: it can be carried off and used alone.
"""

import torch.nn.functional as F
from torch import Tensor, nn

DEPTHS = {  # layers with weights: convolutions of each stage
    11: (1, 1, 2, 2, 2),
    13: (2, 2, 2, 2, 2),
    16: (2, 2, 3, 3, 3),
    19: (2, 2, 4, 4, 4),
}


class VGG(nn.Module):
    """A network of torchvision's VGG family.

    Args:
        classes: K.
        channels: C of a picture, 1 for grey and 3 for color.
        depth: 11, 13, 16 or 19.
        norm: whether batch norm follows each convolution.
        width: channels of the first stage; later ones have 2, 4, 8 and 8 times as many, hidden linear layers 64 times.
        grid: side of the grid that the linear layers read. Stages divide the picture's sides by 32, so 7 fits 224
            pixels; where the picture gives less, cells repeat, and cost as if they did not. `grid_for` chooses by size.
            With 1, halvings round up, so that pictures below 32 pixels pass as well, down to a single one.
        dropout: share of features that are dropped after each hidden linear layer while training; the paper's 0.5.

    Raises:
        ValueError: there is no such depth.
    """

    def __init__(
        self,
        classes: int,
        channels: int = 3,
        *,
        depth: int = 16,
        norm: bool = False,
        width: int = 64,
        grid: int = 7,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        if depth not in DEPTHS:
            raise ValueError(f"there is no VGG of depth {depth}; there are {', '.join(map(str, DEPTHS))}")
        self.features = nn.Sequential()
        c_in = channels
        for stage, convolutions in enumerate(DEPTHS[depth]):
            c_out = width * min(2**stage, 8)
            for _ in range(convolutions):
                self.features.append(nn.Conv2d(c_in, c_out, 3, padding=1))
                if norm:
                    self.features.append(nn.BatchNorm2d(c_out))
                self.features.append(nn.ReLU())
                c_in = c_out
            self.features.append(nn.MaxPool2d(2, ceil_mode=grid == 1))
        self.grid = grid
        head = nn.Linear(64 * width, classes)
        self.classifier = nn.Sequential(
            nn.Linear(c_in * grid**2, 64 * width),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(64 * width, 64 * width),
            nn.ReLU(),
            nn.Dropout(dropout),
            head,
        )
        self.apply(initialize)
        nn.init.normal_(head.weight, std=0.001)

    def forward(self, x: Tensor) -> Tensor:
        """Normalized pictures (B, C, H, W) float32, sides of 32 or more unless the grid is 1 -> logits (B, K)."""
        x = self.features(x)  # (B, 8 width, H / 32, W / 32)
        logits: Tensor = self.classifier(F.adaptive_avg_pool2d(x, self.grid).flatten(1))
        return logits


def grid_for(height: int, width: int) -> int:
    """The grid that pictures of H x W pixels fill: 1 below 64, 2 below 96 ... 7 from 224 on."""
    return min(max(min(height, width) // 32, 1), 7)


def initialize(module: nn.Module) -> None:
    """Weights that keep the size of the signal; biases zero."""
    if isinstance(module, nn.Conv2d | nn.Linear):
        nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        assert module.bias is not None
        nn.init.zeros_(module.bias)
