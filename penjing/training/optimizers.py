"""Optimizers, built from the settings."""

import torch
from torch import nn

from penjing.config import Train


def optimizer_of(network: nn.Module, train: Train) -> torch.optim.Optimizer:
    """SGD with Nesterov momentum, or AdamW; weight decay on matrices and kernels, not on norms and biases.

    Source: Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019; for what is not decayed, He et
    al., "Bag of tricks for image classification", CVPR 2019.
    """
    parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
    groups = [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": train.weight_decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    if train.optimizer == "sgd":
        return torch.optim.SGD(groups, lr=train.lr, momentum=train.momentum, nesterov=train.momentum > 0)
    return torch.optim.AdamW(groups, lr=train.lr, fused=True)
