"""Export: one file or several graphs in a zip, free axes, and nothing of the machine that made it."""

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from torch import Tensor, nn

from penjing.exporting.artifact import pack, samples_of
from penjing.exporting.onnx import reason_of, strip_traces, to_onnx
from penjing.findings import PenjingError
from penjing.models.resize import Resize
from penjing.runtime.artifact import Artifact, Manifest, Provenance
from penjing.runtime.onnx_engine import OnnxEngine
from penjing.runtime.pipeline import Pipeline, Predictor
from penjing.runtime.steps.read_value import ReadValue
from penjing.runtime.steps.run_graph import RunGraph
from penjing.tasks.task import Graph, Signature
from penjing.training.torch_engine import TorchEngine

ROW = {"x": Signature(("batch", 3), "float32")}


class Twice(nn.Module):
    """A linear map, doubled."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(3, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, 3) -> (B, 1)."""
        return 2 * self.linear(x)


def manifest(graphs: dict[str, Graph], predictor: Predictor) -> Manifest:
    return Manifest(
        task="twice",
        spec={},
        pipeline=predictor.pipeline,
        graphs=tuple(graphs),
        provenance=Provenance({}, "f", {"penjing": "0"}, {}),
        samples=samples_of(predictor, [np.ones(3, np.float32), np.arange(3, dtype=np.float32)]),
    )


def test_several_graphs_are_one_sealed_zip(tmp_path: Path) -> None:
    graphs = {name: Graph(Twice(), ROW, ("value",)) for name in ("policy", "worth")}
    predictor = Predictor(Pipeline((RunGraph("worth", "x"), ReadValue("points"))), TorchEngine(graphs))
    content = pack({name: to_onnx(name, graph) for name, graph in graphs.items()}, manifest(graphs, predictor))
    (tmp_path / "a.zip").write_bytes(content)
    artifact = Artifact(tmp_path / "a.zip")
    assert set(artifact.graphs) == {"policy", "worth"}
    assert artifact.verify() == []
    for at in np.random.default_rng(0).integers(0, len(content), 300):
        flipped = bytearray(content)
        flipped[at] ^= 0x10
        (tmp_path / "b.zip").write_bytes(flipped)
        with pytest.raises(PenjingError) as caught:
            Artifact(tmp_path / "b.zip")
        assert caught.value.finding.rule == "PJ422"


def test_a_sample_that_differs_is_found_though_the_seal_is_whole(tmp_path: Path) -> None:
    graph = {"g": Graph(Twice(), ROW, ("value",))}
    predictor = Predictor(Pipeline((RunGraph("g", "x"), ReadValue("points"))), TorchEngine(graph))
    proof = manifest(graph, predictor)
    other = to_onnx("g", Graph(Twice(), ROW, ("value",)))  # another initialization
    (tmp_path / "a.onnx").write_bytes(pack({"g": other}, proof))
    assert {finding.rule for finding in Artifact(tmp_path / "a.onnx").verify()} == {"PJ423"}


def test_resizing_is_the_same_in_both_engines_at_sizes_never_seen() -> None:
    signature = {"picture": Signature(("batch", 1, "height", "width"), "float32")}
    graph = Graph(Resize(8, 8), signature, ("resized",))
    engine = OnnxEngine(strip_traces({"r": to_onnx("r", graph)}))
    for size in [(1, 1, 8, 8), (3, 1, 40, 31), (2, 1, 5, 100)]:
        x = np.random.default_rng(0).integers(0, 256, size).astype(np.float32)
        found = engine.run("r", {"picture": x})["resized"]
        assert np.array_equal(found, Resize(8, 8)(torch.from_numpy(x)).numpy())


def test_a_sum_of_exactly_one_half_is_rounded_alike_by_both_engines() -> None:
    signature = {"picture": Signature(("batch", 1, "height", "width"), "float32")}
    engine = OnnxEngine(strip_traces({"r": to_onnx("r", Graph(Resize(8, 8), signature, ("resized",)))}))
    rng = np.random.default_rng(1)
    apart = pixels = 0
    for height, width in rng.integers(1, 13, (30, 2)) * 8:  # weights are then binary fractions, and halves abound
        x = rng.integers(0, 256, (20, 1, height, width)).astype(np.float32)
        differs = engine.run("r", {"picture": x})["resized"] != Resize(8, 8)(torch.from_numpy(x)).numpy()
        apart, pixels = apart + int(differs.sum()), pixels + differs.size
    assert apart < 1e-4 * pixels


def test_no_trace_of_the_exporting_machine_is_left() -> None:
    stripped = strip_traces({"g": to_onnx("g", Graph(Twice(), ROW, ("value",)))})["g"]
    assert b"site-packages" not in stripped
    assert b".py" not in stripped
    assert str(Path.cwd()).encode() not in stripped
    onnx.checker.check_model(onnx.load_from_string(stripped))


class Branches(Twice):
    """A branch on a value, which no graph can follow."""

    def forward(self, x: Tensor) -> Tensor:
        """(B, 3) -> (B, 1)."""
        return self.linear(x) if x.sum() > 0 else x[:, :1]


def test_what_cannot_be_followed_is_a_finding() -> None:
    with pytest.raises(PenjingError) as caught:
        to_onnx("g", Graph(Branches(), ROW, ("value",)))
    assert caught.value.finding.rule == "cannot-export"
    assert "Branches.forward" in caught.value.finding.where
    assert "data-dependent" in caught.value.finding.what
    assert "\x1b" not in caught.value.finding.what
    assert "step 1/3" not in caught.value.finding.what


def test_the_reason_is_the_first_error_in_one_line_without_colors() -> None:
    def fail() -> None:
        try:
            raise ValueError("\x1b[96mno such operation\x1b[0m\nand much else")
        except ValueError as error:
            raise RuntimeError("a banner") from error

    with pytest.raises(RuntimeError) as caught:
        fail()
    assert reason_of(caught.value) == "no such operation"
    assert reason_of(KeyError()) == "KeyError"
