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
from penjing.findings import Finding, stop
from penjing.runtime.onnx_engine import OnnxEngine
from penjing.runtime.pipeline import Pipeline, Predictor
from penjing.runtime.seal import check_seal

MANIFEST = "penjing.manifest"  # key of the ONNX metadata
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


class Artifact:
    """An opened artifact: its seal is whole, its graphs are loaded.

    Args:
        path: an .onnx or .zip file that `penjing export` wrote.
        threads: of ONNX Runtime; 0 takes all cores.

    Raises:
        PenjingError: `no-such-path`, `PJ422` (broken seal), `not-an-artifact`.
    """

    def __init__(self, path: Path | str, *, threads: int = 0) -> None:
        self.path = Path(path)
        content = files.read(self.path)
        self.size_bytes = len(content)
        self.seal = check_seal(content, str(self.path))
        try:
            words, self.graphs = _unpack(content)
            self.manifest = msgspec.json.decode(words, type=Manifest)
        except (msgspec.DecodeError, KeyError, zipfile.BadZipFile) as error:
            raise stop(
                "not-an-artifact",
                f"the manifest of {self.path.name} cannot be read: {error}",
                where=str(self.path),
                why="it was sealed by a Penjing that writes another form.",
                try_="use the version that made it, or export again: penjing export RUN",
            ) from error
        self.engine = OnnxEngine(self.graphs, threads=threads)

    def predict(self, *inputs: Any, settings: Mapping[str, Any] | None = None) -> list[Any]:
        """Answer raw inputs: paths of pictures, prompts, observations.

        Args:
            inputs: as many as you like.
            settings: parameters of the pipeline's steps to change, such as {"temperature": 0.8}.
        """
        return Predictor(self.manifest.pipeline.with_settings(settings or {}), self.engine)(inputs)

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
    """Manifest and graphs of either form of file."""
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            graphs = {Path(name).stem: archive.read(name) for name in archive.namelist() if name.endswith(".onnx")}
            return archive.read("manifest.json"), graphs
    session = OnnxEngine({"": content}).sessions[""]
    words = session.get_modelmeta().custom_metadata_map[MANIFEST].encode()
    return words, {msgspec.json.decode(words, type=Manifest).graphs[0]: content}


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
