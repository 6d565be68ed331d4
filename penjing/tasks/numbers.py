"""The numbers that `regress` learns: which cannot be learned from, their loss and unit, and what is lost untrained."""

from typing import Literal

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from penjing.data.dataset import Dataset
from penjing.data.division import same_number
from penjing.findings import listed, stop

Kind = Literal["huber", "mse"]


def refuse_bad(data: Dataset) -> None:
    """Stop at numbers that nothing can be learned from.

    Raises:
        PenjingError: `not-finite` with the first few of them; `one-value` where all of the train split are equal.
    """
    broken = [
        f"{split.name(int(i))} is {np.asarray(split.truths)[i]}"
        for split in data.splits.values()
        for i in np.flatnonzero(~np.isfinite(np.asarray(split.truths, dtype=np.float64)))
    ]
    if broken:
        raise stop(
            "not-finite",
            f"{len(broken):,} of the numbers to learn are not finite",
            where=listed(broken),
            why="one such number makes every weight not a number with its first step.",
            try_="leave these pictures out, or write down what they should have",
        )
    numbers = np.asarray(data.splits["train"].truths)
    if not np.ptp(numbers):
        raise same_number(number_name(data), numbers[0], "train split")


def number_name(data: Dataset) -> str:
    """What the number is called."""
    return data.classes[0] if data.classes else "number"


def is_steering(data: Dataset) -> bool:
    """Whether a mirrored picture has the negated number: by the number's name, and that it has both signs."""
    numbers = np.asarray(data.splits["train"].truths)
    return "steer" in number_name(data).lower() and bool((numbers < 0).any() and (numbers > 0).any())


def as_seen(numbers: np.ndarray, *, with_negated: bool) -> np.ndarray:
    """Numbers as they are seen in training: where mirrored pictures have the negated number, both.

    Args:
        numbers: (N,)
        with_negated: whether half of the pictures, each time others, are mirrored so.

    Returns:
        (N,) or (2 N,) float64.
    """
    exact = numbers.astype(np.float64)
    return np.concatenate([exact, -exact]) if with_negated else exact


def each_loss(given: Tensor, truths: Tensor, kind: Kind) -> Tensor:
    """The loss of each example, (B,), of numbers in spreads.

    Huber's is half the square up to an error of one spread, and linear beyond it, so that a few wild numbers do not
    rule the mean (Annals of Mathematical Statistics, 1964).
    """
    if kind == "huber":
        return F.huber_loss(given, truths, reduction="none")
    return F.mse_loss(given, truths, reduction="none")


class InUnits(nn.Module):
    """Spreads to the number's own unit.

    Args:
        usual: the number's mean.
        spread: its standard deviation.
    """

    def __init__(self, usual: float, spread: float) -> None:
        super().__init__()
        self.usual, self.spread = usual, spread

    def forward(self, x: Tensor) -> Tensor:
        """(B, 1) -> (B, 1)."""
        return self.usual + self.spread * x


def first_loss(numbers: np.ndarray, kind: Kind, batch_size: int) -> float | None:
    """`expected_loss` of always answering the mean of these numbers."""
    in_spreads = torch.from_numpy((numbers - numbers.mean()) / numbers.std())
    return expected_loss(each_loss(torch.zeros_like(in_spreads), in_spreads, kind).numpy(), batch_size)


def expected_loss(losses: np.ndarray, batch_size: int) -> float | None:
    """The mean loss of always answering the mean; None where the mean of a batch tells too little of it.

    Args:
        losses: (N,) of each training example.
        batch_size: examples over which the first loss is averaged.

    Numbers of which most are alike and a few are far off give batches whose losses differ by more than PJ101 allows
    (25 %, or 0.35); then nothing is promised. Four standard errors are the limit.
    """
    mean, error = float(losses.mean()), float(losses.std()) / np.sqrt(batch_size)
    return mean if 4 * error <= max(0.25 * mean, 0.35) else None
