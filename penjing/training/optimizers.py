"""Optimizers, built from the settings: which parameters are decayed, orthogonalized or slowed, and by what update."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import torch
from torch import nn

from penjing.config import Train
from penjing.findings import stop
from penjing.training.blocks import NORMS
from penjing.training.freezing import factors_of
from penjing.training.muon import Muon

NO_FACTORS: Mapping[str, float] = MappingProxyType({})


def optimizer_of(network: nn.Module, train: Train) -> torch.optim.Optimizer:
    """The optimizer that the settings name, over the parameters that are trained.

    Args:
        network: on its device; parameters that `freeze` holds for good take no gradient from here on.
        train: update rule, rate, decay, momentum, and what freezes or slows parameters.

    Raises:
        PenjingError: `nothing-to-train` where no parameter is left; those of `freezing.factors_of`.

    Sources: Sutskever et al., ICML 2013 (sgd with Nesterov's momentum); Kingma and Ba, ICLR 2015 (adam); Duchi et al.,
    JMLR 2011 (adagrad); Loshchilov and Hutter, ICLR 2019 (adamw); Jordan et al. 2024 (muon).
    """
    factors = factors_of(network, train)
    for name, parameter in network.named_parameters():
        if factors.get(name) == 0:
            parameter.requires_grad = False
    groups = groups_of(network, train, factors)
    if not groups:
        raise stop(
            "nothing-to-train",
            "the network has no parameter that is trained",
            where=type(network).__name__,
            why="every step would leave it as it is.",
            try_="a network with parameters, not all of them frozen",
        )
    if train.optimizer == "sgd":
        nesterov = train.nesterov and train.momentum > 0
        return torch.optim.SGD(groups, lr=train.lr, momentum=train.momentum, nesterov=nesterov, fused=True)
    if train.optimizer == "adam":
        return torch.optim.Adam(groups, lr=train.lr, fused=True)
    if train.optimizer == "adagrad":
        return torch.optim.Adagrad(groups, lr=train.lr, fused=True)
    if train.optimizer == "muon":
        precision = torch.bfloat16 if train.precision == "bf16" else torch.float32
        return Muon(groups, lr=train.lr, momentum=train.momentum, precision=precision)
    return torch.optim.AdamW(groups, lr=train.lr, fused=True)


def groups_of(network: nn.Module, train: Train, factors: Mapping[str, float] = NO_FACTORS) -> list[dict[str, Any]]:
    """Parameter groups: each with its own weight decay and its own `factor` of the learning rate.

    Not decayed are parameters of one axis, which are biases and norms, and all parameters of norms (He et al., "Bag of
    tricks for image classification", CVPR 2019). With muon a group is also marked `orthogonalize` or not.

    Args:
        network: gives parameters and their names; those that take no gradient are left out.
        train: weight decay and update rule.
        factors: by name of a parameter; 0 leaves it out.
    """
    of_norms = {id(p) for module in network.modules() if isinstance(module, NORMS) for p in module.parameters()}
    hidden = _hidden(network, of_norms) if train.optimizer == "muon" else set()
    groups: dict[tuple[bool, bool, float], dict[str, Any]] = {}
    for name, parameter in network.named_parameters():
        factor = factors.get(name, 1.0)
        if not parameter.requires_grad or factor == 0:
            continue
        is_decayed = parameter.ndim > 1 and id(parameter) not in of_norms
        key = (not is_decayed, id(parameter) not in hidden, factor)
        decay = train.weight_decay if is_decayed else 0.0
        group = groups.setdefault(key, {"params": [], "weight_decay": decay, "factor": factor})
        group["params"].append(parameter)
        if train.optimizer == "muon":
            group["orthogonalize"] = id(parameter) in hidden
    return [groups[key] for key in sorted(groups)]


def _hidden(network: nn.Module, of_norms: set[int]) -> set[int]:
    """Matrices and kernels between the first and the last, in the order in which the network holds them.

    Inputs and outputs have a geometry of their own: their matrices are not orthogonalized (Jordan et al. 2024).
    """
    embeddings = {
        id(p) for module in network.modules() if isinstance(module, nn.Embedding) for p in module.parameters()
    }
    matrices = [id(p) for p in network.parameters() if p.ndim > 1 and id(p) not in of_norms]
    return set(matrices[1:-1]) - embeddings
