"""In which numbers and in which order in memory a network computes while it is trained."""

import contextlib
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from penjing.config import Train


def place(network: nn.Module, device: torch.device, train: Train) -> nn.Module:
    """Move a network, in place, to the device and the settings' order in memory; before its optimizer is made."""
    network.to(device)
    if train.memory_format == "channels_last":
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network


@contextlib.contextmanager
def forward_in_bf16(network: nn.Module, device: torch.device) -> Iterator[None]:
    """Within, calls of the network compute in bfloat16 where autocast holds that to be safe, and give float32.

    Weights, gradients and whatever is computed from the outputs, so also the loss, stay float32. A network that is not
    called but entered by another method computes in float32 throughout.

    Source: Kalamkar et al., "A study of BFLOAT16 for deep learning training", 2019.
    """
    lowered = contextlib.ExitStack()

    def enter(module: nn.Module, inputs: Any) -> None:
        lowered.enter_context(torch.autocast(device.type, torch.bfloat16))

    def leave(module: nn.Module, inputs: Any, output: Any) -> Any:
        lowered.close()
        return _as_float(output)

    before = network.register_forward_pre_hook(enter)
    after = network.register_forward_hook(leave, always_call=True)  # also after a forward that fails
    try:
        yield
    finally:
        before.remove()
        after.remove()


def _as_float(output: Any) -> Any:
    """Tensors of bfloat16 as float32, in tuples, lists and dicts too."""
    if isinstance(output, Tensor):
        return output.float() if output.dtype == torch.bfloat16 else output
    if isinstance(output, dict):
        return {key: _as_float(value) for key, value in output.items()}
    if isinstance(output, tuple) and hasattr(output, "_fields"):
        return type(output)(*map(_as_float, output))
    if isinstance(output, tuple | list):
        return type(output)(map(_as_float, output))
    return output
