"""Engine: what runs a graph. The same pipeline with another engine must give the same answers; that is the proof."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np


class Engine(Protocol):
    """Runs named graphs on numpy arrays. Engines: ONNX Runtime here, PyTorch in `training/torch_engine.py`."""

    name: str

    def run(self, graph: str, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Inputs by name, the batch axis first, to outputs by name."""
        ...
