"""What `train` tells a person on its way, on standard error."""

from typing import Any

from rich.text import Text

from penjing.config import Config, chosen
from penjing.findings import Finding
from penjing.training.job import Job
from penjing.verbs.text import error_console, table


def show_data(job: Job) -> None:
    """One line on what was read."""
    counts = ", ".join(f"{len(split):,} {name}" for name, split in job.data.splits.items() if len(split))
    error_console().print(Text.assemble(("data      ", "dim"), f"{job.config.data.source}: {job.data.form}, {counts}"))
    for note in job.data.notes:
        error_console().print(Text.assemble(("          ", "dim"), note))


def show_weights(findings: list[Finding]) -> None:
    """What was loaded, and what is wrong with it."""
    for found in findings:
        error_console().print(Text.assemble(("weights   ", "dim"), found.what))


def show_device(config: Config[Any]) -> None:
    """Where it runs."""
    import torch

    from penjing.training.devices import choose

    device = choose(config.train.device)
    threads = config.train.threads or torch.get_num_threads()
    where = f"cpu, {threads} thread{'s' if threads > 1 else ''}" if device.type == "cpu" else device.type
    error_console().print(Text.assemble(("device    ", "dim"), f"{where}, PyTorch {torch.__version__}"))


def show_choices(config: Config[Any], *, everything: bool) -> None:
    """The settings that were not plain defaults, or all of them."""
    told = config.origins if everything else chosen(config.origins)
    rows = [(name, choice.value, choice.origin, choice.why) for name, choice in told.items()]
    error_console().print(Text.assemble(("task      ", "dim"), config.task))
    error_console().print(table(["setting", "value", "from", "why"], rows))
