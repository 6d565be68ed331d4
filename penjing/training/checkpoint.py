"""A checkpoint, one moment of a training as named arrays: everything that a resumed one needs to go on bit for bit."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from penjing.tasks.task import Stream


def arrays_of(network: nn.Module) -> dict[str, np.ndarray]:
    """A network's weights and buffers as arrays on the CPU, by name."""
    return {name: tensor.detach().cpu().numpy() for name, tensor in network.state_dict().items()}


def load_arrays(network: nn.Module, arrays: Mapping[str, np.ndarray]) -> None:
    """Put arrays back into a network; names and shapes must be the same."""
    network.load_state_dict({name: torch.from_numpy(array.copy()) for name, array in arrays.items()})


class Parts(NamedTuple):
    """What changes while a network is trained, and so must be kept."""

    network: nn.Module
    kept: nn.Module  # the averaged network, or the network itself
    optimizer: torch.optim.Optimizer
    stream: Stream


def capture(parts: Parts) -> dict[str, np.ndarray]:
    """Network, averaged network, optimizer and playing stream."""
    arrays = _under("network", arrays_of(parts.network))
    if parts.kept is not parts.network:
        arrays |= _under("kept", arrays_of(parts.kept))
    for index, state in parts.optimizer.state_dict()["state"].items():
        arrays |= {
            f"optimizer/{index}/{key}": np.asarray(value.cpu()) for key, value in state.items() if value is not None
        }
    if hasattr(parts.stream, "state"):
        arrays |= _under("stream", parts.stream.state())
    return arrays


def restore(arrays: Mapping[str, np.ndarray], parts: Parts) -> None:
    """Put a captured checkpoint back."""
    load_arrays(parts.network, _strip("network", arrays))
    if parts.kept is not parts.network:
        load_arrays(parts.kept, _strip("kept", arrays))
    restore_optimizer(_strip("optimizer", arrays), parts.optimizer)
    if hasattr(parts.stream, "load_state"):
        parts.stream.load_state(_strip("stream", arrays))


def restore_optimizer(arrays: Mapping[str, np.ndarray], optimizer: torch.optim.Optimizer) -> None:
    """Put an optimizer's state back: arrays by "index of the parameter/name", as `capture` names them.

    Each tensor takes the order in memory of its parameter, as the optimizer made it: fused updates walk both side by
    side, and would pair other entries where one is channels-last and the other is not.
    """
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    state: dict[int, dict[str, torch.Tensor]] = {}
    for name, array in arrays.items():
        index, key = name.split("/")
        tensor, parameter = torch.from_numpy(array.copy()), parameters[int(index)]
        if tensor.shape == parameter.shape:
            tensor = torch.empty_like(parameter, dtype=tensor.dtype, requires_grad=False).copy_(tensor)
        state.setdefault(int(index), {})[key] = tensor
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})


def _under(folder: str, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {f"{folder}/{name}": array for name, array in arrays.items()}


def _strip(folder: str, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    start = f"{folder}/"
    return {name.removeprefix(start): array for name, array in arrays.items() if name.startswith(start)}
