"""The artifact: sealed, provable, and the same answers by two engines."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from torch import nn

import penjing
from penjing.exporting.artifact import pack
from penjing.exporting.onnx import to_onnx
from penjing.findings import PenjingError
from penjing.runtime.artifact import Artifact, Manifest, Provenance, Sample, encode_input
from penjing.runtime.pipeline import Pipeline
from penjing.runtime.seal import check_seal
from penjing.runtime.steps.read_value import ReadValue
from penjing.runtime.steps.run_graph import RunGraph
from penjing.runtime.steps.user_step import UserStep
from penjing.tasks.task import Graph, Signature
from tests.conftest import Said
from tests.runtime.writers import writer


def test_any_flipped_bit_is_found(digits_file: Path) -> None:
    content = bytearray(digits_file.read_bytes())
    rng = np.random.default_rng(0)
    for at, bit in zip(rng.integers(0, len(content), 300), rng.integers(0, 8, 300), strict=True):
        content[at] ^= 1 << bit
        with pytest.raises(PenjingError) as caught:
            check_seal(bytes(content), "flipped")
        assert caught.value.finding.rule == "PJ422"
        content[at] ^= 1 << bit
    check_seal(bytes(content), "whole again")


def test_two_engines_give_the_same_scores(digits_run: Path, digits_file: Path) -> None:
    by_torch, by_onnx = penjing.evaluate(digits_run), penjing.evaluate(digits_file)
    assert (by_torch.engine, by_onnx.engine) == ("torch", "onnxruntime")
    assert by_torch.scores.primary == by_onnx.scores.primary
    assert by_torch.data_fingerprint == by_onnx.data_fingerprint


GRAPH = Graph(nn.Identity(), {"x": Signature(("batch", 3), "float32")}, ("value",))
PIPELINE = Pipeline((RunGraph("g", "x"), ReadValue("points")))


@pytest.fixture(scope="module")
def graph() -> bytes:
    return to_onnx("g", GRAPH)


def sealed(graph: bytes, *, zipped: bool = False, **other: Any) -> bytes:
    """A whole seal around a manifest of which something is otherwise."""
    manifest = Manifest(
        task="first",
        spec={},
        pipeline=PIPELINE,
        graphs=("g",),
        provenance=Provenance({}, "f", {"penjing": "0"}, {}),
        samples=(Sample(encode_input(np.arange(3, dtype=np.float32)), {"value": 0.0, "name": "points"}),),
    )
    graphs = {"g": graph, "h": graph} if zipped else {"g": graph}
    return pack(graphs, msgspec.structs.replace(manifest, **other))


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize(
    ("other", "rule", "says"),
    [
        ({"format": 2}, "other-format", "format 2"),
        ({"samples": ()}, "not-an-artifact", "no samples"),
        ({"graphs": ("g", "k")}, "not-an-artifact", "hold: k"),
        ({"pipeline": Pipeline((RunGraph("k", "x"),))}, "not-an-artifact", "hold: k"),
        ({"pipeline": Pipeline((writer(graph="k"),))}, "not-an-artifact", "hold: k"),
    ],
)
def test_a_sealed_file_of_another_kind_does_not_open(
    graph: bytes, zipped: bool, other: dict[str, Any], rule: str, says: str
) -> None:
    with pytest.raises(PenjingError) as caught:
        Artifact("a", content=sealed(graph, zipped=zipped, **other))
    assert caught.value.finding.rule == rule
    assert says in caught.value.finding.what


def test_a_file_whose_one_graph_has_no_name_does_not_open(graph: bytes) -> None:
    with pytest.raises(PenjingError, match="does not hold: g"):
        Artifact("a", content=sealed(graph, graphs=()))


def test_bytes_are_proven_without_a_file(graph: bytes) -> None:
    assert Artifact("nowhere/a.onnx", content=sealed(graph)).verify() == []


def test_a_users_step_is_named_and_runs_only_when_asked(
    graph: bytes, cli: Callable[..., Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    Path("own_artifact_steps.py").write_text(
        "from pathlib import Path\nPath('imported').touch()\ndef whole(values, engine, parameters): return values\n"
    )
    step = UserStep("own_artifact_steps:whole")
    Path("a.onnx").write_bytes(sealed(graph, pipeline=Pipeline((*PIPELINE.steps, step))))
    assert Artifact("a.onnx").own_steps == (step.path,)
    assert not Path("imported").exists()
    said = cli("verify", "a.onnx", "--json")
    assert (said.code, said.json["result"]["own_steps"]) == (0, [step.path])
    assert Path("imported").exists()
    assert f"needs your own step {step.path}" in " ".join(cli("verify", "a.onnx").out.split())
