"""The engine that needs no torch: ONNX Runtime on the CPU."""

from collections.abc import Mapping

import numpy as np
import onnxruntime

from penjing.findings import stop


class OnnxEngine:
    """Runs ONNX graphs, loaded from bytes so that what was checked is what is run.

    Args:
        graphs: ONNX files' contents by graph name.
        threads: threads within one run; 0 leaves ONNX Runtime's choice, all cores.
    """

    name = "onnxruntime"

    def __init__(self, graphs: Mapping[str, bytes], *, threads: int = 0) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3  # errors; its warnings speak of optimizations, not of answers
        self.sessions = {}
        for name, content in graphs.items():
            try:
                self.sessions[name] = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
            except Exception as error:  # its errors share no class below Exception
                raise stop(
                    "graph-unreadable",
                    f"ONNX Runtime cannot load graph `{name}`: {error}",
                    where=name,
                    why="a graph that does not load gives no answers.",
                    try_="penjing doctor  shows the version; export again with the Penjing that trained it",
                ) from error

    def run(self, graph: str, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Inputs by name to outputs by name."""
        session = self.sessions[graph]
        names = [output.name for output in session.get_outputs()]
        return dict(zip(names, session.run(names, dict(inputs)), strict=True))
