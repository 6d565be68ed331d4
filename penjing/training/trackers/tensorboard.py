"""TensorBoard: event files in RUN/tensorboard. `tensorboard --logdir RUN` shows them, `--logdir runs` all runs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch.utils.tensorboard import SummaryWriter
from torch.utils.tensorboard.summary import hparams


class EventFiles:
    """One writer; a resumed training adds a file, which hides whatever an earlier one holds of the steps to come.

    Args:
        folder: of the event files.
        settings: shown as a table on the text page, and as hyperparameters beside the final score.
        written: the last step that is there for good.
    """

    def __init__(self, folder: Path, settings: Mapping[str, Any], written: int) -> None:
        self.holds = written  # what was flushed outlives any kill
        self._settings = settings
        self._writer = SummaryWriter(str(folder), purge_step=written + 1 if written else None)
        if not written:
            rows = "".join(f"| {name} | {value} |\n" for name, value in settings.items())
            self._writer.add_text("settings", f"| setting | value |\n| --- | --- |\n{rows}")

    def write(self, step: int, values: Mapping[str, float]) -> None:
        """A scalar each."""
        for name, value in values.items():
            self._writer.add_scalar(name, value, step)

    def flush(self) -> None:
        """Empty the writer's queue into the file."""
        self._writer.flush()

    def close(self, step: int, scores: Mapping[str, float]) -> None:
        """The final scores as scalars, and tied to the settings for the page that compares runs by hyperparameters."""
        self.write(step, scores)
        if scores:
            plain = {
                name: value if isinstance(value, bool | int | float | str) else str(value)
                for name, value in self._settings.items()
            }
            # Through our own writer: add_hparams would open a second one, whose file could sort before this one
            for summary in hparams(plain, dict(scores)):  # type: ignore[no-untyped-call]
                self._writer._get_file_writer().add_summary(summary)  # type: ignore[no-untyped-call]
        self._writer.close()


def refuse() -> None:
    """Nothing: it needs no more than its library."""


def begin(run: Path, id: str, settings: Mapping[str, Any], written: int) -> EventFiles:
    """Open RUN/tensorboard."""
    return EventFiles(run / "tensorboard", settings, written)
