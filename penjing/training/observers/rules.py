"""The rules, watching the first steps of our own loop as they would watch anyone's."""

from collections.abc import Callable
from typing import Self

import torch
from torch import nn

from penjing.findings import Finding, PenjingError
from penjing.rules.observe import Watch
from penjing.training.loop import Step

STEPS = 20  # watched; hooks cost time, and what is wrong with a loop shows in its first steps


class RuleWatch:
    """Watches the first steps, then takes its hooks away.

    Args:
        network: what is trained.
        optimizer: its optimizer.
        start_loss: what theory says the loss is before training; None where it says nothing.
        ignore: ids of rules that may not end the training.
        tell: is handed each finding, once the watched steps are over.
    """

    def __init__(
        self,
        network: nn.Module,
        optimizer: torch.optim.Optimizer,
        start_loss: float | None,
        ignore: tuple[str, ...],
        *,
        tell: Callable[[Finding], None],
    ) -> None:
        self._ignore, self._tell = ignore, tell
        self._is_concluded = False
        self._watch = Watch(network, optimizer, start_loss=start_loss, steps=STEPS, where="the loop of penjing train")

    def __enter__(self) -> Self:
        self._watch.__enter__()
        return self

    def __exit__(self, *failure: object) -> None:
        self._conclude()

    def observe(self, step: Step) -> None:
        """Judge what was seen, once, after the last watched step.

        Raises:
            PenjingError: a rule of severity error that is not ignored.
        """
        if self._is_concluded or not (self._watch.is_over or step.ending):
            return
        self._conclude()
        for finding in self._watch.findings:
            if finding.severity == "error" and finding.rule not in self._ignore:
                raise PenjingError(finding)

    def _conclude(self) -> None:
        if not self._is_concluded:
            self._is_concluded = True
            self._watch.close()
            for finding in self._watch.findings:
                self._tell(finding)
