"""What Python holds after `penjing.train` and `penjing.open`: a run or an artifact, with the verbs as methods."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penjing.run import Run
from penjing.runtime.artifact import Artifact

if TYPE_CHECKING:
    from rich.console import Console

    from penjing.compression.choice import Goal
    from penjing.evaluation.record import Evaluation
    from penjing.verbs.compress import Compression
    from penjing.verbs.explain import Explanations


class TrainedRun(Run):
    """A run whose verbs are methods."""

    def evaluate(self, split: str = "test") -> "Evaluation":
        """As `penjing evaluate`."""
        from penjing.verbs.evaluate import evaluate

        return evaluate(self.path, split=split)

    def explain(self, *inputs: Any) -> "Explanations":
        """As `penjing explain`."""
        from penjing.verbs.explain import explain

        return explain(self.path, *inputs)

    def compress(self, *, goal: "Goal" = "size", out: str | Path | None = None) -> "Compression":
        """As `penjing compress`."""
        from penjing.verbs.compress import compress

        return compress(self.path, goal=goal, out=out)

    def export(self, file: str | Path | None = None) -> Path:
        """As `penjing export`."""
        from penjing.verbs.export import export

        return export(self.path, file)

    def report(self) -> Path:
        """As `penjing report`."""
        from penjing.verbs.report import report

        return report(self.path)

    def predict(self, *inputs: Any, settings: Mapping[str, Any] | None = None) -> list[Any]:
        """As `penjing predict`, with the torch engine."""
        from penjing.verbs.predict import predict

        return predict(self.path, *inputs, settings=settings)

    def show(self, console: "Console") -> None:
        """The score, and what to type next, for people."""
        from penjing.evaluation.record import evaluations_of
        from penjing.verbs.evaluate import show
        from penjing.verbs.text import show_places

        show(evaluations_of(self)["test"], console)
        console.print()
        places = {"run": self.path, "report": self.path / "report.html", "next": f"penjing export {self.path}"}
        show_places(console, places)


def open(path: str | Path, *, threads: int = 0) -> Artifact | TrainedRun:
    """Open a run's folder or an artifact's file; a file needs no torch.

    Args:
        path: what `penjing train` or `penjing export` wrote.
        threads: of ONNX Runtime for a file; 0 takes all cores.
    """
    return TrainedRun(Run.open(path).path) if Path(path).is_dir() else Artifact(path, threads=threads)
