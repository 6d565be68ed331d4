"""What an answer costs: parameters, multiply-adds, bytes, seconds."""

from typing import Any

import msgspec
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from penjing.runtime.pipeline import Predictor


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """Costs beside a score; None where the engine does not tell."""

    parameters: int | None = None
    macs: int | None = None  # of one answer: multiply-adds of convolutions and matrix products
    size_bytes: int | None = None
    train_seconds: float | None = None


def parameters_of(network: nn.Module) -> int:
    """Trainable and frozen parameters, shared ones once."""
    return sum(parameter.numel() for parameter in network.parameters())


def macs_of(predictor: Predictor, example: Any) -> int:
    """Multiply-adds of one answer through the torch engine."""
    with FlopCounterMode(display=False) as counter:
        predictor([example])
    return int(counter.get_total_flops() // 2)
