"""From raw pictures to what a network says of them: how they are opened, the graph that is exported, its samples."""

from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple

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


class View(NamedTuple):
    """A picture as a network is asked of it."""

    picture: Tensor  # (B, C, height, width)
    share: float  # of the answer; those of all views sum to 1


class PictureGraph(nn.Module):
    """Resize, normalize, ask the network, read its answer.

    Args:
        network: (B, C, height, width) float32, normalized -> (B, K).
        size: height and width that the network takes, pixels.
        normalize: of the train split.
        read: what the network gives to what is answered, both (B, K): softmax, sigmoid, a change of unit.
        test_time: of which views the answer is the mean, at the cost of each: see `views`.
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
        self.test_time = test_time

    def forward(self, picture: Tensor) -> Tensor:
        """(B, H, W, C) uint8 of any size -> (B, K)."""
        x = self.normalize(self.resize(picture.permute(0, 3, 1, 2).float()))
        first, *others = (self.read(self.network(view.picture)) * view.share for view in views(x, self.test_time))
        answer: Tensor = sum(others, start=first)
        return answer


def views(x: Tensor, test_time: TestTime) -> Iterator[View]:
    """The picture as it is, and as it might as well have been taken.

    Jordan, "94 % on CIFAR-10 in 3.29 seconds on a single GPU", 2024 (arXiv 2404.00498): the six views of its multi-crop
    evaluation are those of "mirror_shift".

    Args:
        x: (B, C, height, width) float32.
        test_time: "none": the picture alone. "mirror": and its mirror image. "shift": and moved along the diagonal, by
            a pixel in 32 up to the left and down to the right, with half of the answer between them; what flows in is
            the border. "mirror_shift": these three, and their mirror images.
    """
    moved = [View(x, 1.0)]
    if "shift" in test_time:
        height, width = x.shape[2], x.shape[3]
        by = max(min(height, width) // SHIFT, 1)
        padded = F.pad(x, (by, by, by, by), mode="replicate")
        corners = padded[:, :, 2 * by :, 2 * by :], padded[:, :, :height, :width]
        moved = [View(x, 0.5), *(View(corner, 0.25) for corner in corners)]
    for view in moved:
        if "mirror" in test_time:
            yield View(view.picture, view.share / 2)
            yield View(view.picture.flip(3), view.share / 2)
        else:
            yield view


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
