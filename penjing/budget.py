"""How long a training lasts: `2000steps`, `5epochs`, `90s`, `10m`, `1h`."""

import re
from typing import Literal

import msgspec

from penjing.findings import stop

ENOUGH_EPOCHS = 60  # passes over pictures after which the validation score is flat


class Budget(msgspec.Struct, frozen=True):
    """How long a training lasts. Steps and epochs repeat exactly; seconds depend on the machine's mood."""

    amount: float
    unit: Literal["steps", "epochs", "seconds"]

    def __str__(self) -> str:
        """As a person would say it."""
        return f"{self.amount:g} {self.unit}"


_UNITS: dict[str, tuple[Literal["steps", "epochs", "seconds"], float]] = {
    "steps": ("steps", 1),
    "epochs": ("epochs", 1),
    "s": ("seconds", 1),
    "m": ("seconds", 60),
    "h": ("seconds", 3600),
}


def parse_budget(text: str) -> Budget:
    """Read `2000steps`, `5epochs`, `90s`, `10m` or `1h`.

    Raises:
        PenjingError: `bad-budget` where it is none of these, zero or negative.
    """
    match = re.fullmatch(r"\s*(-?\d+(?:\.\d+)?)\s*(steps?|epochs?|[smh])\s*", text)
    unit, factor = _UNITS[match[2] if len(match[2]) == 1 else match[2].rstrip("s") + "s"] if match else _UNITS["steps"]
    amount = float(match[1]) * factor if match else 0.0
    if amount <= 0 or (unit == "steps" and amount != int(amount)):
        raise stop(
            "bad-budget",
            f"`{text}` is not a length of training",
            where=f"budget={text}",
            why="a budget is a positive number and its unit: whole steps, or epochs, seconds, minutes, hours.",
            try_="--budget 2000steps, --budget 5epochs or --budget 10m",
        )
    return Budget(amount, unit)
