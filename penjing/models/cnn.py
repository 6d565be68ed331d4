"""A small convolutional network for small pictures.

    x (B, C, H, W) -> [conv 3x3, norm, relu] x 2 -> halve -> ... -> mean over H, W -> dropout -> head -> logits (B, K)

The shape of VGG (Simonyan and Zisserman, ICLR 2015, arXiv 1409.1556) with batch norm (Ioffe and Szegedy, ICML 2015)
and a mean in place of the large linear layers (Lin et al., "Network in Network", 2013). Departure: the head starts near
zero, so that the first loss is ln K. This file imports torch and nothing else: it can be carried off and used alone.
"""

from torch import Tensor, nn


class CNN(nn.Module):
    """Stages of two convolutions, each stage after the first at half the size.

    Args:
        classes: K.
        channels: C, 1 for grey and 3 for colour.
        widths: channels of each stage.
        dropout: share of features that are dropped before the head while training.
    """

    def __init__(
        self, classes: int, channels: int = 1, *, widths: tuple[int, ...] = (32, 64), dropout: float = 0.1
    ) -> None:
        super().__init__()
        stages: list[nn.Module] = []
        c_in = channels
        for i, width in enumerate(widths):
            if i > 0:
                stages.append(nn.MaxPool2d(2))
            stages += [Block(c_in, width), Block(width, width)]
            c_in = width
        self.stages = nn.Sequential(*stages)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(c_in, classes)
        nn.init.normal_(self.head.weight, std=0.01)
        nn.init.zeros_(self.head.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Normalized pictures (B, C, H, W) float32 -> logits (B, K)."""
        x = self.stages(x)  # (B, D, H / 2, W / 2) with two stages
        logits: Tensor = self.head(self.dropout(x.mean(dim=(2, 3))))
        return logits


class Block(nn.Module):
    """A 3x3 convolution, batch norm and ReLU: (B, C_in, H, W) -> (B, C_out, H, W)."""

    def __init__(self, c_in: int, c_out: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(c_in, c_out, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(c_out)
        nn.init.kaiming_normal_(self.conv.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        """The three in a row."""
        return nn.functional.relu(self.norm(self.conv(x)))
