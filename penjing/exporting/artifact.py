"""A run becomes one sealed file: graphs, pipeline, spec, provenance, and samples with the answers that were scored."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import onnx

from penjing.runtime.artifact import MANIFEST, Manifest, Sample, encode_input
from penjing.runtime.pipeline import Predictor
from penjing.runtime.seal import BLANK, KEY, MARK, seal


def samples_of(predictor: Predictor, inputs: Sequence[Any]) -> tuple[Sample, ...]:
    """Raw inputs with the answers of the engine that was scored."""
    answers = [msgspec.to_builtins(answer) for answer in predictor(inputs)]
    return tuple(Sample(encode_input(value), answer) for value, answer in zip(inputs, answers, strict=True))


def pack(graphs: Mapping[str, bytes], manifest: Manifest) -> bytes:
    """One graph as an .onnx file's content, several as a .zip's, sealed."""
    words = msgspec.json.encode(manifest)
    if len(graphs) == 1:
        (content,) = graphs.values()
        model = onnx.load_from_string(content)
        model.producer_name, model.producer_version = "penjing", manifest.provenance.versions["penjing"]
        onnx.helper.set_model_props(model, {MANIFEST: words.decode(), KEY: BLANK.decode()})
        return seal(model.SerializeToString())
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("manifest.json", words)
        for name, content in graphs.items():
            archive.writestr(f"{name}.onnx", content)
        archive.comment = MARK + BLANK
    return seal(file.getvalue())
