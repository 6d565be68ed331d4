"""Which network: one of the task's own by name, or the user's by path."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
import torch
from torch import nn

from penjing.config import Choice, Model
from penjing.findings import PenjingError, did_you_mean, stop
from penjing.models import WIDE
from penjing.tasks import by_path

Build = Callable[..., nn.Module]  # its keywords are settings of the network that it has a use for
SHAPING = ("width", "dropout", "stochastic_depth")  # settings that shape a network; each has a use for some


def pick(model: Model, ours: Mapping[str, Build], spec: Any) -> nn.Module:
    """Build the network that the settings name.

    Args:
        model: `model` is a key of `ours`, or a path to a function of the task's Spec that gives an nn.Module. What was
            set of `width`, `dropout` and `stochastic_depth` is handed over by name.
        ours: how to build each of the task's own networks.
        spec: what the data fixes; handed to the user's function.

    Raises:
        PenjingError: `unknown-model` with the nearest name; `unused-setting`, `bad-setting`; `not-a-network`; those of
            `by_path.load`.
    """
    name = model.model
    if name in ours:
        given = given_for(model, ours[name])
        try:
            return ours[name](**given)
        except ValueError as error:
            raise _bad(given, name, error) from error
    if not by_path.is_path(name):
        raise unknown_model(
            name, name, ours, "this task has", "penjing list models; or give yours: package.module:name"
        )
    build = by_path.load(name)
    given = given_for(model, build)
    try:
        network = build(spec, **given)
    except PenjingError:
        raise
    except Exception as error:
        raise not_a_network(name, f"calling it with the Spec fails: {type(error).__name__}: {error}") from error
    _expect_trainable(name, network)
    return network


def fitted(recipe: Mapping[str, Choice], asked: Mapping[str, Choice]) -> dict[str, Choice]:
    """A task's choices, fitted to the network that was asked for: wide linear layers are not orthogonalized.

    Its five times three products of such matrices take 80 times as long as the layer itself with a batch of 256.
    """
    model, optimizer = asked.get("model"), recipe.get("optimizer")
    if model is None or model.value not in WIDE or optimizer is None or optimizer.value != "muon":
        return dict(recipe)
    why = "to orthogonalize matrices of 4096x4096, as muon does, takes longer than all else in a step"
    instead = {
        "optimizer": Choice("adamw", "default", why),
        "lr": Choice(1e-4, "default", "the usual for linear layers so wide without norms"),
    }
    return {name: choice for name, choice in recipe.items() if name != "momentum"} | instead


def given_for(model: Model, build: Build | None) -> dict[str, Any]:
    """The settings that shape a network, as far as they were set; None has no use for any.

    Raises:
        PenjingError: `unused-setting`.
    """
    defaults = {field.name: field.default for field in msgspec.structs.fields(model)}
    given = {name: getattr(model, name) for name in SHAPING if getattr(model, name) != defaults[name]}
    if not given:
        return {}
    known = inspect.signature(build).parameters if callable(build) else {}
    if unused := [name for name in given if name not in known]:
        settings = " and ".join(f"`{name}`" for name in unused)
        uses = [name for name in SHAPING if name in known]
        raise stop(
            "unused-setting",
            f"`{model.model}` has no use for {settings}",
            where=", ".join(f"{name}={given[name]:g}" for name in unused),
            why="a setting that changes nothing would be believed to have been tried.",
            try_=f"leave {settings} out" + (f"; what it has a use for: {', '.join(uses)}" if uses else ""),
        )
    return given


def unknown_model(model: str, name: str, known: Iterable[str], who: str, otherwise: str) -> PenjingError:
    """The error where `name`, all of the setting `model` or a part of it, is no network's."""
    return stop(
        "unknown-model",
        f"{who} no network `{name}`",
        where=f"model={model}",
        why="there is no network to build.",
        try_=did_you_mean(name, known, otherwise=otherwise),
    )


def not_a_network(name: str, what: str, *, try_: str = "def tiny(spec): return nn.Sequential(...)") -> PenjingError:
    """The error where what stands behind a name cannot be trained."""
    return stop(
        "not-a-network",
        f"`{name}` does not build a network: {what}",
        where=f"model={name}",
        why="Penjing calls it with one argument, the task's Spec, and trains the nn.Module that it gives.",
        try_=try_,
    )


def _bad(given: Mapping[str, Any], name: str, error: ValueError) -> PenjingError:
    return stop(
        "bad-setting",
        f"`{name}` cannot be built so: {error}",
        where=", ".join(f"{setting}={value:g}" for setting, value in given.items()) or f"model={name}",
        why="there is nothing to train.",
        try_="penjing list settings  shows what each setting is",
    )


def _expect_trainable(name: str, network: Any) -> None:
    """Stop at what a user's function may give and no training can use."""
    if not isinstance(network, nn.Module):
        raise not_a_network(name, f"it gives a {type(network).__name__}")
    parameters = list(network.parameters())
    if any(isinstance(parameter, nn.parameter.UninitializedParameter) for parameter in parameters):
        raise not_a_network(name, "it has lazy layers, which have no weights before the first batch")
    if not any(parameter.requires_grad for parameter in parameters):
        raise not_a_network(name, "it has no parameter that can be trained")
    if odd := sorted({str(parameter.dtype) for parameter in parameters if parameter.dtype != torch.float32}):
        raise not_a_network(name, f"it has weights of {', '.join(odd)}, and Penjing keeps weights in torch.float32")
