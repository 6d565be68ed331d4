"""The chain: stored pictures to what a network is trained on.

(B, H, W, C) uint8 -> place -> color -> normalize -> cut out -> (B, C, h, w) float32
"""

import math

import numpy as np
import torch
from torch import Tensor

from penjing.data.augmentation.coloring import draw_factors, recolor
from penjing.data.augmentation.mixing import Mixed, cutmix, mixup
from penjing.data.augmentation.moving import move_pictures
from penjing.data.augmentation.patches import cut_out, patches
from penjing.data.augmentation.placement import Placement, place
from penjing.data.augmentation.settings import Augmentation

FLOATS = 2**18  # in 1 MB, what stays in a core's cache from one link of the chain to the next


class Augment:
    """Augments and normalizes a batch: `x = augment(pictures, rng)`.

    Where boxes or masks travel along, `placement = augment.place(pictures, rng)` comes first, then
    `augment.paint(pictures, placement, rng)`, `move_boxes(boxes, placement)` and `move_masks(masks, placement)`.

    Args:
        settings: how far each draw may go.
        mean: of each channel over the train split, on the scale 0 to 1.
        std: likewise.
        size: h, w of what leaves; None: that of the stored pictures.
    """

    def __init__(
        self,
        settings: Augmentation,
        mean: tuple[float, ...],
        std: tuple[float, ...],
        size: tuple[int, int] | None = None,
    ) -> None:
        self.settings, self.size = settings, size
        self.mean = 255 * torch.tensor(mean).view(1, -1, 1, 1)
        self.std = 255 * torch.tensor(std).view(1, -1, 1, 1)

    def __call__(self, pictures: np.ndarray, rng: np.random.Generator) -> Tensor:
        """(B, H, W, C) uint8 -> (B, C, h, w) float32, channels last in memory."""
        return self.paint(pictures, self.place(pictures, rng), rng)

    def place(self, pictures: np.ndarray, rng: np.random.Generator) -> Placement:
        """Draw where each picture goes."""
        source = (pictures.shape[1], pictures.shape[2])
        return place(self.settings, rng, len(pictures), source, self.size or source)

    def paint(self, pictures: np.ndarray, placement: Placement, rng: np.random.Generator) -> Tensor:
        """Move pictures to their places, color, normalize and cut out, a few at a time."""
        own, (count, *_, channels), size = self.settings, pictures.shape, placement.target
        factors = cut = None
        if own.brightness or own.contrast or own.saturation:
            changes = {"brightness": own.brightness, "contrast": own.contrast, "saturation": own.saturation}
            factors = draw_factors(rng, count, **changes)
        if own.cutout:
            cut = patches(np.full((count, 2), own.cutout), rng, size)
        layout = torch.channels_last if channels > 1 else torch.contiguous_format  # grey is both at once
        out = torch.empty((count, channels, *size), memory_format=layout)
        few = max(FLOATS // (channels * math.prod(size)), 1)
        for start in range(0, count, few):
            some = slice(start, start + few)
            x, target = move_pictures(pictures[some], placement.part(some)), out[some]
            if factors is not None:
                x = recolor(x.float(), factors[:, some])
            if x.dtype == torch.uint8:  # becomes floats where it is to lie: a copy less
                x = target.copy_(x)
            self._normalize(x)
            if cut is not None:
                cut_out(x, cut[some])
            if x is not target:
                target.copy_(x)
        return out

    def _normalize(self, x: Tensor) -> None:
        """In place; whole rows at a time where channels are last, for three floats at a time are slow."""
        if x.is_contiguous():
            x.sub_(self.mean).div_(self.std)
        else:
            width = x.shape[3]
            rows = x.permute(0, 2, 3, 1).view(-1, width * x.shape[1])
            rows.sub_(self.mean.flatten().repeat(width)).div_(self.std.flatten().repeat(width))

    @property
    def mixes(self) -> bool:
        """Whether batches are mixed, so that targets change too."""
        return bool(self.settings.mixup or self.settings.cutmix)

    def mix(self, x: Tensor, rng: np.random.Generator) -> Mixed:
        """Mix the pictures of a batch; where both kinds are on, a draw says which."""
        own = self.settings
        if own.mixup and (not own.cutmix or rng.random() < 0.5):
            return mixup(x, rng, own.mixup)
        return cutmix(x, rng, own.cutmix)
