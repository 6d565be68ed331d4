"""Actions: the likeliest, with its name."""

import numpy as np

from penjing.runtime.steps.choose_action import Action, ChooseAction
from tests.runtime.writers import NO_ENGINE


def test_the_likeliest_action_is_taken() -> None:
    outputs = [{"probabilities": np.array(p, np.float32)} for p in ([0.25, 0.5, 0.25], [0.75, 0.25, 0])]
    first, second = ChooseAction(("left", "stay", "right"))(outputs, NO_ENGINE)
    assert first == Action(1, "stay", (0.25, 0.5, 0.25))
    assert (second.number, second.name) == (0, "left")
    assert str(second) == "left  (75.0%)"
