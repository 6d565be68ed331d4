"""Networks of torchvision and timm by name, with random weights: `torchvision:resnet50`, `timm:convnext_nano`."""

import importlib
from collections.abc import Callable
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from penjing.findings import stop
from penjing.tasks.networks import not_a_network, unknown_model


def is_library(model: str) -> bool:
    """Say whether a name begins with a library that is known here."""
    library, colon, _ = model.partition(":")
    return bool(colon) and library in LIBRARIES


def build(model: str, outputs: int, picture: tuple[int, int, int]) -> nn.Module:
    """Build a library's network, and see that pictures of this size give one number for each output.

    Args:
        model: `LIBRARY:NAME`.
        outputs: K.
        picture: channels, height, width.

    Raises:
        PenjingError: `not-installed`, `does-not-load`, `unknown-model` with the nearest name, `not-a-network`.
    """
    library, _, name = model.partition(":")
    network = LIBRARIES[library](name, outputs, picture[0])
    _expect_outputs(model, network, outputs, picture)
    return network


def _torchvision(name: str, outputs: int, channels: int) -> nn.Module:
    models = import_library("torchvision", "torchvision.models")
    known = models.list_models(module=models)  # those that classify
    _expect_known("torchvision", name, known, "torchvision.models.list_models(torchvision.models)")
    network: nn.Module = models.get_model(name, weights=None, num_classes=outputs)
    if channels != 3:
        _read_grey(f"torchvision:{name}", network, channels)
    return network


def _timm(name: str, outputs: int, channels: int) -> nn.Module:
    timm = import_library("timm", "timm")
    architecture, _, _ = name.partition(".")  # behind the dot: which weights
    _expect_known("timm", architecture, timm.list_models(), "timm.list_models()")
    network: nn.Module = timm.create_model(name, pretrained=False, num_classes=outputs, in_chans=channels)
    return network


LIBRARIES: dict[str, Callable[[str, int, int], nn.Module]] = {"torchvision": _torchvision, "timm": _timm}


def import_library(library: str, module: str, *, setting: str = "model") -> ModuleType:
    """A module of a library that need not be installed.

    Args:
        library: its name.
        module: of it.
        setting: whose value names the library.

    Raises:
        PenjingError: `not-installed`, `does-not-load`.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise stop(
            "not-installed",
            f"{library} is not here: {error}",
            where=f"{setting}={library}:...",
            why="the network's code is there.",
            try_=f"pip install {library}{_index()}; or a network of ours: penjing list models",
        ) from error
    except RuntimeError as error:  # of torch: an operation of its compiled half is missing
        raise stop(
            "does-not-load",
            f"{library} is here and does not load beside torch {torch.__version__}: {error}",
            where=f"{setting}={library}:...",
            why="a part of torchvision is compiled for one version of torch, and for CUDA or for CPUs alone: with any "
            "other it does not load, and without it neither torchvision nor timm can be imported.",
            try_=f"pip install --force-reinstall torch torchvision{_index()}  which gives two that pair; or a network "
            "of ours: penjing list models",
        ) from error


def _index() -> str:
    """Where pip finds a torchvision for CPUs, beside a torch for CPUs: by itself it takes one for CUDA."""
    return "" if torch.version.cuda else " --extra-index-url https://download.pytorch.org/whl/cpu"


def _expect_known(library: str, name: str, known: list[str], listing: str) -> None:
    if name not in known:
        raise unknown_model(
            f"{library}:{name}", name, known, f"{library} has", f"python -c 'import {library}; print({listing})'"
        )


@torch.no_grad()
def _read_grey(model: str, network: nn.Module, channels: int) -> None:
    """Let the first convolution read one channel as it would read that channel three times."""
    first = next((module for module in network.modules() if isinstance(module, nn.Conv2d)), None)
    if channels != 1 or first is None or first.in_channels != 3 or first.groups != 1:
        raise not_a_network(
            model, f"it reads pictures of 3 channels, and these have {channels}", try_="color=rgb, or a network of ours"
        )
    first.weight = nn.Parameter(first.weight.sum(dim=1, keepdim=True))
    first.in_channels = 1


def _expect_outputs(model: str, network: nn.Module, outputs: int, picture: tuple[int, int, int]) -> None:
    """Send two pictures through without computing anything: on the meta device, in training mode."""
    state = dict(network.named_parameters()) | dict(network.named_buffers())
    nothing = {name: tensor.to("meta") for name, tensor in state.items()}
    size = "x".join(map(str, picture[1:]))
    try:
        given: Any = functional_call(network, nothing, (torch.empty(2, *picture, device="meta"),))
    except (RuntimeError, ValueError, TypeError, AssertionError, IndexError) as error:
        raise not_a_network(
            model,
            f"it cannot read pictures of {size} pixels: {error}",
            try_="size=224, which most of its networks are made for; or a network of ours: penjing list models",
        ) from error
    if not isinstance(given, Tensor) or given.shape != (2, outputs):
        found = f"shape {tuple(given.shape)}" if isinstance(given, Tensor) else f"a {type(given).__name__}"
        raise not_a_network(
            model,
            f"for two pictures it gives {found} in training, and the task needs a tensor of shape (2, {outputs})",
            try_=f"{model.partition(':')[0]}:resnet50; or a function of your own that gives logits alone: file.py:name",
        )
