"""What the loops of `benchmarks/throughput.py` train on what: the same network, pictures and batch size for all."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from torch import nn

from penjing.models.fast_net import FastNet
from penjing.models.resnet import ResNet

DATA = "../shared/data"
CIFAR10, FLOWERS = f"{DATA}/cifar10.zip", f"{DATA}/flower_photos.zip"
LR, MOMENTUM = 0.01, 0.9
ENDLESS = "1000000steps"


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """What all loops of a comparison train on what."""

    name: str
    network: str  # of NETWORKS
    source: str  # the .zip that ours reads
    folder: str = ""  # the same pictures as an image folder, for the others
    size: int  # pixels: the side of a picture
    batch_size: int
    optimizer: str = "sgd"  # of ours; the others' is always SGD with Nesterov's momentum
    floor: float | None = None
    aim: float | None = None


def fast(classes: int) -> nn.Module:
    """The network of the speedruns."""
    return FastNet(classes)


def resnet18(classes: int) -> nn.Module:
    """With torchvision's stem, whatever the size of pictures."""
    return ResNet(classes, depth=18, stem="large")


def resnet18_of(spec: Any) -> nn.Module:
    """The same, as Penjing asks for a network by path."""
    return resnet18(len(spec.classes))


NETWORKS: dict[str, tuple[Callable[[int], nn.Module], str]] = {  # as the others build it, and as ours names it
    "fast": (fast, "fast"),
    "resnet18": (resnet18, f"{Path(__file__).resolve()}:resnet18_of"),
}


def settings_of(case: Case) -> dict[str, Any]:
    """What is typed; all else is as `penjing train` takes it by itself, augmentation too."""
    typed = {
        "model": NETWORKS[case.network][1],
        "batch_size": case.batch_size,
        "size": case.size,
        "budget": ENDLESS,
        "evaluations": 0,
    }
    if case.optimizer != "default":
        typed |= {"optimizer": case.optimizer, "lr": LR, "momentum": MOMENTUM, "weight_decay": 5e-4}
    return typed


CASES = (
    Case(name="fast, 32 px", network="fast", source=CIFAR10, size=32, batch_size=256, floor=1.5, aim=2.0),
    Case(
        name="fast, 32 px; ours with its own optimizer",
        network="fast",
        source=CIFAR10,
        size=32,
        batch_size=256,
        optimizer="default",
    ),
    Case(
        name="ResNet-18, torchvision's stem, 32 px",
        network="resnet18",
        source=CIFAR10,
        size=32,
        batch_size=128,
        floor=1.3,
        aim=2.0,
    ),
    Case(
        name="ResNet-18, 128 px: compute-bound",
        network="resnet18",
        source=FLOWERS,
        size=128,
        batch_size=32,
        floor=1.0,
        aim=2.0,
    ),
)
