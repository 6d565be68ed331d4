"""Networks that read a picture and give K numbers, by name: ours, torchvision's, timm's, or the user's by path."""

from functools import partial
from typing import Protocol

import numpy as np
import torch
from torch import nn

from penjing.config import Model
from penjing.findings import stop
from penjing.models import alexnet, resnet, resnet_small, vgg
from penjing.models.cnn import CNN
from penjing.models.fast_net import SIDE, FastNet, patch_covariance
from penjing.models.light_net import LightNet
from penjing.models.mlp import MLP
from penjing.tasks import library_networks, networks

Patches = tuple[tuple[float, ...], ...]
PATCHED = 2000  # pictures whose patches are looked at


class PictureSpec(Protocol):
    """What a task's Spec says of its pictures."""

    @property
    def channels(self) -> int:
        """Of a picture: 1 for grey, 3 for color."""

    @property
    def height(self) -> int:
        """Pixels."""

    @property
    def width(self) -> int:
        """Pixels."""

    @property
    def patches(self) -> Patches:
        """See `patches_for`."""


def picture_network(model: Model, outputs: int, spec: PictureSpec, *, grid: int = 1) -> nn.Module:
    """Build what the setting `model` names: (B, C, H, W) float32, normalized -> (B, outputs).

    Args:
        model: the name, and the settings that shape a network.
        outputs: K; one for each class, or the one number of a regression.
        spec: the task's; handed to a function of the user's own.
        grid: cells a side that `cnn` and `light` tell apart, for answers that depend on where something stands.

    Raises:
        PenjingError: those of `networks.pick` and `library_networks.build`.
    """
    picture = (spec.channels, spec.height, spec.width)
    if library_networks.is_library(model.model):
        networks.given_for(model, None)
        return library_networks.build(model.model, outputs, picture)
    return networks.pick(model, ours(outputs, spec, grid), spec)


def patches_for(model: Model, pictures: np.ndarray, mean: tuple[float, ...], std: tuple[float, ...]) -> Patches:
    """What `fast` whitens its input by, from a sample of the train split; empty for other networks.

    Args:
        model: the setting.
        pictures: (N, H, W, C) uint8.
        mean: of each channel on the scale 0 to 1.
        std: likewise.

    Returns:
        (4 C, 4 C), the covariance of patches of 2x2 normalized pixels.

    Raises:
        PenjingError: `too-small` where a picture holds no such patch.
    """
    if model.model != "fast":
        return ()
    height, width = pictures.shape[1:3]
    if min(height, width) < SIDE:
        raise stop(
            "too-small",
            f"`fast` begins with patches of {SIDE}x{SIDE} pixels, and pictures are {height}x{width}",
            where="model=fast",
            why="there is no such patch in them.",
            try_="model=cnn or model=mlp; or a larger size",
        )
    at = np.linspace(0, len(pictures) - 1, min(len(pictures), PATCHED)).astype(int)
    center, spread = np.array(mean, dtype=np.float32), np.array(std, dtype=np.float32)
    x = torch.from_numpy((pictures[at] / np.float32(255) - center) / spread).permute(0, 3, 1, 2)
    return tuple(map(tuple, patch_covariance(x).tolist()))


def ours(outputs: int, spec: PictureSpec, grid: int) -> dict[str, networks.Build]:
    """How to build each network of `penjing.models` that reads a picture and gives K numbers.

    Where a network begins in two ways, for small pictures and large ones, the size decides.
    """
    C, H, W = spec.channels, spec.height, spec.width
    return {
        "cnn": partial(_cnn, outputs, C, grid, halves=min(H, W) > 1),
        "mlp": partial(_mlp, C * H * W, outputs),
        "fast": partial(_fast, outputs, C, spec.patches),
        "light": partial(_light, outputs, C, grid),
        "alexnet": partial(alexnet.AlexNet, outputs, C, stem=alexnet.stem_for(H, W)),
        **{
            f"vgg{depth}{'_bn' if norm else ''}": partial(
                vgg.VGG, outputs, C, depth=depth, norm=norm, grid=vgg.grid_for(H, W)
            )
            for depth in vgg.DEPTHS
            for norm in (False, True)
        },
        **{
            f"resnet{depth}": partial(resnet.ResNet, outputs, C, depth=depth, stem=resnet.stem_for(H, W))
            for depth in resnet.DEPTHS
        },
        **{
            f"{kind}{depth}": partial(resnet_small.SmallResNet, outputs, C, depth=depth, residual=kind == "resnet")
            for kind in ("resnet", "plain")
            for depth in resnet_small.DEPTHS
        },
    }


def _cnn(classes: int, channels: int, grid: int, *, halves: bool, width: int = 32, dropout: float = 0.1) -> CNN:
    strides = (1, 2 if halves else 1)  # a side of one pixel has no half
    return CNN(classes, channels, widths=(width, 2 * width), grid=grid, dropout=dropout, strides=strides)


def _mlp(features: int, classes: int, *, width: int = 256) -> MLP:
    return MLP(features, classes, widths=(width, max(width // 2, 1)))


def _fast(classes: int, channels: int, patches: Patches, *, width: int = 0, dropout: float = 0.0) -> FastNet:
    width = width or (64 if channels > 1 else 32)  # what is grey, such as writing, needs little
    covariance = torch.tensor(patches) if patches else None
    return FastNet(classes, channels, widths=(width, 2 * width, 4 * width), covariance=covariance, dropout=dropout)


def _light(classes: int, channels: int, grid: int, *, width: int = 32, dropout: float = 0.0) -> LightNet:
    stages = 4 if grid == 1 else 3  # the fourth has too few places left to tell cells apart
    widths = tuple(width * 2**stage for stage in range(stages))
    return LightNet(classes, channels, widths=widths, blocks=(1,) * stages, grid=grid, dropout=dropout)
