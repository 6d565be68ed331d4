"""What is explained: the network of a classifier, on pictures as they are after resizing, pixels in 0..255.

pictures (H, W, C) uint8 -> resize -> (B, C, height, width) float32 -> normalize -> network -> logits (B, K)
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from penjing.explanation.gradients import integrated_gradients
from penjing.findings import stop
from penjing.tasks.classify import Classifier
from penjing.tasks.task import Graph


def classifier_of(graphs: Mapping[str, Graph], task: str) -> Classifier:
    """The classifier among a task's graphs.

    Raises:
        PenjingError: `not-for-this-task` where there is none.
    """
    for graph in graphs.values():
        if isinstance(graph.module, Classifier):
            return graph.module
    raise stop(
        "not-for-this-task",
        f"explain answers for classifiers of one class a picture; this `{task}` has none",
        where=f"task={task}",
        why="a map tells what moved one class; labels, boxes, text and actions are several things at once.",
        try_="penjing evaluate RUN  shows how good its answers are",
    )


class Explained(NamedTuple):
    """Pictures as the network gets them, its answers, and what moved them."""

    x: Tensor  # (B, C, height, width) float32 in 0..255
    targets: Tensor  # (B,) int64, the likeliest classes
    maps: Tensor  # (B, height, width) float32, in logits
    errors: Tensor  # (B,) float32, of completeness, as shares


def explained(classifier: Classifier, pictures: Sequence[np.ndarray]) -> Explained:
    """Map what moved the answer to each picture, (H, W, C) uint8 of any size."""
    logits, x = logits_of(classifier), resized(classifier, pictures)
    with torch.no_grad():
        targets = logits(x).argmax(dim=1)
    maps, errors = integrated_gradients(logits, x, targets, mean_color(classifier))
    return Explained(x, targets, maps, errors)


def logits_of(classifier: Classifier) -> nn.Module:
    """Resized pictures (B, C, height, width) float32 in 0..255 -> logits (B, K), in evaluation mode."""
    return nn.Sequential(classifier.normalize, classifier.network).eval()


def resized(classifier: Classifier, pictures: Sequence[np.ndarray]) -> Tensor:
    """Pictures (H, W, C) uint8 of any sizes to (B, C, height, width) float32 in 0..255."""
    tensors = (torch.tensor(picture).permute(2, 0, 1).float() for picture in pictures)
    with torch.no_grad():  # not inference mode: gradients are taken with respect to these pictures
        return torch.cat([classifier.resize(tensor[None]) for tensor in tensors])


def mean_color(classifier: Classifier) -> Tensor:
    """The train split's mean color, (1, C, 1, 1) float32 in 0..255: the picture that says nothing."""
    return classifier.normalize.mean
