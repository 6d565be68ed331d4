"""The log: its lines are means of the losses since the line before, whether the training was interrupted or not."""

import json
from typing import Any

import numpy as np
import pytest

from penjing.evaluation.curves import loss_at_end
from penjing.training.loop import Step
from penjing.training.observers.log import LINES, Log

STEPS = 4_000
LOSSES = np.random.default_rng(0).exponential(size=STEPS)


def step(i: int) -> Step:
    """The i-th of the training, from 0."""
    ending = "spent" if i == STEPS - 1 else ""
    return Step(i + 1, float(LOSSES[i]), {}, 0.1, 1.0, (i + 1) / STEPS, 0.01 * i, ending)


def uninterrupted() -> list[dict[str, Any]]:
    log = Log([])
    for i in range(STEPS):
        log(step(i))
    return log.lines


def test_lines_are_means_since_the_line_before() -> None:
    lines = uninterrupted()
    assert len(lines) <= LINES + 2
    ends = [0, *(line["step"] for line in lines)]
    for before, line in zip(ends, lines, strict=False):
        assert line["loss"] == pytest.approx(LOSSES[before : line["step"]].mean())
    assert loss_at_end(lines) == pytest.approx(LOSSES[-STEPS // 10 :].mean(), rel=0.01)


def test_an_interrupted_log_is_that_of_a_training_that_nobody_disturbed() -> None:
    log = Log([])
    for i in range(STEPS):
        if i % 37 == 0:
            facts = json.loads(json.dumps(log.facts()))  # as a checkpoint holds them
            log = Log(log.lines, facts["unlogged"], facts["next_line"])
        log(step(i))
    assert log.lines == uninterrupted()
