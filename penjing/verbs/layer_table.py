"""list models MODEL: a network layer by layer."""

from typing import TYPE_CHECKING, Any

import msgspec
import torch

from penjing.config import Model
from penjing.data.sizes import parse_size
from penjing.findings import Finding, did_you_mean, stop
from penjing.inspection.layer_findings import findings_on
from penjing.inspection.layers import Layer, Layers, layers_of
from penjing.models import MODELS, USUAL
from penjing.tasks import by_path, library_networks
from penjing.tasks.class_spec import spec_without_data
from penjing.tasks.picture_networks import picture_network
from penjing.verbs.text import table

if TYPE_CHECKING:
    from rich.console import Console

HEADINGS = ("layer", "kind", "kernel", "stride", "padding", "output", "sees", "parameters", "MACs")


class ModelLayers(msgspec.Struct, frozen=True, kw_only=True):
    """A network, what it was built for, and its layers."""

    model: str
    classes: int
    layers: Layers
    findings: tuple[Finding, ...]


def model_layers(
    model: str, *, size: str | int | None = None, channels: int | None = None, classes: int | None = None
) -> ModelLayers:
    """Build a network as `classify` does, and look at it layer by layer.

    Args:
        model: a name of `penjing list models`, `torchvision:NAME`, `timm:NAME` or a path to a function of a Spec.
        size: of pictures, pixels: a side, or HEIGHTxWIDTH. None, here and below: what the network is mostly used for.
        channels: of pictures, 1 or 3.
        classes: how many.

    Raises:
        PenjingError: `unknown-model` with the nearest name, `other-task`, `model-fails`, `bad-setting`; those of
            `picture_network`.
    """
    if model not in MODELS and not library_networks.is_library(model) and not by_path.is_path(model):
        raise stop(
            "unknown-model",
            f"there is no network `{model}`",
            where=f"penjing list models {model}",
            why="behind `models` stands the network whose layers are wanted.",
            try_=did_you_mean(model, USUAL, otherwise="penjing list models  shows all; yours: package.module:name"),
        )
    if model in MODELS and model not in USUAL:
        raise stop(
            "other-task",
            f"`{model}` is a network of {MODELS[model][0]}, and layers are shown of those of classify",
            where=f"penjing list models {model}",
            why="it is built from another Spec, and answers something else.",
            try_="penjing list models  says which network serves which task",
        )
    usual_classes, usual_channels, side = USUAL.get(model, (1000, 3, 224))
    height, width = parse_size(side if size is None else size) or (side, side)
    picture = (usual_channels if channels is None else channels, height, width)
    outputs = usual_classes if classes is None else classes
    with torch.device("meta" if model in USUAL else "cpu"):  # ours need no memory to be looked at
        network = picture_network(Model(model), outputs, spec_without_data(outputs, picture))
    try:
        layers = layers_of(network, picture)
    except (RuntimeError, ValueError, TypeError, AssertionError, IndexError, AttributeError, KeyError) as error:
        raise stop(
            "model-fails",
            f"`{model}` fails on a picture of {'x'.join(map(str, picture))}: {type(error).__name__}: {error}",
            where=f"penjing list models {model}",
            why="layers are seen by sending a picture through.",
            try_="another --size or --channels",
        ) from error
    return ModelLayers(model=model, classes=outputs, layers=layers, findings=findings_on(layers))


def show(found: ModelLayers, console: "Console") -> None:
    """A row a layer, and the sums."""
    sums = f"{found.layers.parameters:,}", f"{found.layers.macs:,}"
    console.print(table(HEADINGS, [*map(_row, found.layers.rows), ("total", *[""] * 6, *sums)]))
    console.print(
        f"{found.model} for {found.classes} classes, one picture of {_by(found.layers.picture)}; "
        "sees: the receptive field, pixels; MACs: multiply-adds"
    )


def _row(layer: Layer) -> tuple[Any, ...]:
    dilated = layer.dilation is not None and layer.dilation != (1, 1)
    return (
        layer.name,
        layer.kind,
        "" if layer.kernel is None else _by(layer.kernel) + (f" dilated {_short(layer.dilation)}" if dilated else ""),
        _short(layer.stride),
        _short(layer.padding),
        "" if layer.output is None else _by(layer.output),
        _by(layer.receptive_field) if isinstance(layer.receptive_field, tuple) else layer.receptive_field or "",
        f"{layer.parameters:,}",
        f"{layer.macs:,}",
    )


def _by(sides: tuple[int, ...]) -> str:
    return "x".join(map(str, sides))


def _short(pair: tuple[float, float] | None) -> str:
    if pair is None:
        return ""
    return f"{pair[0]:g}" if pair[0] == pair[1] else f"{pair[0]:g}x{pair[1]:g}"
