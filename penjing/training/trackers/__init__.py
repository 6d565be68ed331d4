"""Trackers: where the log of a training is written too. One file each, named by the setting `track`."""

import importlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

from penjing.findings import did_you_mean, stop

TRACKERS = {  # name: one line; each is the module of that name in this folder
    "tensorboard": "TensorBoard's event files, in RUN/tensorboard",
    "wandb": "Weights & Biases, in RUN/wandb; sent to its server only where you are logged in there",
}


class Tracker(Protocol):
    """A tracker that is open. Whatever it raises costs the tracker, never the training."""

    holds: int  # the last step that it has for good from before a resume: it is told all that comes after

    def write(self, step: int, values: Mapping[str, float]) -> None:
        """Keep the values of one step; steps rise from call to call."""

    def flush(self) -> None:
        """Hand on what was written so far."""

    def close(self, step: int, scores: Mapping[str, float]) -> None:
        """End with the final scores; there are none where the training did not come to its end."""


class TrackerModule(Protocol):
    """What each module of this folder gives."""

    def refuse(self) -> None:
        """Stop where what is asked of it here cannot be, before a training begins.

        Raises:
            PenjingError: that.
        """

    def begin(self, run: Path, id: str, settings: Mapping[str, Any], written: int) -> Tracker:
        """Open the tracker of a run, or go on with it.

        Args:
            run: the run's folder, which is also its name.
            id: of this run, the same whenever it is resumed.
            settings: all of them by name, as JSON.
            written: the last step that it was told and that was flushed; 0 begins.
        """


def load(names: Iterable[str]) -> dict[str, TrackerModule]:
    """The trackers of these names, imported and ready.

    Raises:
        PenjingError: `unknown-tracker` with the nearest name; `not-installed` where its library is missing or broken;
            what the tracker refuses.
    """
    modules: dict[str, TrackerModule] = {}
    for name in names:
        if name not in TRACKERS:
            raise stop(
                "unknown-tracker",
                f"there is no tracker `{name}`",
                where=f"track={name}",
                why="nothing would be tracked.",
                try_=did_you_mean(name, TRACKERS, otherwise=f"--track {','.join(TRACKERS)}"),
            )
        try:
            modules[name] = importlib.import_module(f"penjing.training.trackers.{name}")
        except ImportError as error:
            raise stop(
                "not-installed",
                f"`track={name}` needs {name}, which cannot be imported here: {error}",
                where=f"track={name}",
                why="the training would run untracked.",
                try_="pip install 'penjing[track]', or train without --track",
            ) from error
        modules[name].refuse()
    return modules
