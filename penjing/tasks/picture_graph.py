"""From raw pictures to what a network says of them: how they are opened, the graph that is exported, its samples."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from torch import Tensor, nn

from penjing.data.dataset import Dataset
from penjing.models.resize import Resize
from penjing.runtime.steps.open_picture import OpenPicture
from penjing.tasks.pictures import Normalize
from penjing.tasks.task import Signature

TestTime = Literal["none", "mirror"]


class PictureGraph(nn.Module):
    """Resize, normalize, ask the network, read its answer.

    Args:
        network: (B, C, height, width) float32, normalized -> (B, K).
        size: height and width that the network takes, pixels.
        normalize: of the train split.
        read: what the network gives to what is answered, both (B, K): softmax, sigmoid, a change of unit.
        test_time: "mirror" answers with the mean over the picture and its mirror image, at twice the cost.
    """

    def __init__(
        self,
        network: nn.Module,
        size: tuple[int, int],
        normalize: Normalize,
        read: nn.Module,
        test_time: TestTime = "none",
    ) -> None:
        super().__init__()
        self.resize = Resize(*size)
        self.normalize = normalize
        self.network = network
        self.read = read
        self.mirrors = test_time == "mirror"

    def forward(self, picture: Tensor) -> Tensor:
        """(B, H, W, C) uint8 of any size -> (B, K)."""
        x = self.normalize(self.resize(picture.permute(0, 3, 1, 2).float()))
        answer: Tensor = self.read(self.network(x))
        return (answer + self.read(self.network(x.flip(3)))) / 2 if self.mirrors else answer


def picture_opener(channels: int, size: tuple[int, int] | None = None) -> OpenPicture:
    """How a picture is opened for a graph.

    Args:
        channels: 1 opens it grey, 3 in color.
        size: height and width that it is brought to before the graph sees it, pixels; None leaves that to the graph.
    """
    return OpenPicture("L" if channels == 1 else "RGB", size)


def picture_input(channels: int) -> Signature:
    """What a graph that begins with raw pictures takes: (B, H, W, C) uint8 of any size."""
    return Signature(("batch", "height", "width", channels), "uint8")


def picture_samples(data: Dataset, spec: Any) -> Sequence[np.ndarray]:
    """`samples` of a task on pictures: four test pictures, and one enlarged threefold: resizing is part of the proof.

    Returns:
        (H, W, C) uint8 each.
    """
    pictures = [np.asarray(picture) for picture in data.splits["test"].inputs[:4]]
    return [*pictures, pictures[0].repeat(3, axis=0).repeat(3, axis=1)]
