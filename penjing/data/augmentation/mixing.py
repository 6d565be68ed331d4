"""Two pictures in one, each target counting by its share: mixup and cutmix."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from penjing.data.augmentation.patches import patches


class Mixed(NamedTuple):
    """A batch in which each picture holds a part of another."""

    x: Tensor  # (B, C, H, W) float32
    partner: Tensor  # (B,) int64: the other's place in the batch
    weight: Tensor  # (B,) float32: of the picture's own target; its partner's counts 1 - weight


def mixup(x: Tensor, rng: np.random.Generator, alpha: float) -> Mixed:
    """Blend each picture with another of its batch; the share is drawn from Beta(alpha, alpha).

    Source: Zhang et al., "mixup: Beyond Empirical Risk Minimization", ICLR 2018.
    """
    partner = torch.from_numpy(rng.permutation(len(x)))
    weight = torch.from_numpy(rng.beta(alpha, alpha, len(x)).astype(np.float32))
    return Mixed(torch.lerp(x[partner], x, weight.view(-1, 1, 1, 1)), partner, weight)


def cutmix(x: Tensor, rng: np.random.Generator, alpha: float) -> Mixed:
    """Fill a rectangle of each picture with the same place of another; the weight is the share that it keeps.

    Source: Yun et al., "CutMix: Regularization Strategy to Train Strong Classifiers with Localizable Features",
    ICCV 2019.
    """
    partner = rng.permutation(len(x))
    side = np.sqrt(1 - rng.beta(alpha, alpha, len(x)))
    mixed = x.clone()
    source, pixels = x.numpy(), mixed.numpy()
    cut = patches(np.stack([side, side], axis=1), rng, source.shape[2:])
    for i, (top, bottom, left, right) in enumerate(cut.tolist()):
        pixels[i, :, top:bottom, left:right] = source[partner[i], :, top:bottom, left:right]
    area = (cut[:, 1] - cut[:, 0]) * (cut[:, 3] - cut[:, 2])
    weight = (1 - area / (x.shape[2] * x.shape[3])).astype(np.float32)
    return Mixed(mixed, torch.from_numpy(partner), torch.from_numpy(weight))
