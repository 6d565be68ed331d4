"""Learning rate and momentum as functions of the share of the budget that is spent: nothing to save or restore."""

import math

import torch

from penjing.config import Train

ONECYCLE_START = 1 / 25  # of the highest rate
ONECYCLE_END = ONECYCLE_START / 1e4
ONECYCLE_DIP = 0.1  # how far momentum falls while the rate is high


def set_rates(optimizer: torch.optim.Optimizer, fraction: float, train: Train) -> float:
    """Give every group its rate, and its momentum where one cycle moves it; the rate of a group of factor 1."""
    lr = rate(fraction, train)
    for group in optimizer.param_groups:
        group["lr"] = lr * group.get("factor", 1.0)
    if train.schedule == "onecycle" and train.momentum > 0:
        for group in optimizer.param_groups:
            if "momentum" in group:
                group["momentum"] = momentum(fraction, train)
    return lr


def rate(fraction: float, train: Train) -> float:
    """The learning rate at a fraction in [0, 1] of the run: a linear rise over the warm-up, then the schedule down.

    One cycle has a rise of its own in place of the warm-up.

    Sources: Goyal et al., "Accurate, large minibatch SGD", 2017 (warm-up); Loshchilov and Hutter, "SGDR", 2017
    (cosine); Smith and Topin, "Super-convergence", 2018 (one cycle, with cosines as in torch's OneCycleLR).
    """
    if train.schedule == "onecycle":
        return _cycle(fraction, train, ONECYCLE_START * train.lr, train.lr, ONECYCLE_END * train.lr)
    if fraction < train.warmup:
        return train.lr * max(fraction / train.warmup, 0.01)  # never quite zero: the first step should count
    rest = min((fraction - train.warmup) / (1 - train.warmup), 1.0)
    if train.schedule == "cosine":
        return train.lr * 0.5 * (1 + math.cos(math.pi * rest))
    if train.schedule == "linear":
        return train.lr * (1 - rest)
    if train.schedule == "step":
        return train.lr * train.step_factor ** sum(milestone <= fraction for milestone in train.milestones)
    return train.lr


def momentum(fraction: float, train: Train) -> float:
    """Momentum at a fraction in [0, 1] of one cycle: lowest where the rate is highest."""
    low = max(train.momentum - ONECYCLE_DIP, 0.0)
    return _cycle(fraction, train, train.momentum, low, train.momentum)


def _cycle(fraction: float, train: Train, start: float, top: float, end: float) -> float:
    """Half a cosine from start to top up to the peak, another one to the end."""
    if fraction < train.peak:
        return _cosine(start, top, fraction / train.peak)
    return _cosine(top, end, (fraction - train.peak) / (1 - train.peak))


def _cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) * 0.5 * (1 + math.cos(math.pi * share))
