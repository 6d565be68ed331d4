"""The rules, watching the first steps of our own loop as they would watch anyone's."""

from typing import Self

import torch
from torch import nn

from penjing.findings import Finding
from penjing.training.loop import Step

STEPS = 20  # watched; hooks cost time, and what is wrong with a loop shows in its first steps


class RuleWatch:
    def __init__(
        self, network: nn.Module, optimizer: torch.optim.Optimizer, start_loss: float | None, ignore: tuple[str, ...]
    ) -> None:
        self.findings: list[Finding] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        return

    def observe(self, step: Step) -> None:
        return
