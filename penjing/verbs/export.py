"""export: a run becomes one file that carries its proof."""

from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from penjing.findings import stop
from penjing.verbs.outcome import Outcome

if TYPE_CHECKING:
    from penjing.runtime.artifact import Provenance
    from penjing.verbs.opened import Opened


def export(run: str | Path, file: str | Path | None = None) -> Path:
    """Write a run as one sealed file, after its proof was repeated on the very bytes.

    Args:
        run: the run's folder.
        file: where to; NAME.onnx beside the run otherwise (NAME.zip where the task has several graphs).

    Returns:
        The file.

    Raises:
        PenjingError: `cannot-export`; `PJ421` where ONNX Runtime answers otherwise than PyTorch did, and nothing is
            written; those of opening.
    """
    from penjing import files
    from penjing.exporting.artifact import pack, samples_of
    from penjing.exporting.onnx import export_graphs
    from penjing.runtime.artifact import Artifact, Manifest
    from penjing.verbs.opened import open_for_judging

    opened = open_for_judging(run)
    if opened.run is None:
        raise stop(
            "usage",
            f"{run} is already a file; export takes a run",
            where=str(run),
            why="there is nothing to make.",
            try_="penjing export RUN [FILE]",
        )
    graphs = opened.run.graphs() or export_graphs(opened.task.graphs(opened.network, opened.spec))  # type: ignore[arg-type]
    manifest = Manifest(
        task=opened.config.task,
        spec=msgspec.to_builtins(opened.spec),
        pipeline=opened.predictor.pipeline,
        graphs=tuple(graphs),
        provenance=_provenance(opened),
        samples=samples_of(opened.predictor, opened.task.samples(opened.data(), opened.spec)),
    )
    path = Path(file) if file else beside(opened.path, ".onnx" if len(graphs) == 1 else ".zip")
    content = pack(graphs, manifest)
    findings = Artifact(path, content=content).verify()  # before it is written: a good file there is not lost to it
    if findings:
        raise stop(
            "PJ421",
            f"the exported file would answer otherwise than the run: {findings[0].what}",
            where=str(path),
            why="what was scored is not what would be shipped. Nothing was written.",
            try_="look for random numbers in `forward`, and for operations that ONNX Runtime reads otherwise",
        )
    files.write(path, content)
    return path


def beside(folder: Path, ending: str) -> Path:
    """Next to a folder and named as it is, whatever dots its name has; `.` has a name too."""
    folder = folder.resolve() if not folder.name else folder
    return folder.with_name(f"{folder.name}{ending}")


def _provenance(opened: "Opened") -> "Provenance":
    import onnxruntime
    import torch

    from penjing import __version__
    from penjing.evaluation.record import without_draws
    from penjing.runtime.artifact import Provenance

    assert opened.run is not None  # export takes a run
    return Provenance(
        config=msgspec.to_builtins(opened.config),
        data_fingerprint=opened.config.data_fingerprint,
        versions={"penjing": __version__, "torch": str(torch.__version__), "onnxruntime": onnxruntime.__version__},
        scores=without_draws(opened.run.scores),
        compression=opened.run.compression.get("how", "none"),
    )


@click.command()
@click.argument("run")
@click.argument("file", required=False)
@click.option("--to", type=click.Choice(["onnx"]), default="onnx", help="The only form so far.")
def command(run: str, file: str | None, to: str) -> Outcome:
    """Write a run as one file with preprocessing, weights, decoding, labels, provenance and proof."""
    path = export(run, file)
    return Outcome(
        result={"file": str(path), "size_bytes": path.stat().st_size},
        show=lambda console: console.print(
            f"{path}  ({path.stat().st_size / 1024:,.0f} KB), its proof repeated with ONNX Runtime", soft_wrap=True
        ),
    )
