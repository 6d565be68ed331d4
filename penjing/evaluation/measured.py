"""What was measured for each of several runs and differs: such runs differ by more than their seed. No torch."""

from collections.abc import Sequence
from typing import Any

from penjing.run import Run


def measured_apart(runs: Sequence[Run]) -> dict[str, tuple[Any, ...]]:
    """Settings that differ between runs and were measured in at least one: the value of each run, in their order."""
    origins = [run.config.origins for run in runs]
    measured = dict.fromkeys(name for of_run in origins for name in of_run if of_run[name].origin == "measured here")
    values = {name: tuple(of_run[name].value if name in of_run else None for of_run in origins) for name in measured}
    return {name: found for name, found in values.items() if any(value != found[0] for value in found)}


def apart_in_words(apart: dict[str, tuple[Any, ...]]) -> str:
    """`lr 0.01, 0.02, 0.01; threads 1, 2, 1`: run by run."""
    return "; ".join(f"{name} {', '.join(_figure(value) for value in values)}" for name, values in apart.items())


def _figure(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
