"""A step of one's own behind a pipeline, and a task that uses it: counts come out as whole numbers.

PYTHONPATH=examples penjing train sklearn:digits --task examples/my_steps.py:WholeCount
"""

from collections.abc import Sequence
from typing import Any

from my_task import Count

from penjing.runtime.engine import Engine
from penjing.runtime.pipeline import Pipeline
from penjing.runtime.steps.read_value import Value
from penjing.runtime.steps.user_step import UserStep


def whole(values: Sequence[Value], engine: Engine, parameters: dict[str, Any]) -> list[Value]:
    """Round each count, and let none be less than `parameters["least"]`."""
    return [Value(max(round(value.value), parameters["least"]), value.name) for value in values]


class WholeCount(Count):
    """Counts in whole digits; all but the pipeline is inherited."""

    def pipeline(self, spec: Count.Spec) -> Pipeline:
        """The pipeline of `Count`, and one step more."""
        rounding = UserStep("my_steps:whole", {"least": 0})
        return Pipeline((*super().pipeline(spec).steps, rounding))
