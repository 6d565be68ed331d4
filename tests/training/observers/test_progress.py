"""The progress bar: what a person sees, and nothing of a training that never took a step."""

import io

from rich.console import Console

from penjing.training.loop import Step
from penjing.training.observers.progress import ProgressBar


def step(number: int, *, ending: str = "") -> Step:
    return Step(number, 0.25, {}, 0.1, 1.0, number / 10, 1.0, ending)  # type: ignore[arg-type]


def shown(*steps: Step, terminal: bool) -> str:
    file = io.StringIO()
    console = Console(file=file, force_terminal=terminal, width=120)
    with ProgressBar(console, lambda: "validation accuracy 0.99") as bar:
        for one in steps:
            bar(one)
    return file.getvalue()


def test_a_terminal_sees_step_loss_score_and_share() -> None:
    text = shown(step(1), step(10, ending="spent"), terminal=True)
    assert all(words in text for words in ("100%", "step 10", "loss 0.2500", "validation accuracy 0.99"))


def test_a_log_file_gets_a_line_now_and_then_and_one_at_the_end() -> None:
    text = shown(*(step(i) for i in range(1, 10)), step(10, ending="spent"), terminal=False)
    assert text == "training 100%  step 10  loss 0.2500  validation accuracy 0.99\n"


def test_a_training_that_fails_before_its_first_step_leaves_no_bar() -> None:
    assert shown(terminal=True) == ""
