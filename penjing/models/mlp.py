"""A multilayer perceptron on flattened pictures: the control that knows nothing of neighbours.

    x (B, C, H, W) -> (B, C * H * W) -> [linear, relu] ... -> logits (B, K)

Rumelhart, Hinton and Williams, Nature 1986, with ReLU (Glorot et al., AISTATS 2011). The head starts near zero, so that
the first loss is ln K. This file imports torch and nothing else: it can be carried off and used alone.
"""

from torch import Tensor, nn


class MLP(nn.Module):
    """Linear layers with ReLU between.

    Args:
        features: C * H * W of the pictures.
        classes: K.
        widths: units of each hidden layer.
    """

    def __init__(self, features: int, classes: int, *, widths: tuple[int, ...] = (256, 128)) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Flatten()]
        for width in widths:
            layers += [nn.Linear(features, width), nn.ReLU()]
            features = width
        self.body = nn.Sequential(*layers)
        self.head = nn.Linear(features, classes)
        nn.init.normal_(self.head.weight, std=0.01)
        nn.init.zeros_(self.head.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Normalized pictures (B, C, H, W) float32 -> logits (B, K)."""
        logits: Tensor = self.head(self.body(x))
        return logits
