"""What tasks on composed scenes share: a stream of them, moved and stretched. See `data/scenes.py`."""

from typing import NamedTuple

import msgspec
import torch
from torch import Tensor

from penjing.data.augmentation.zooming import zoom_with_boxes
from penjing.data.scenes import Composed
from penjing.randomness import generator
from penjing.tasks.pictures import Normalize


class Batch(NamedTuple):
    """Normalized scenes and what is in them, padded to the most objects of a scene."""

    x: Tensor  # (B, C, H, W) float32
    boxes_xyxy: Tensor  # (B, M, 4) float32, pixels
    labels: Tensor  # (B, M) int64, -1 where there is no object


class MovedScenes(msgspec.Struct, frozen=True):
    """A stream of scenes that no step sees twice.

    Args:
        composed: gives the scenes of each step.
        normalize: what the network expects.
        shift: largest shift of a whole scene, as a share of its side.
        scale: largest growth or shrinking along each axis, as a share.
    """

    composed: Composed
    normalize: Normalize
    shift: float
    scale: float

    @property
    def steps_per_epoch(self) -> int:
        """An epoch is as many scenes as there are objects to compose them of."""
        return self.composed.steps_per_epoch

    def at(self, step: int) -> Batch:
        """The batch of a step: a function of (data, seed, step)."""
        pictures, boxes_xyxy, labels = map(torch.from_numpy, self.composed.at(step))
        rng = generator(self.composed.seed, f"augment/{self.composed.share.rank}", step)
        x = pictures.permute(0, 3, 1, 2).float()
        x, boxes_xyxy, is_seen = zoom_with_boxes(x, boxes_xyxy, rng, shift=self.shift, scale=self.scale)
        return Batch(self.normalize(x), boxes_xyxy, labels.where(is_seen, -1))
