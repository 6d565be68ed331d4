"""Whether the network for photographs is fast where it is used: trained, and asked for one picture, on this CPU.

Beside it run ResNet-18, of whose blocks it is made, and MobileNetV2, whose depthwise convolutions need the fewest
multiply-adds of the three. All are trained in bfloat16 with channels last, by the same optimizer on the same batch, and
answer single pictures in float32. They take turns, and the ratio of each turn is taken before the median, so that a
machine that slows down slows all.

    python -m benchmarks.light [--side 128] [--rounds 15] [--json]
"""

import importlib
import json
import time
from collections.abc import Callable, Mapping

import click
import msgspec
import numpy as np
import torch
import torch.nn.functional as F
from rich.console import Console
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.augment import torchvision_transforms
from benchmarks.loop import Estimate
from benchmarks.throughput import ratio_of
from penjing.models.light_net import LightNet
from penjing.models.resnet import ResNet
from penjing.verbs.text import table

CLASSES, BATCH = 5, 64
STEPS, CALLS = 2, 10  # in a turn


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """A network: medians over turns, and how many times as fast the light one is."""

    network: str
    parameters: int
    macs: int  # of a picture
    pictures_per_second: float  # while training
    trains_faster: Estimate | None  # the light one than this; None for itself
    call_seconds: float  # of a single picture
    answers_faster: Estimate | None


def networks() -> Mapping[str, Callable[[], nn.Module]]:
    """By name, the light one first; MobileNetV2 only where torchvision is installed."""
    ours = {"light": lambda: LightNet(CLASSES), "ResNet-18": lambda: ResNet(CLASSES, depth=18, stem="large")}
    if torchvision_transforms() is None:  # which also lets its networks load beside a torch for CPUs
        return ours
    models = importlib.import_module("torchvision.models")
    return ours | {"MobileNetV2": lambda: models.mobilenet_v2(num_classes=CLASSES)}


class Contestant:
    """A network, trained and asked in turns.

    Args:
        network: fresh.
        x: (B, 3, H, W) float32, what it is trained on and whose first picture it is asked for.
    """

    def __init__(self, network: nn.Module, x: Tensor) -> None:
        self.network = network.to(memory_format=torch.channels_last)
        self.x, self.y = x.contiguous(memory_format=torch.channels_last), torch.arange(len(x)) % CLASSES
        self.optimizer = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9, nesterov=True, fused=True)
        self.rates: list[float] = []  # pictures a second, a turn each
        self.calls: list[float] = []  # calls a second

    def train(self) -> None:
        """A few steps."""
        self.network.train()
        began = time.perf_counter()
        for _ in range(STEPS):
            with torch.autocast("cpu", torch.bfloat16):
                loss = F.cross_entropy(self.network(self.x), self.y)
            self.optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            self.optimizer.step()
        self.rates.append(STEPS * len(self.x) / (time.perf_counter() - began))

    @torch.inference_mode()
    def answer(self) -> None:
        """A few calls with one picture."""
        self.network.eval()
        began = time.perf_counter()
        for _ in range(CALLS):
            self.network(self.x[:1])
        self.calls.append(CALLS / (time.perf_counter() - began))

    @torch.inference_mode()
    def macs(self) -> int:
        """Multiply-adds of one picture."""
        self.network.eval()
        with FlopCounterMode(display=False) as counter:
            self.network(self.x[:1])
        return int(counter.get_total_flops() // 2)


def measure(side: int, rounds: int) -> list[Result]:
    """All in turn; the first turn warms up."""
    x = torch.randn(BATCH, 3, side, side, generator=torch.Generator().manual_seed(0))
    all_ = {name: Contestant(build(), x) for name, build in networks().items()}
    for _ in range(rounds + 1):
        for one in all_.values():
            one.train()
            one.answer()
    light = next(iter(all_.values()))
    return [
        Result(
            network=name,
            parameters=sum(parameter.numel() for parameter in one.network.parameters()),
            macs=one.macs(),
            pictures_per_second=float(np.median(one.rates[1:])),
            trains_faster=None if one is light else ratio_of(light.rates[1:], one.rates[1:]),
            call_seconds=float(1 / np.median(one.calls[1:])),
            answers_faster=None if one is light else ratio_of(light.calls[1:], one.calls[1:]),
        )
        for name, one in all_.items()
    ]


def show(results: list[Result], side: int, console: Console) -> None:
    """One table."""
    rows = [
        (
            result.network,
            f"{result.parameters:,}",
            f"{result.macs:,}",
            f"{result.pictures_per_second:,.0f}",
            f"{result.trains_faster.value:.2f} x" if result.trains_faster else "",
            f"{result.call_seconds * 1e3:.1f}",
            f"{result.answers_faster.value:.2f} x" if result.answers_faster else "",
        )
        for result in results
    ]
    headings = ["network", "parameters", "multiply-adds", "trained, pictures/s", "light is", "a call, ms", "light is"]
    console.print(table(headings, rows, title=f"Pictures of {side} x {side}, {torch.get_num_threads()} threads"))


@click.command()
@click.option("--side", default=128, show_default=True, help="Of the pictures, pixels.")
@click.option("--rounds", default=15, show_default=True, help="Turns of each network.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def main(side: int, rounds: int, as_json: bool) -> None:
    """Measure how fast the light network trains and answers, beside two others."""
    results = measure(side, rounds)
    if as_json:
        told = {"side": side, "batch": BATCH, "threads": torch.get_num_threads(), "rounds": rounds}
        click.echo(json.dumps(told | {"results": msgspec.to_builtins(results)}))
    else:
        show(results, side, Console(highlight=False))


if __name__ == "__main__":
    main()
