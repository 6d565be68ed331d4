"""What an answer costs, counted: parameters and multiply-adds."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from penjing.runtime.engine import Engine
from penjing.runtime.pipeline import Predictor


def parameters_of(network: nn.Module) -> int:
    """Trainable and frozen parameters, shared ones once."""
    return sum(parameter.numel() for parameter in network.parameters())


class Counted:
    """An engine that counts how often its graphs are called."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.name, self.calls = engine, engine.name, 0

    def run(self, graph: str, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """As the engine does."""
        self.calls += 1
        return self.engine.run(graph, inputs)


def macs_of(predictor: Predictor, example: Any) -> int:
    """Multiply-adds of one call of the graph through the torch engine: a picture, an observation, a character."""
    engine = Counted(predictor.engine)
    with FlopCounterMode(display=False) as counter:
        Predictor(predictor.pipeline, engine)([example])
    return int(counter.get_total_flops() // 2 // max(engine.calls, 1))
