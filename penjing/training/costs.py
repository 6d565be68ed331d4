"""What an answer, and a batch of a training, costs, in multiply-adds."""

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from penjing.inspection.counting import countable_attention
from penjing.runtime.engine import Engine
from penjing.runtime.pipeline import Predictor
from penjing.training import devices
from penjing.training.blame import blaming
from penjing.training.job import Job

HEAVY = 1e9  # multiply-adds of a batch's forward; below, a step takes milliseconds and there is nothing to gain


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
    with countable_attention(), FlopCounterMode(display=False) as counter:
        Predictor(predictor.pipeline, engine)([example])
    return int(counter.get_total_flops() // 2 // max(engine.calls, 1))


def forward_macs(job: Job, network: nn.Module) -> int:
    """Multiply-adds of the loss of a training's first batch."""
    trained = copy.deepcopy(network).train()
    stream = job.task.stream(job.data.splits["train"], trained, job.spec, job.config, devices.share())
    with torch.random.fork_rng(), FlopCounterMode(display=False) as counter, blaming(0):
        job.task.loss(trained, stream.at(0), job.spec, job.config)
    return int(counter.get_total_flops() // 2)
