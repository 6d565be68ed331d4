"""What it takes to make of stored pictures what a network is trained on, on one core.

Each chain is timed over batches of 128 pictures, gathered from an array of uint8 as a training gathers them. Beside it
runs, where torchvision is installed, what a `Dataset` with its transforms does picture by picture; the two alternate,
so that a machine that slows down slows both.

    OMP_NUM_THREADS=1 python benchmarks/augment.py [--side 32] [--json]
"""

import functools
import importlib
import importlib.util
import json
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

import click
import msgspec
import numpy as np
import torch
from rich.console import Console

from penjing.data.augmentation.augment import Augment
from penjing.data.augmentation.settings import Augmentation
from penjing.randomness import generator
from penjing.verbs.text import table

OPERATORS = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]  # lives as long as the process
BATCH, STORED = 128, 2_000
MEAN, STD = (0.49, 0.48, 0.45), (0.25, 0.24, 0.26)
FLOOR_SIDE = 32  # pixels: what is promised is promised of pictures of this size

COLOR = {"brightness": 0.4, "contrast": 0.4, "saturation": 0.4}
CROP = {"crop": 0.125, "border": "reflect", "mirror": True}
TURN = {"shift": 0.1, "rotate": 10.0, "scale": 0.1, "mirror": True}
CASES: dict[str, tuple[dict[str, Any], float | None]] = {  # settings, and the most microseconds a picture
    "normalize": ({}, None),
    "crop, mirror, normalize": (CROP, 12),
    "crop, mirror, color, normalize, cut out": (CROP | COLOR | {"cutout": 0.25}, 30),
    "turn, mirror, color, normalize, cut out": (TURN | COLOR | {"cutout": 0.25}, 30),
    "resized crop, mirror, normalize": ({"resized_crop": 0.35, "mirror": True}, None),
}


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the table: medians over batches, microseconds a picture."""

    case: str
    ours: float
    torchvision: float | None  # None: not installed
    most: float | None
    reached: bool | None


def measure(case: str, settings: dict[str, Any], most: float | None, *, side: int, batches: int) -> Result:
    """Time ours and torchvision's in turn."""
    rng = np.random.default_rng(0)
    stored = rng.integers(0, 256, (STORED, side, side, 3), dtype=np.uint8)
    augment, theirs = Augment(Augmentation(**settings), MEAN, STD), torchvision_chain(settings, side)
    ours_seconds, their_seconds = [], []
    for step in range(batches + 3):
        at = rng.integers(0, STORED, BATCH)
        ours_seconds.append(_seconds(lambda at: augment(stored[at], generator(0, "augment", step)), at))  # noqa: B023
        if theirs:
            their_seconds.append(_seconds(lambda at: torch.stack([theirs(stored[i]) for i in at]), at))
    ours = _median(ours_seconds)
    promised = most if side == FLOOR_SIDE else None
    return Result(
        case=case,
        ours=ours,
        torchvision=_median(their_seconds) if theirs else None,
        most=promised,
        reached=ours <= promised if promised is not None else None,
    )


def torchvision_chain(settings: dict[str, Any], side: int) -> Callable[[np.ndarray], torch.Tensor] | None:
    """The same as torchvision's transforms, (H, W, C) uint8 -> (C, H, W) float32; None where it is not installed."""
    v2 = torchvision_transforms()
    if v2 is None:
        return None
    own = Augmentation(**settings)
    steps = []
    if own.crop:
        steps.append(v2.RandomCrop(side, padding=round(own.crop * side), padding_mode="reflect"))
    if own.resized_crop < 1:
        steps.append(v2.RandomResizedCrop(side, scale=(own.resized_crop, 1), antialias=True))
    if own.rotate:
        bilinear = v2.InterpolationMode.BILINEAR
        scales = (1 - own.scale, 1 + own.scale)
        steps.append(v2.RandomAffine(own.rotate, (own.shift, own.shift), scales, interpolation=bilinear))
    if own.mirror:
        steps.append(v2.RandomHorizontalFlip())
    if own.brightness:
        steps.append(v2.ColorJitter(own.brightness, own.contrast, own.saturation))
    steps += [v2.ToDtype(torch.float32, scale=True), v2.Normalize(MEAN, STD)]
    if own.cutout:
        steps.append(v2.RandomErasing(1.0, scale=(own.cutout**2,) * 2, ratio=(1, 1)))
    chain = v2.Compose(steps)
    return lambda picture: chain(torch.from_numpy(picture).permute(2, 0, 1))


@functools.cache
def torchvision_transforms() -> ModuleType | None:
    """`torchvision.transforms.v2`, also where its compiled half does not load: it is not needed."""
    if importlib.util.find_spec("torchvision") is None:
        return None
    try:
        return importlib.import_module("torchvision.transforms.v2")
    except RuntimeError:  # built for CUDA beside a torch for CPUs: "operator torchvision::nms does not exist"
        for name in ("nms", "qnms"):
            OPERATORS.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")  # type: ignore[no-untyped-call]
        return importlib.import_module("torchvision.transforms.v2")


def _seconds(run: Callable[[np.ndarray], torch.Tensor], at: np.ndarray) -> float:
    began = time.thread_time()  # of this core: what other programs take is not counted
    run(at)
    return time.thread_time() - began


def _median(seconds: list[float]) -> float:
    return float(np.median(seconds[3:])) / BATCH * 1e6  # the first warm up


def show(results: list[Result], side: int, console: Console) -> None:
    """One table."""
    verdicts = {None: "", True: "reached", False: "not reached"}
    rows = [
        (
            result.case,
            f"{result.ours:.1f}",
            "not installed" if result.torchvision is None else f"{result.torchvision:.0f}",
            "" if result.most is None else f"at most {result.most:.0f}",
            verdicts[result.reached],
        )
        for result in results
    ]
    title = f"Microseconds a picture of {side} x {side} pixels, one thread, median over batches of {BATCH}"
    console.print(table(["chain, with gathering", "ours", "torchvision", "claim", ""], rows, title=title))


@click.command()
@click.option("--side", default=FLOOR_SIDE, show_default=True, help="Of the pictures, pixels.")
@click.option("--batches", default=30, show_default=True, help="Timed batches of each chain.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def main(side: int, batches: int, as_json: bool) -> None:
    """Measure what augmentation costs, beside torchvision's."""
    torch.set_num_threads(1)
    results = [measure(case, *given, side=side, batches=batches) for case, given in CASES.items()]
    if as_json:
        click.echo(json.dumps({"side": side, "batch": BATCH, "results": msgspec.to_builtins(results)}))
    else:
        show(results, side, Console(highlight=False))


if __name__ == "__main__":
    main()
