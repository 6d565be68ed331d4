"""Where a training runs, and on how much of it: device, threads, freed memory, this process's share of each batch."""

import contextlib
import os
from collections.abc import Iterator

import torch

from penjing import randomness
from penjing.config import Train
from penjing.data.batches import Share
from penjing.findings import Finding, stop
from penjing.training.allocator import freed_memory


def choose(asked: str) -> torch.device:
    """The device asked for; `auto` takes CUDA, then Apple's MPS, then the CPU.

    Raises:
        PenjingError: `no-such-device` where the machine has none.
    """
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    name = next(name for name, is_there in there.items() if is_there) if asked == "auto" else asked
    if not there[name]:
        raise stop(
            "no-such-device",
            f"PyTorch finds no {name} device here",
            where=f"device={asked}",
            why="the training would have to run somewhere else than you asked.",
            try_="--device auto; penjing doctor  shows what is there",
        )
    return torch.device(name)


@contextlib.contextmanager
def threads(count: int) -> Iterator[None]:
    """Let PyTorch use this many threads for a while; 0 leaves its own choice."""
    before = torch.get_num_threads()
    torch.set_num_threads(count or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextlib.contextmanager
def execution(settings: Train) -> Iterator[None]:
    """Within, steps run as the settings say; afterwards the caller's random state, threads and allocator are back."""
    with torch.random.fork_rng(), threads(settings.threads), freed_memory(settings.allocator):
        yield


def untested(device: torch.device) -> list[Finding]:
    """A note on devices that Penjing's own tests never ran on."""
    if device.type == "cpu":
        return []
    return [
        Finding(
            rule="untested-device",
            severity="note",
            what=f"this training runs on {device.type}, where Penjing's tests have not been run",
            where=f"device={device.type}",
            why="the code is the same, but bit-identical resuming is proven on the CPU alone.",
            try_="--device cpu  where exactness matters more than speed",
        )
    ]


def share() -> Share:
    """This process's part of each batch, as torchrun would tell it.

    Raises:
        PenjingError: `one-process` where several were started: gradients are not exchanged yet.
    """
    share = Share(int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1")))
    if share.ranks > 1:
        raise stop(
            "one-process",
            f"{share.ranks} processes were started, Penjing trains with one so far",
            where="WORLD_SIZE",
            why="each would train a network of its own on a part of the data.",
            try_="start penjing without torchrun",
        )
    return share


def seed_dropout(seed: int, step: int, device: torch.device) -> None:
    """Seed what networks draw from in a step, such as dropout; torch.manual_seed takes 40 times as long on the CPU.

    Args:
        seed: of the training.
        step: which.
        device: where the network runs.
    """
    seed = randomness.integer(seed, "network", step)
    torch.default_generator.manual_seed(seed)
    if device.type == "cuda":
        torch.cuda.manual_seed(seed)
    elif device.type == "mps":
        torch.mps.manual_seed(seed)
