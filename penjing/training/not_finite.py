"""When a loss is not a number: which module said so first, and in which batch."""

from typing import Any

import torch
from torch import Tensor, nn

from penjing.config import Config
from penjing.findings import PenjingError, stop
from penjing.tasks.task import Batch, Task


def not_a_number(
    task: Task, network: nn.Module, batch: Batch, spec: Any, config: Config[Any], step: int
) -> PenjingError:
    """The finding PJ205: runs the batch once more, watching each module's output. The weights are not touched."""
    first: list[str] = []

    def look(name: str) -> Any:
        def hook(module: nn.Module, inputs: Any, output: Any) -> None:
            if not first and isinstance(output, Tensor) and not torch.isfinite(output).all():
                first.append(f"{name or 'the network'} ({type(module).__name__})")

        return hook

    hooks = [module.register_forward_hook(look(name)) for name, module in network.named_modules()]
    try:
        with torch.no_grad():
            task.loss(network, batch, spec, config)
    finally:
        for hook in hooks:
            hook.remove()
    bad_inputs = [
        name for name, tensor in zip(type(batch)._fields, batch, strict=True) if not torch.isfinite(tensor).all()
    ]
    blamed = f"`{bad_inputs[0]}` of the batch" if bad_inputs else first[0] if first else "the loss, or its gradient"
    return stop(
        "PJ205",
        f"the loss is not a finite number; the first that is not is {blamed}",
        where=f"step {step}, {blamed}",
        why="one such step would turn every weight into NaN; it was not taken, and what was saved before it is whole.",
        try_=_remedy(step, bad_inputs),
        evidence={"step": step, "first": blamed},
    )


def _remedy(step: int, bad_inputs: list[str]) -> str:
    if bad_inputs:
        return "look at that batch's inputs"
    if step == 0:
        return "no step was taken yet: look for a log, a root or a division in the network and its loss"
    return "a smaller --lr, or --clip 1"
