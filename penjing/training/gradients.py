"""The loss of a batch and its gradients: in one piece or several, in float32 or partly in bfloat16."""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from penjing.config import Config, Train
from penjing.findings import Finding, listed, stop
from penjing.tasks.task import Batch, Loss, Task
from penjing.training.blame import blaming
from penjing.training.precision import forward_in_bf16


def add_gradients(task: Task, network: nn.Module, batch: Batch, spec: Any, config: Config[Any], step: int) -> Loss:
    """Add a batch's gradients to those that the parameters hold.

    With `accumulate` above 1 the batch is cut along its first axis, and the gradients of the pieces are added up, each
    weighted by its share of the examples. They are those of the whole batch, up to float32's rounding, where the loss
    is a mean over examples and no example's output depends on another's: batch norm takes its mean and spread of each
    piece alone, and moves its running statistics once a piece. A loss that is a mean over something else, such as
    objects or characters, is weighted as if each example had as many of them.

    Args:
        task: gives the loss.
        network: on the device of the batch.
        batch: of this step, on the device.
        spec: of the task.
        config: `accumulate`, `precision`.
        step: for a failure's finding.

    Returns:
        The loss of the whole batch, without its graph.

    Raises:
        PenjingError: `model-fails`, with the line; `not-in-pieces` where the batch cannot be cut.
    """
    total, parts = torch.zeros((), device=batch[0].device), dict[str, Tensor]()
    for loss, weight in losses_of(task, network, batch, spec, config, step):
        # Weighted here and not in the graph: whoever watches backward sees a mean loss, as without pieces
        share = None if weight == 1 else torch.full_like(loss.total, weight)
        with blaming(step):
            loss.total.backward(share)  # type: ignore[no-untyped-call]
        total = total + weight * loss.total.detach()
        for name, part in loss.parts.items():
            parts[name] = parts.get(name, 0.0) + weight * part
    return Loss(total, parts)


def losses_of(
    task: Task, network: nn.Module, batch: Batch, spec: Any, config: Config[Any], step: int
) -> Iterator[tuple[Loss, float]]:
    """The loss of each piece of a batch in the settings' precision, and the piece's share of the examples.

    Raises:
        PenjingError: `model-fails`, with the line; `not-in-pieces` where the batch cannot be cut.
    """
    in_precision = _precision_of(network, batch[0].device, config.train)
    whole, count = [(batch, 1.0)], config.train.accumulate
    for piece, weight in whole if count == 1 else pieces_of(batch, count):
        with blaming(step), in_precision():
            loss = task.loss(network, piece, spec, config)
        yield loss, weight


def norms_in_pieces(network: nn.Module, accumulate: int) -> list[Finding]:
    """A note where pieces do not give the gradients of the whole batch, because batch norm sees each by itself."""
    norms = [name for name, module in network.named_modules() if isinstance(module, _BatchNorm)]
    if accumulate == 1 or not norms:
        return []
    return [
        Finding(
            rule="norms-in-pieces",
            severity="note",
            what=f"batch norm takes mean and spread of each of {accumulate} pieces by itself, not of the batch",
            where=f"accumulate={accumulate}; {listed(norms)}",
            why="a network with batch norm trains a little differently in pieces; all else adds up to the whole batch.",
            try_="accumulate=1 where memory allows, or a network without batch norm",
            evidence={"norms": norms},
        )
    ]


def pieces_of(batch: Batch, count: int) -> Iterator[tuple[Batch, float]]:
    """Cut a batch into pieces as equal as can be, at most one an example; each with its share of the examples.

    Raises:
        PenjingError: `not-in-pieces` where its tensors do not all have one entry an example.
    """
    lengths = {tensor.shape[0] if tensor.ndim else 0 for tensor in batch}
    if len(lengths) > 1 or 0 in lengths:
        shapes = ", ".join(f"{name} {tuple(tensor.shape)}" for name, tensor in zip(batch._fields, batch, strict=True))
        raise stop(
            "not-in-pieces",
            f"a batch whose tensors differ in their first axis cannot be cut: {shapes}",
            where=f"accumulate={count}",
            why="the pieces would not hold the same examples in each tensor.",
            try_="accumulate=1, or let the first axis of each tensor be the example",
        )
    (examples,) = lengths
    columns = [tensor.tensor_split(min(count, examples)) for tensor in batch]
    for tensors in zip(*columns, strict=True):
        yield type(batch)(*tensors), len(tensors[0]) / examples


def _precision_of(network: nn.Module, device: torch.device, train: Train) -> Callable[[], AbstractContextManager[None]]:
    return (lambda: forward_in_bf16(network, device)) if train.precision == "bf16" else contextlib.nullcontext
