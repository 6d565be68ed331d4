"""int8. Oracles: the float graph, and the bound that rounding obeys."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from penjing.compression.quantize import int8
from penjing.findings import PenjingError
from penjing.runtime.onnx_engine import OnnxEngine

WEIGHTS = np.random.default_rng(0).normal(size=(16, 4)).astype(np.float32)
X = np.random.default_rng(1).uniform(-1, 3, size=(64, 16)).astype(np.float32)


def graph_of(*nodes: onnx.NodeProto) -> bytes:
    """From x (B, 16) to y, opset 21, WEIGHTS at hand as `w`."""
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 16])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(WEIGHTS, "w")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    return model.SerializeToString()


MATMUL = helper.make_node("MatMul", ["x", "w"], ["y"], name="product")


def test_a_product_errs_by_no_more_than_rounding_can() -> None:
    """Error of sum(x w) with steps s_x and s_w: at most sum(|w| s_x + |x| s_w + s_x s_w / 2) / 2 for each output."""
    content = graph_of(MATMUL)
    done = int8({"g": content}, {"g": [{"x": X}]})
    ours, theirs = (OnnxEngine({"g": graph}, threads=1).run("g", {"x": X})["y"] for graph in (done["g"], content))
    step_x = (X.max() - X.min()) / 127  # 7 bits where reduce_range takes them from activations too
    step_w = np.abs(WEIGHTS).max(axis=0) / 63
    bound = (np.abs(WEIGHTS).sum(axis=0) * step_x + np.abs(X).sum(axis=1, keepdims=True) * step_w) / 2
    bound += 16 * step_x * step_w / 4 + (theirs.max() - theirs.min()) / 127  # the output may be rounded as well
    assert np.all(np.abs(ours - theirs) <= bound)
    assert not np.array_equal(ours, theirs)


def test_weights_are_bytes_of_seven_bits_with_a_scale_for_each_channel() -> None:
    model = onnx.load_from_string(int8({"g": graph_of(MATMUL)}, {"g": [{"x": X}]})["g"])
    arrays = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    (weights,) = [array for array in arrays.values() if array.dtype == np.int8 and array.shape == WEIGHTS.shape]
    assert weights.min() >= -64
    assert weights.max() <= 64
    assert any(array.shape == (4,) and array.dtype == np.float32 for array in arrays.values())


def test_only_layers_that_hold_weights_change() -> None:
    softmax = helper.make_node("Softmax", ["z"], ["y"], name="softmax")
    product = helper.make_node("MatMul", ["x", "w"], ["z"], name="product")
    content = graph_of(product, softmax)
    done = int8({"g": content, "other": content}, {"g": [{"x": X}]})
    assert done["other"] == content  # it was never fed
    nodes = onnx.load_from_string(done["g"]).graph.node
    (last,) = [node for node in nodes if node.op_type == "Softmax"]
    assert list(last.output) == ["y"]  # no QuantizeLinear behind it


def test_a_graph_without_weights_cannot_be_quantized() -> None:
    content = graph_of(helper.make_node("Relu", ["x"], ["y"], name="relu"))
    with pytest.raises(PenjingError, match="holds weights") as caught:
        int8({"g": content}, {"g": [{"x": X}]})
    assert caught.value.finding.rule == "cannot-quantize"
