"""Whether the network for photographs is fast where it is used: trained, and asked for one picture, on this CPU.

Beside it run ResNet-18, of whose blocks it is made, and MobileNetV2, whose depthwise convolutions need the fewest
multiply-adds of the three. All are trained by the same optimizer on the same batch, in bfloat16 with channels last if
that is the faster way for the light one on this CPU, and answer single pictures in float32. They take turns, and the
ratio of each turn is taken before the median, so that a machine that slows down slows all.

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
FEW = 4  # pictures, which tell whether bfloat16 pays: without instructions for it a whole batch would take minutes


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
        is_quick: trained in bfloat16 with channels last, else in float32 and the usual order.
    """

    def __init__(self, network: nn.Module, x: Tensor, *, is_quick: bool) -> None:
        order = torch.channels_last if is_quick else torch.contiguous_format
        self.is_quick = is_quick
        self.network = network.to(memory_format=order)  # type: ignore[call-overload]
        self.x, self.y = x.contiguous(memory_format=order), torch.arange(len(x)) % CLASSES
        self.optimizer = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9, nesterov=True, fused=True)
        self.rates: list[float] = []  # pictures a second, a turn each
        self.calls: list[float] = []  # calls a second

    def train(self) -> None:
        """A few steps."""
        self.network.train()
        began = time.perf_counter()
        for _ in range(STEPS):
            with torch.autocast("cpu", torch.bfloat16, enabled=self.is_quick):
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


def quick_pays(x: Tensor) -> bool:
    """Whether the light network trains faster in bfloat16 with channels last on this CPU."""
    plain, quick = (Contestant(LightNet(CLASSES), x[:FEW], is_quick=is_quick) for is_quick in (False, True))
    for one in (plain, quick) * 2:  # the first turn warms up
        one.train()
    return quick.rates[1] > plain.rates[1]


def measure(side: int, rounds: int) -> tuple[list[Result], bool]:
    """All in turn, the first turn warms up; and whether they were trained in bfloat16 with channels last."""
    x = torch.randn(BATCH, 3, side, side, generator=torch.Generator().manual_seed(0))
    is_quick = quick_pays(x)
    all_ = {name: Contestant(build(), x, is_quick=is_quick) for name, build in networks().items()}
    for _ in range(rounds + 1):
        for one in all_.values():
            one.train()
            one.answer()
    light = next(iter(all_.values()))
    results = [
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
    return results, is_quick


def way(*, is_quick: bool) -> str:
    """How they were trained, in words."""
    return "bfloat16 with channels last" if is_quick else "float32, for bfloat16 does not pay on this processor"


def show(results: list[Result], side: int, trained: str, console: Console) -> None:
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
    title = f"Pictures of {side} x {side}, {torch.get_num_threads()} threads; trained in {trained}"
    console.print(table(headings, rows, title=title))


@click.command()
@click.option("--side", default=128, show_default=True, help="Of the pictures, pixels.")
@click.option("--rounds", default=15, show_default=True, help="Turns of each network.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def main(side: int, rounds: int, as_json: bool) -> None:
    """Measure how fast the light network trains and answers, beside two others."""
    results, is_quick = measure(side, rounds)
    trained = way(is_quick=is_quick)
    if as_json:
        told = {"side": side, "batch": BATCH, "trained": trained, "threads": torch.get_num_threads(), "rounds": rounds}
        click.echo(json.dumps(told | {"results": msgspec.to_builtins(results)}))
    else:
        show(results, side, trained, Console(highlight=False))


if __name__ == "__main__":
    main()
