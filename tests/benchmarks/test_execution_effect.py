"""Ways to run beside each other: differences paired by seed and by example, and a small training of each."""

from typing import Any

import pytest
from click.testing import CliRunner
from torch import nn

from benchmarks import execution_effect
from benchmarks.execution_effect import Trained, over_examples, result_of, verdict_of
from penjing.config import Config
from penjing.evaluation.scores import Scores, share
from penjing.evaluation.seeds import over_seeds
from penjing.training import execution
from penjing.training.job import Job


def trained(right: list[bool], seconds: float = 0.1) -> Trained:
    accuracy, draws = share(right)
    return Trained(Scores(primary=accuracy, draws=tuple(draws.tolist())), seconds)


def test_the_same_answers_differ_by_nothing_on_every_draw() -> None:
    some = {0: trained([True, False] * 50), 1: trained([True, True, False, False] * 25)}
    found = over_examples(some, dict(some))
    assert (found.value, found.low, found.high) == (0.0, 0.0, 0.0)


def test_speed_is_paired_by_seed() -> None:
    """Seeds that take longer take so either way: what they share is no spread."""
    first = {0: trained([True], 0.2), 1: trained([True], 0.42)}
    ours = {0: trained([True], 0.1), 1: trained([True], 0.2)}
    speed = result_of("quick", ours, first).speed
    assert speed is not None
    assert (speed.value, speed.low, speed.high) == pytest.approx((2.05, 2.05 - 0.6353, 2.05 + 0.6353), abs=1e-3)


@pytest.mark.parametrize(
    ("differences", "said"),
    [
        ([0.01, -0.01, 0.0], "within noise"),
        ([-0.05, -0.051, -0.049], "**worse**"),
        ([0.05, 0.051, 0.049], "better"),
        ([-0.05], "one seed cannot tell"),
    ],
)
def test_verdict(differences: list[float], said: str) -> None:
    assert verdict_of(over_seeds(differences)) == said


def test_one_way_trained_twice_gives_the_same_score() -> None:
    twice = {"one": execution_effect.PLAIN, "again": execution_effect.PLAIN}
    results = execution_effect.measure("sklearn:digits", {}, twice, seeds=1, steps=12)
    assert results[1].better_by is not None
    assert results[1].better_by.value == 0
    assert results[0].score == results[1].score
    assert results[0].step_seconds > 0


@pytest.mark.parametrize(("bf16", "precision"), [(3.0, "bf16"), (5.0, "fp32")])
def test_bfloat16_is_left_out_where_the_processor_has_none(
    monkeypatch: pytest.MonkeyPatch, bf16: float, precision: str
) -> None:
    def seconds(job: Job, network: nn.Module, config: Config[Any]) -> float:
        return bf16 if config.train.precision == "bf16" else 1.0

    monkeypatch.setattr(execution, "step_seconds", seconds)
    found = execution_effect.lower_precision("sklearn:digits", {})
    assert found == precision
    assert [way.split(",")[0] for way in execution_effect.ways(found)][:2] == ["fp32", precision]
    assert {own["precision"] for own in execution_effect.ways(found).values()} == {"fp32", precision}


def test_what_the_comparison_sets_is_not_taken_from_the_words() -> None:
    told = CliRunner().invoke(execution_effect.main, ["seed=3", "precision=fp32", "width=32"])
    assert told.exit_code == 2
    assert "precision, seed: set by the comparison" in told.output
