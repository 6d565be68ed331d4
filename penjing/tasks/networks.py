"""Which network: one of the task's own by name, or the user's by path."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn

from penjing.findings import did_you_mean, stop
from penjing.tasks import by_path


def pick(model: str, ours: Mapping[str, Callable[[], nn.Module]], spec: Any) -> nn.Module:
    """Build the network that the setting `model` names.

    Args:
        model: a key of `ours`, or a path to a function of the task's Spec that gives an nn.Module.
        ours: how to build each of the task's own networks.
        spec: what the data fixes; handed to the user's function.

    Raises:
        PenjingError: `unknown-model` with the nearest name; `not-a-network`; those of `by_path.load`.
    """
    if model in ours:
        return ours[model]()
    if not by_path.is_path(model):
        raise stop(
            "unknown-model",
            f"this task has no network `{model}`",
            where=f"model={model}",
            why="there is nothing to train.",
            try_=did_you_mean(
                model, ours, otherwise=f"it has {', '.join(ours)}; or give yours: --model package.module:name"
            ),
        )
    try:
        network = by_path.load(model)(spec)
    except (TypeError, AttributeError, ValueError, RuntimeError) as error:
        raise _not_a_network(model, f"calling it with the Spec fails: {type(error).__name__}: {error}") from error
    if not isinstance(network, nn.Module):
        raise _not_a_network(model, f"it gives a {type(network).__name__}")
    parameters = list(network.parameters())
    if any(isinstance(parameter, nn.parameter.UninitializedParameter) for parameter in parameters):
        raise _not_a_network(model, "it has lazy layers, which have no weights before the first batch")
    if not any(parameter.requires_grad for parameter in parameters):
        raise _not_a_network(model, "it has no parameter that can be trained")
    if odd := sorted({str(parameter.dtype) for parameter in parameters if parameter.dtype != torch.float32}):
        raise _not_a_network(model, f"it has weights of {', '.join(odd)}, and Penjing keeps weights in torch.float32")
    return network


def _not_a_network(model: str, what: str) -> Exception:
    return stop(
        "not-a-network",
        f"`{model}` does not build a network: {what}",
        where=f"model={model}",
        why="Penjing calls it with one argument, the task's Spec, and trains the nn.Module that it gives.",
        try_="def tiny(spec): return nn.Sequential(...)",
    )
