"""An exponential moving average of the weights, which is often better than the last weights themselves."""

import copy
from collections.abc import Callable

import torch
from torch import nn


class Average:
    """A copy of a network whose weights follow it slowly; buffers such as batch norm's statistics are copied.

    The decay rises from 0 as (1 + step) / (10 + step), so that the first weights are forgotten soon.

    Source: Polyak and Juditsky, SIAM J. Control Optim. 1992; the rising decay as in TensorFlow's
    ExponentialMovingAverage.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.decay = decay
        self.network = copy.deepcopy(network).requires_grad_(requires_grad=False).eval()
        self._pairs = list(zip(self.network.parameters(), network.parameters(), strict=True))
        self._buffers = list(zip(self.network.buffers(), network.buffers(), strict=True))

    @torch.no_grad()
    def follow(self, step: int) -> None:
        """Move towards the network after a step."""
        decay = min(self.decay, (1 + step) / (10 + step))
        mine, theirs = zip(*self._pairs, strict=True)
        torch._foreach_lerp_(list(mine), list(theirs), 1 - decay)
        for buffer, source in self._buffers:
            buffer.copy_(source)


def average_of(network: nn.Module, decay: float) -> tuple[nn.Module, Callable[[int], None]]:
    """The network whose weights are kept, and what to call after each step; without decay the network itself."""
    if decay == 0:
        return network, lambda step: None
    average = Average(network, decay)
    return average.network, average.follow
