"""Whether a figure reaches its goal, and whether its interval settles that."""

import pytest

from benchmarks.judging import OPEN, goal_of, judged


@pytest.mark.parametrize(
    ("value", "interval", "said"),
    [
        (0.9, None, "reached"),
        (0.9, (0.9, 0.95), "reached"),
        (0.9, (0.89, 0.95), "reached" + OPEN),
        (0.89, (0.85, 0.9), "**not reached**" + OPEN),
        (0.89, (0.85, 0.899), "**not reached**"),
    ],
)
def test_a_goal_and_an_interval(value: float, interval: tuple[float, float] | None, said: str) -> None:
    assert judged(value, 0.9, interval) == said


def test_what_must_be_small_is_turned_around() -> None:
    assert judged(0.2, 0.3, (0.1, 0.4), at_most=True) == "reached" + OPEN
    assert judged(0.31, 0.3, at_most=True) == "**not reached**"


@pytest.mark.parametrize(("words", "goal"), [("accuracy 0.985", 0.985), ("0.3 s", 0.3), ("25 modules", 25)])
def test_the_figure_of_a_goal_stands_in_its_words(words: str, goal: float) -> None:
    assert goal_of(words) == goal
