"""The engine that runs a task's graphs in PyTorch: the one that `evaluate` uses before there is an artifact."""

from collections.abc import Mapping

import numpy as np
import torch

from penjing.inspection.modes import evaluating
from penjing.tasks.task import Graph


class TorchEngine:
    """Runs graphs in evaluation mode without gradients, and leaves each module in the mode it was in."""

    name = "torch"

    def __init__(self, graphs: Mapping[str, Graph]) -> None:
        self.graphs = graphs

    def run(self, graph: str, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Inputs by name, the batch axis first, to outputs by name."""
        module, names, outputs = self.graphs[graph].module, self.graphs[graph].inputs, self.graphs[graph].outputs
        device = next(module.parameters()).device
        with evaluating(module), torch.inference_mode():
            answers = module(*(torch.from_numpy(np.ascontiguousarray(inputs[name])).to(device) for name in names))
        answers = answers if isinstance(answers, tuple) else (answers,)
        return {name: answer.cpu().numpy() for name, answer in zip(outputs, answers, strict=True)}
