"""What an answer, and a batch of a training, costs, counted: parameters and multiply-adds."""

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from penjing.runtime.engine import Engine
from penjing.runtime.pipeline import Predictor
from penjing.training import devices
from penjing.training.blame import blaming
from penjing.training.job import Job


def parameters_of(network: nn.Module) -> int:
    """Trainable and frozen parameters, shared ones once."""
    return sum(parameter.numel() for parameter in network.parameters())


@contextmanager
def countable_attention() -> Iterator[None]:
    """Let attention be computed by products that torch counts, not by operations fused for a machine."""
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with sdpa_kernel(SDPBackend.MATH):
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)


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
