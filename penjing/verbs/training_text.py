"""What `train` tells a person on its way, on standard error."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from rich.status import Status

from penjing.config import Choice, Config
from penjing.findings import Finding
from penjing.runtime import machine
from penjing.settling import chosen
from penjing.training.job import Job
from penjing.verbs.text import Fitted, error_console, show_line, table

MARGIN = 10  # columns in front of what is told: what it is about


class Telling:
    """Tells what a training is about and how it will run; of several trainings, each only what is new with it.

    Args:
        everything: whether each setting is told, or those with a reason of their own.
        aside: settings that something else tells.
    """

    def __init__(self, *, everything: bool = False, aside: Collection[str] = ()) -> None:
        self.console = error_console()
        self.everything = everything
        self.aside = aside
        self._lines: set[tuple[str, ...]] = set()
        self._choices: dict[str, Choice] = {}
        self._is_busy = False

    def data(self, job: Job) -> None:
        """One line on what was read, and its notes."""
        counts = ", ".join(f"{len(split):,} {name}" for name, split in job.data.splits.items() if len(split))
        self._tell("data", f"{_from_here(job.config.data.source)}: {job.data.form}, {counts}", *job.data.notes)

    def weights(self, config: Config[Any], findings: list[Finding]) -> None:
        """Those that it begins from, what was loaded, and what is wrong with them."""
        named = [_from_here(config.model.weights)] if config.model.weights else []
        self._tell("weights", *named, *(found.what for found in findings))

    def device(self, config: Config[Any]) -> None:
        """Where it runs, and once whether other processes are in its way there."""
        import torch

        from penjing.training.devices import choose

        device = choose(config.train.device)
        threads = config.train.threads or torch.get_num_threads()
        where = f"cpu, {threads} thread{'s' if threads > 1 else ''}" if device.type == "cpu" else device.type
        is_new = self._tell("device", f"{where}, PyTorch {torch.__version__}")
        if is_new and device.type == "cpu" and not self._is_busy:
            for found in machine.busy(machine.load(), threads):
                self._is_busy = True
                show_line(self.console, " " * MARGIN, f"{found.what}: {found.why}", "yellow")

    def settings(self, config: Config[Any]) -> None:
        """The task, and the settings that were not plain defaults, or all of them."""
        told = dict(config.origins if self.everything else chosen(config.origins, type(config.options)))
        told |= {name: config.origins[name] for name in self._choices}  # what another training had may be a default now
        if not self.everything:
            told = {name: choice for name, choice in told.items() if name not in ("source", "weights")}  # told above
        self._tell("task", config.task)
        self.choices(told)

    def choices(self, choices: Mapping[str, Choice]) -> None:
        """Settings with their origin and why."""
        new = {
            name: choice
            for name, choice in choices.items()
            if name not in self.aside and self._choices.get(name) != choice
        }
        if new:
            self.console.print(choices_table(new))
        self._choices |= new

    def _tell(self, about: str, *lines: str) -> bool:
        """Lines on something, unless they were told before; whether they were not."""
        is_new = (about, *lines) not in self._lines
        self._lines.add((about, *lines))
        for i, line in enumerate(lines if is_new else ()):
            show_line(self.console, f"{'' if i else about:{MARGIN}}", line)
        return is_new


def measuring() -> Status:
    """What a terminal shows for the seconds in which steps are timed, `with measuring():`."""
    return error_console().status("timing steps, to choose how they run here", refresh_per_second=4)


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
