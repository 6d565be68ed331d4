"""When a loss or its gradient is not a number: which module said so first, and in which batch."""

from typing import Any

import torch
from torch import Tensor, nn

from penjing.config import Config
from penjing.findings import PenjingError, stop
from penjing.tasks.task import Batch, Loss, Task
from penjing.training import devices
from penjing.training.gradients import losses_of


def not_a_number(
    task: Task, network: nn.Module, batch: Batch, spec: Any, config: Config[Any], step: int, loss: Loss
) -> PenjingError:
    """The finding PJ205: runs the step's forward once more as it was, and watches each module's output.

    The weights are not touched.
    """
    first: list[str] = []

    def look(name: str) -> Any:
        def hook(module: nn.Module, inputs: Any, output: Any) -> None:
            if not first and isinstance(output, Tensor) and not torch.isfinite(output).all():
                first.append(f"{name or 'the network'} ({type(module).__name__})")

        return hook

    hooks = [module.register_forward_hook(look(name)) for name, module in network.named_modules()]
    devices.seed_dropout(config.seed, step, batch[0].device)
    try:
        with torch.no_grad():
            list(losses_of(task, network, batch, spec, config, step))
    finally:
        for hook in hooks:
            hook.remove()
    bad_inputs = [
        name for name, tensor in zip(type(batch)._fields, batch, strict=True) if not torch.isfinite(tensor).all()
    ]
    is_loss = not torch.isfinite(loss.total)
    broken = "loss" if is_loss else "gradient"
    blamed = f"`{bad_inputs[0]}` of the batch" if bad_inputs else first[0] if first else f"the {broken} itself"
    return stop(
        "PJ205",
        f"the {broken} is not a finite number; the first that is not is {blamed}",
        where=f"step {step}, {blamed}",
        why="one such step would turn every weight into NaN; it was not taken, and what was saved before it is whole.",
        try_="look at that batch's inputs" if bad_inputs else _remedy(step, config.train.clip, is_loss=is_loss),
        evidence={"step": step, "first": blamed},
    )


def _remedy(step: int, clip: float, *, is_loss: bool) -> str:
    if not is_loss:
        return "look for a root or a norm of zeros, or a division, in the network and its loss: its slope is infinite"
    if step == 0:
        return "no step was taken yet: look for a log, a root or a division in the network and its loss"
    return f"a smaller --lr, or --clip {clip / 10 or 1:g}"
