"""What a network has and does, made countable: parameters, and attention as products."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel


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
