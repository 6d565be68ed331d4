"""What `train` tells a person on its way, on standard error."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.text import Text

from penjing.config import Choice, Config
from penjing.findings import Finding
from penjing.runtime import machine
from penjing.settling import chosen
from penjing.training.job import Job
from penjing.verbs.text import Fitted, error_console, table

MARGIN = 10  # columns in front of what is told: what it is about


def show_data(job: Job) -> None:
    """One line on what was read."""
    counts = ", ".join(f"{len(split):,} {name}" for name, split in job.data.splits.items() if len(split))
    _tell("data", f"{_from_here(job.config.data.source)}: {job.data.form}, {counts}")
    for note in job.data.notes:
        _tell("", note)


def show_weights(findings: list[Finding]) -> None:
    """What was loaded, and what is wrong with it."""
    for found in findings:
        _tell("weights", found.what)


def show_device(config: Config[Any]) -> None:
    """Where it runs."""
    import torch

    from penjing.training.devices import choose

    device = choose(config.train.device)
    threads = config.train.threads or torch.get_num_threads()
    where = f"cpu, {threads} thread{'s' if threads > 1 else ''}" if device.type == "cpu" else device.type
    _tell("device", f"{where}, PyTorch {torch.__version__}")
    for found in machine.busy(machine.load()) if device.type == "cpu" else []:
        _tell("", f"{found.what}: {found.why}", "yellow")


def show_choices(config: Config[Any], *, everything: bool) -> None:
    """The settings that were not plain defaults, or all of them."""
    told = dict(config.origins if everything else chosen(config.origins, type(config.options)))
    if not everything:
        told.pop("source", None)  # the first line says it
    _tell("task", config.task)
    error_console().print(choices_table(told))


def choices_table(choices: Mapping[str, Choice]) -> Fitted:
    """Settings with their origin and why; a reason that several share is said once."""
    rows, last = [], ""
    for name, choice in choices.items():
        is_said = choice.why == last and choice.origin not in ("typed", "file")
        rows.append((name, choice.value, choice.origin, "as above" if is_said else choice.why))
        last = choice.why
    return table(["setting", "value", "from", "why"], rows)


def _from_here(source: str) -> str:
    """A path below this folder without what leads to it."""
    path = Path(source)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else source


def _tell(about: str, text: str, style: str = "") -> None:
    """A line; what does not fit goes on below its beginning."""
    console = error_console()
    for i, line in enumerate(Text(text, style).wrap(console, max(console.width - MARGIN, MARGIN))):
        console.print(Text.assemble((f"{'' if i else about:{MARGIN}}", "dim"), line))
