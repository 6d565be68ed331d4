"""From raw pictures to what a network says of them: how they are opened, the graph that is exported, its samples."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import torch.nn.functional as F
from torch import Tensor, nn

from penjing.data.dataset import Dataset
from penjing.models.resize import Resize
from penjing.runtime.steps.open_picture import OpenPicture
from penjing.tasks.pictures import Normalize
from penjing.tasks.task import Signature

TestTime = Literal["none", "mirror", "shift", "mirror_shift"]
SHIFT = 32  # a shift is one of so many parts of the shorter side, and at least a pixel


class PictureGraph(nn.Module):
    """Resize, normalize, ask the network, read its answer.

    Args:
        network: (B, C, height, width) float32, normalized -> (B, K).
        size: height and width that the network takes, pixels.
        normalize: of the train split.
        read: what the network gives to what is answered, both (B, K): softmax, sigmoid, a change of unit.
        test_time: what the answer is the mean of. "mirror": the picture and its mirror image. "shift": it, and moved
            along the diagonal both ways, which have half of the answer between them. "mirror_shift": these three and
            their mirror images. Each look costs as much as one.

    Source: Jordan, "94 % on CIFAR-10 in 3.29 seconds on a single GPU", 2024 (arXiv 2404.00498), whose multi-crop
    evaluation is "mirror_shift".
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
        self.mirrors = test_time in ("mirror", "mirror_shift")
        self.shifts = test_time in ("shift", "mirror_shift")

    def forward(self, picture: Tensor) -> Tensor:
        """(B, H, W, C) uint8 of any size -> (B, K)."""
        x = self.normalize(self.resize(picture.permute(0, 3, 1, 2).float()))
        answer = self.look(x)
        if not self.shifts:
            return answer
        higher, lower = shifted(x)
        return (answer + (self.look(higher) + self.look(lower)) / 2) / 2

    def look(self, x: Tensor) -> Tensor:
        """(B, C, height, width) float32, normalized -> (B, K), the mean over both sides where it mirrors."""
        answer: Tensor = self.read(self.network(x))
        return (answer + self.read(self.network(x.flip(3)))) / 2 if self.mirrors else answer


def shifted(x: Tensor) -> tuple[Tensor, Tensor]:
    """(B, C, H, W) moved up to the left, and down to the right; what flows in is the border."""
    height, width = x.shape[2:]
    by = max(min(height, width) // SHIFT, 1)
    padded = F.pad(x, (by, by, by, by), mode="replicate")
    return padded[:, :, 2 * by :, 2 * by :], padded[:, :, :height, :width]


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
