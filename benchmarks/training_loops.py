"""The loops that `benchmarks/throughput.py` holds against each other, each in a process of its own.

A loop trains a block of steps whenever its standard input says how many, and answers with the seconds that they took.
While another one runs, it waits.

    penjing       as `penjing train` runs it: the stream, the loop, log, checkpoints and rules, precision as measured
    plain-N       as people write it: `DataLoader` of N workers over torchvision's `ImageFolder`, transforms v2, fp32
    lightning-N   the same loader and transforms in Lightning's `Trainer`
"""

import importlib
import importlib.util
import json
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import msgspec
import torch
import torch.nn.functional as F
from rich.console import Console
from torch import Tensor, nn
from torch.utils.data import DataLoader, Sampler

from benchmarks.augment import torchvision_transforms
from benchmarks.training_cases import LR, MOMENTUM, NETWORKS, Case, settings_of
from penjing.run import Run
from penjing.settling import asked
from penjing.training.job import plan
from penjing.training.loop import Step
from penjing.training.measuring import measured_here
from penjing.training.session import fit_run, fresh_network

MEAN, STD = (0.49, 0.48, 0.45), (0.25, 0.24, 0.26)


# Ours


def penjing(case: Case) -> None:
    """Train in a temporary folder, a block whenever one is asked for."""
    job = plan(case.source, asked(settings_of(case)))
    network = fresh_network(job)
    job = measured_here(job, network)
    train = job.config.train
    words = (
        f"{train.precision}, {train.memory_format}, freed memory: {train.allocator}, threads: {train.threads or 'all'}"
    )
    blocks = Blocks({"settings": f"{words}, optimizer: {train.optimizer}"})
    with tempfile.TemporaryDirectory() as folder:
        run = Run.create(Path(folder) / "run", job.config, job.spec)
        fit_run(job, network, run, Console(file=StringIO()), also=[blocks])


class Blocks:
    """An observer that waits, at the end of a block of steps, until the next one is asked for."""

    def __init__(self, facts: dict[str, Any]) -> None:
        say(facts)
        self.steps, self.done, self.began = heard(), 0, time.perf_counter()

    def __call__(self, step: Step) -> None:
        """Count a step."""
        self.done += 1
        if self.done == self.steps:
            say(time.perf_counter() - self.began)
            self.steps, self.done = heard(), 0
            self.began = time.perf_counter()


# The others


class Draw(Sampler[int]):
    """`count` pictures at random; a pass over the loader is a block, so that no batch is loaded while others run."""

    def __init__(self, pictures: int) -> None:
        self.pictures, self.count = pictures, 0

    def __iter__(self) -> Iterator[int]:
        """Drawn anew in each pass."""
        order = torch.randperm(self.pictures).tolist()
        yield from (order[i % self.pictures] for i in range(self.count))

    def __len__(self) -> int:
        return self.count


def loader_of(case: Case, workers: int) -> tuple[DataLoader[Any], Draw, int]:
    """What a person writes after the tutorials; its sampler, and the number of classes."""
    v2 = torchvision_transforms()
    assert v2 is not None  # or this loop would not have been asked for
    datasets = importlib.import_module("torchvision.datasets")
    crop = v2.RandomCrop(32, padding=4) if case.size == 32 else v2.RandomResizedCrop(case.size, antialias=True)
    to_tensor = [v2.ToImage(), v2.ToDtype(torch.float32, scale=True), v2.Normalize(MEAN, STD)]
    dataset = datasets.ImageFolder(case.folder, v2.Compose([crop, v2.RandomHorizontalFlip(), *to_tensor]))
    draw = Draw(len(dataset))
    loader: DataLoader[Any] = DataLoader(
        dataset, case.batch_size, sampler=draw, num_workers=workers, persistent_workers=workers > 0, drop_last=True
    )
    return loader, draw, len(dataset.classes)


def plain(case: Case, workers: int) -> None:
    """Nothing but the five lines of a loop."""
    loader, draw, classes = loader_of(case, workers)
    network = NETWORKS[case.network][0](classes).train()
    optimizer = sgd(network)
    say({})
    while steps := heard():
        draw.count = steps * case.batch_size
        began = time.perf_counter()
        for x, y in loader:
            loss = F.cross_entropy(network(x), y)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        say(time.perf_counter() - began)


def sgd(network: nn.Module) -> torch.optim.Optimizer:
    """As ours; parameters that do not learn are left out."""
    learning = [parameter for parameter in network.parameters() if parameter.requires_grad]
    return torch.optim.SGD(learning, lr=LR, momentum=MOMENTUM, nesterov=True, weight_decay=5e-4)


def lightning(case: Case, workers: int) -> None:
    """A pass over the loader is an epoch of the trainer."""
    torchvision_transforms()  # Lightning imports torchvision too: what it lacks is declared first
    pl = importlib.import_module("lightning.pytorch")
    loader, draw, classes = loader_of(case, workers)

    class Module(pl.LightningModule):  # type: ignore[name-defined,misc]
        """The network with its loss, optimizer and loader."""

        def __init__(self) -> None:
            super().__init__()
            self.network = NETWORKS[case.network][0](classes)
            self.began, self.steps = 0.0, 0

        def train_dataloader(self) -> DataLoader[Any]:
            """Asked for at the start of each block: wait until one is wanted."""
            self.steps = heard()
            draw.count = self.steps * case.batch_size
            self.began = time.perf_counter()
            return loader

        def training_step(self, batch: tuple[Tensor, Tensor], index: int) -> Tensor:
            """The loss of a batch."""
            self.steps -= 1
            return F.cross_entropy(self.network(batch[0]), batch[1])

        def configure_optimizers(self) -> torch.optim.Optimizer:
            """The same as the others'."""
            return sgd(self.network)

        def on_train_epoch_end(self) -> None:
            """A block is done."""
            if self.steps:
                raise RuntimeError(f"an epoch of Lightning's ended {self.steps} steps early")
            say(time.perf_counter() - self.began)

    say({})
    quiet = {
        "logger": False,
        "enable_checkpointing": False,
        "enable_progress_bar": False,
        "enable_model_summary": False,
    }
    pl.Trainer(accelerator="cpu", max_epochs=-1, reload_dataloaders_every_n_epochs=1, **quiet).fit(Module())


# The conversation


def say(value: Any) -> None:
    """One line of JSON on standard output."""
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def heard() -> int:
    """Steps of the next block.

    Raises:
        SystemExit: where there is none: no observer's failure is this, so it ends a training from within.
    """
    line = sys.stdin.readline()
    if not line:
        raise SystemExit
    return int(line)


def why_not(loop: str) -> str:
    """What a loop needs and is not here; empty where it can run."""
    needs = {"plain": ("torchvision",), "lightning": ("torchvision", "lightning"), "penjing": ()}[
        loop.partition("-")[0]
    ]
    absent = [name for name in needs if importlib.util.find_spec(name) is None]
    return f"{' and '.join(absent)} not installed" if absent else ""


def main() -> None:
    """Run one loop: its name, and the case as JSON."""
    loop, case = sys.argv[1], msgspec.json.decode(sys.argv[2], type=Case)
    name, _, workers = loop.partition("-")
    warnings.simplefilter("ignore")  # what libraries say of each other
    if name == "penjing":
        penjing(case)
    else:
        {"plain": plain, "lightning": lightning}[name](case, int(workers))


if __name__ == "__main__":
    main()
