"""The ways in which a training can run on this machine: the plain one, and the changes that may make it faster."""

from collections.abc import Mapping
from typing import Any

import torch

from penjing.config import Choice, Train, settings_of
from penjing.training import devices
from penjing.training.allocator import can_keep

_MEANT = {row.name: row.description for row in settings_of(Train)}
PLAIN = {  # what PyTorch and the system do by themselves
    name: Choice(value, "default", _MEANT[name])
    for name, value in {"precision": "fp32", "memory_format": "contiguous", "allocator": "system"}.items()
}
QUICK = {"precision": "bf16", "memory_format": "channels_last"}  # as one: channels_last mostly speeds bf16 up


def left_open(train: Train) -> dict[str, Choice]:
    """The plain way's choices for what the settings leave open."""
    return {name: choice for name, choice in PLAIN.items() if getattr(train, name) == "auto"}


def changes(train: Train) -> list[Mapping[str, Any]]:
    """Settings that may make a step faster here, each on top of those before it; none that was asked for."""
    is_on_cpu = devices.choose(train.device).type == "cpu"
    is_open = left_open(train)
    quick = {name: value for name, value in QUICK.items() if name in is_open}
    found: list[Mapping[str, Any]] = [quick] if quick else []
    if "allocator" in is_open and is_on_cpu and can_keep():
        found.append({"allocator": "keep"})
    if train.threads == 0 and is_on_cpu and torch.get_num_threads() > 1:
        found.append({"threads": 1})
    return found
