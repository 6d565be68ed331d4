"""The progress bar: what a person sees, in 80 columns, and nothing of a training that never took a step."""

import io
import re

import pytest
from rich.console import Console

from penjing.evaluation.scores import Score
from penjing.training.loop import Step
from penjing.training.observers.progress import Pace, ProgressBar

ACCURACY = Score(name="accuracy", value=0.99, low=0.89, high=1.0, method="", n=100)


def step(number: int, *, of: int = 10, seconds: float = 0.0, ending: str = "") -> Step:
    return Step(number, 0.25, {}, 0.1, 1.0, number / of, seconds or number, ending)  # type: ignore[arg-type]


def shown(*steps: Step, terminal: bool, width: int = 120, score: Score = ACCURACY) -> str:
    file = io.StringIO()
    console = Console(file=file, force_terminal=terminal, width=width, highlight=False)
    with ProgressBar(console, lambda: score) as bar:
        bar.EVERY = bar.EVERY_LINE = 0.0  # type: ignore[misc]
        for one in steps:
            bar(one)
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", file.getvalue())  # without colors and movements


def test_a_terminal_sees_share_step_rate_loss_time_left_and_score() -> None:
    text = shown(step(1), step(5), terminal=True)
    words = ("50%", "step 5 (1.0/s)", "loss 0.2500", "0:05 left", "validation accuracy 0.99")
    assert all(word in text for word in words)
    assert " left" not in shown(step(1), step(10, ending="spent"), terminal=True).splitlines()[-1]


def test_a_log_file_gets_a_line_now_and_then_and_one_at_the_end() -> None:
    text = shown(step(1), step(5), step(10, ending="spent"), terminal=False)
    assert text == (
        "training  50%  step 5 (1.0/s)  loss 0.2500  0:05 left  validation accuracy 0.99\n"
        "training 100%  step 10 (1.0/s)  loss 0.2500  validation accuracy 0.99\n"
    )


@pytest.mark.parametrize("terminal", [True, False])
def test_80_columns_are_enough(terminal: bool) -> None:
    long = Score(name="bits per character", value=2.345, low=2.3, high=2.39, method="", n=100)
    steps = [step(i, of=10**6, seconds=i / 45.6) for i in (654_000, 654_321)]
    text = shown(*steps, terminal=terminal, width=80, score=long)
    assert all(word in text for word in ("65%", "step 654,321 (45.6/s)", "2:06 h left", "validation 2.345"))
    assert max(map(len, text.splitlines())) <= 80


def test_the_rate_is_that_of_the_last_stretch() -> None:
    slow_then_quick = [step(i, of=1000, seconds=100 * i) for i in range(1, 4)]
    slow_then_quick += [step(3 + 20 * i, of=1000, seconds=300 + i) for i in range(1, 21)]
    text = shown(*slow_then_quick, terminal=False)
    assert "step 3 (100.0 s each)  loss 0.2500  27:41 h left" in text
    assert "step 403 (20.0/s)  loss 0.2500  0:30 left" in text


@pytest.mark.parametrize(("rate", "words"), [(1234.5, "1,234/s"), (12.34, "12.3/s"), (0.25, "4.0 s each")])
def test_rates_of_every_size_are_short(rate: float, words: str) -> None:
    assert Pace(rate, 0).rate_text == words


def test_a_training_that_fails_before_its_first_step_leaves_no_bar() -> None:
    assert shown(terminal=True) == ""
