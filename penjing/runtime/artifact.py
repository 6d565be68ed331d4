"""Artifact: one file that answers, and carries the proof that it still gives the answers it was scored on.

One graph: an .onnx file whose metadata holds the manifest. Several: a .zip of .onnx files with manifest.json.
"""

import base64
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from penjing import files
from penjing.findings import Finding, PenjingError, stop
from penjing.runtime.onnx_engine import OnnxEngine
from penjing.runtime.pipeline import Pipeline, Predictor
from penjing.runtime.seal import check_seal
from penjing.runtime.steps.run_graph import RunGraph
from penjing.runtime.steps.sample_text import SampleText
from penjing.runtime.steps.user_step import UserStep

MANIFEST = "penjing.manifest"  # key of the ONNX metadata
ONLY = ""  # the graph of an .onnx file, until its manifest gives it a name
FORMAT = 1
TOLERANCE = 1e-3  # of a float in an answer, absolute and relative; two engines differ by about 1e-6


class Sample(msgspec.Struct, frozen=True):
    """A raw input and the answer that the torch engine gave to it at export."""

    input: Any  # text, numbers, or {"npy": base64} for an array
    answer: Any


class Provenance(msgspec.Struct, frozen=True):
    """Where the file comes from."""

    config: dict[str, Any]
    data_fingerprint: str
    versions: dict[str, str]
    scores: dict[str, Any]  # as in scores.json of the run
    compression: str = "none"


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about the artifact but its graphs."""

    format: int = FORMAT
    task: str
    spec: dict[str, Any]
    pipeline: Pipeline
    graphs: tuple[str, ...]
    provenance: Provenance
    samples: tuple[Sample, ...]


class _Header(msgspec.Struct, frozen=True):
    """What every format of manifest has."""

    format: int


class Artifact:
    """An opened artifact: its seal is whole, its graphs are loaded. Opening runs no code that the file names.

    Args:
        path: an .onnx or .zip file that `penjing export` wrote.
        threads: of ONNX Runtime; 0 takes all cores.
        content: its bytes, where they are not written yet; the path is then only what findings name.

    Raises:
        PenjingError: `no-such-path`, `PJ422` (broken seal), `other-format`, `not-an-artifact`.
    """

    def __init__(self, path: Path | str, *, threads: int = 0, content: bytes | None = None) -> None:
        self.path = Path(path)
        content = files.read(self.path) if content is None else content
        self.size_bytes = len(content)
        self.seal = check_seal(content, str(self.path))
        try:
            words, self.graphs = _unpack(content)
            _check_format(msgspec.json.decode(words, type=_Header).format, self.path)
            self.manifest = msgspec.json.decode(words, type=Manifest)
        except (msgspec.DecodeError, KeyError, zipfile.BadZipFile) as error:
            raise _not_an_artifact(self.path, f"its manifest cannot be read: {error}") from error
        if ONLY in self.graphs and self.manifest.graphs:
            self.graphs = {self.manifest.graphs[0]: self.graphs[ONLY]}
        _check_whole(self.manifest, self.graphs, self.path)
        self.engine = OnnxEngine(self.graphs, threads=threads)

    @property
    def own_steps(self) -> tuple[str, ...]:
        """Steps of its author's own, `module:function`, that must be importable where it is to answer."""
        return tuple(step.path for step in self.manifest.pipeline.steps if isinstance(step, UserStep))

    @property
    def predictor(self) -> Predictor:
        """Its pipeline and the engine that runs it."""
        return Predictor(self.manifest.pipeline, self.engine)

    def predict(self, *inputs: Any, settings: Mapping[str, Any] | None = None) -> list[Any]:
        """Answer raw inputs: paths of pictures, prompts, observations.

        Args:
            inputs: as many as you like.
            settings: parameters of the pipeline's steps to change, such as {"temperature": 0.8}.
        """
        return self.predictor.with_settings(settings or {})(inputs)

    def verify(self) -> list[Finding]:
        """Repeat the proof here: the samples' answers, by this machine's engine. Empty where all agree."""
        answers = self.predict(*[decode_input(sample.input) for sample in self.manifest.samples])
        findings = []
        for index, (sample, answer) in enumerate(zip(self.manifest.samples, answers, strict=True)):
            difference = first_difference(sample.answer, msgspec.to_builtins(answer))
            if difference is not None:
                findings.append(_sample_differs(self.path, index, difference))
        return findings


def _unpack(content: bytes) -> tuple[bytes, dict[str, bytes]]:
    """Manifest and graphs of either form of file; the one graph of an .onnx is called ONLY."""
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            graphs = {Path(name).stem: archive.read(name) for name in archive.namelist() if name.endswith(".onnx")}
            return archive.read("manifest.json"), graphs
    session = OnnxEngine({ONLY: content}).sessions[ONLY]
    return session.get_modelmeta().custom_metadata_map[MANIFEST].encode(), {ONLY: content}


def _check_format(format: int, path: Path) -> None:
    if format != FORMAT:
        raise stop(
            "other-format",
            f"{path.name} is an artifact of format {format}, this Penjing reads format {FORMAT}",
            where=str(path),
            why="guessing what an older or newer file means could change its answers without a word.",
            try_="use the version that made it, or export again: penjing export RUN",
        )


def _check_whole(manifest: Manifest, graphs: Mapping[str, bytes], path: Path) -> None:
    """Refuse a file that would fail, or prove nothing, when it is asked."""
    needed = {step.graph for step in manifest.pipeline.steps if isinstance(step, RunGraph | SampleText)}
    if missing := sorted((needed | set(manifest.graphs)) - set(graphs)):
        raise _not_an_artifact(path, f"it names graphs that it does not hold: {', '.join(missing)}")
    if not manifest.samples:
        raise _not_an_artifact(path, "it has no samples, so nothing proves its answers")


def _not_an_artifact(path: Path, what: str) -> PenjingError:
    return stop(
        "not-an-artifact",
        f"{path.name} is not an artifact: {what}",
        where=str(path),
        why="it was sealed by something that writes another form.",
        try_="use the version that made it, or export again: penjing export RUN",
    )


def encode_input(value: Any) -> Any:
    """A raw input as JSON: arrays as .npy in base64, the rest as it is."""
    if not isinstance(value, np.ndarray):
        return value
    file = io.BytesIO()
    np.save(file, value, allow_pickle=False)
    return {"npy": base64.b64encode(file.getvalue()).decode()}


def decode_input(value: Any) -> Any:
    """What `encode_input` encoded."""
    if not (isinstance(value, dict) and set(value) == {"npy"}):
        return value
    return np.load(io.BytesIO(base64.b64decode(value["npy"])), allow_pickle=False)


def first_difference(expected: Any, found: Any, path: str = "answer") -> str | None:
    """Where two answers as JSON differ beyond float noise, in words; None where they agree."""
    if isinstance(expected, dict) and isinstance(found, dict) and expected.keys() == found.keys():
        pairs = [(f"{path}.{key}", expected[key], found[key]) for key in expected]
    elif isinstance(expected, list | tuple) and isinstance(found, list | tuple) and len(expected) == len(found):
        pairs = [(f"{path}[{i}]", a, b) for i, (a, b) in enumerate(zip(expected, found, strict=True))]
    elif isinstance(expected, float) and isinstance(found, int | float):
        return (
            None
            if np.isclose(expected, found, rtol=TOLERANCE, atol=TOLERANCE)
            else f"{path} is {found}, expected {expected}"
        )
    else:
        return None if expected == found else f"{path} is {found!r}, expected {expected!r}"
    return next((difference for name, a, b in pairs if (difference := first_difference(a, b, name)) is not None), None)


def _sample_differs(path: Path, index: int, difference: str) -> Finding:
    return Finding(
        rule="PJ423",
        severity="error",
        what=f"sample {index}: {difference}",
        where=str(path),
        why="this machine's engine does not give the answers that were scored.",
        try_="penjing doctor  shows the engine's version; compare it with `versions` in the file's provenance",
    )
