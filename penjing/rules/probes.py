"""What observing reads off tensors and modules; nothing is written, drawn or kept."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.dropout import _DropoutNd

from penjing.rules.trace import Kind


def version(gradient: Tensor | None) -> int:
    """How often a gradient was written to; -1 where there is none."""
    return -1 if gradient is None else gradient._version


def norms(tensors: Iterable[Tensor]) -> list[float]:
    """The norm of each tensor; sparse ones by their values."""
    plain = [(t._values() if t.is_sparse else t).detach() for t in tensors]
    if not plain:
        return []
    with torch.no_grad():
        found = torch._foreach_norm(plain)
        return torch.stack([norm.to("cpu", torch.float64) for norm in found]).tolist()


def is_finite(tensors: Iterable[Tensor]) -> bool:
    """Whether every value of every tensor is a finite number."""
    with torch.no_grad():
        return all(bool(torch.isfinite(t._values() if t.is_sparse else t).all()) for t in tensors)


def kinds_of(module: nn.Module, *, training: bool | None = None) -> frozenset[Kind]:
    """Kinds of layers inside that act otherwise in training; with `training=True` those that are in that mode now."""
    parts = [part for part in module.modules() if training is None or part.training is training]
    batch_norms = [part for part in parts if isinstance(part, _BatchNorm) and part.track_running_stats]
    if any(norm.momentum is None for norm in batch_norms):
        return frozenset()  # statistics are being measured anew on purpose, as weight averaging does
    drops = any(
        (isinstance(part, _DropoutNd) and part.p > 0)
        or (isinstance(part, nn.RNNBase | nn.MultiheadAttention) and part.dropout > 0)
        for part in parts
    )
    kinds: list[tuple[Kind, bool]] = [("batch norm", bool(batch_norms)), ("dropout", drops)]
    return frozenset(kind for kind, is_there in kinds if is_there)
