"""What an answer costs, counted: parameters and multiply-adds."""

from typing import Any

from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from penjing.runtime.pipeline import Predictor


def parameters_of(network: nn.Module) -> int:
    """Trainable and frozen parameters, shared ones once."""
    return sum(parameter.numel() for parameter in network.parameters())


def macs_of(predictor: Predictor, example: Any) -> int:
    """Multiply-adds of one answer through the torch engine."""
    with FlopCounterMode(display=False) as counter:
        predictor([example])
    return int(counter.get_total_flops() // 2)
