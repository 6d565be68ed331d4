"""Evaluation mode for a while: what looks at a network leaves it as it was found."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn


@contextmanager
def evaluating(network: nn.Module) -> Iterator[None]:
    """Within, a network is in evaluation mode; afterwards each of its parts is in the mode that it was in.

    `network.train()` would not do: a batch norm that was frozen in evaluation mode would learn again.
    """
    modes = [(part, part.training) for part in network.modules()]
    network.eval()
    try:
        yield
    finally:
        for part, was_training in modes:
            part.training = was_training
