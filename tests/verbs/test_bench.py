"""bench: the figures are those of the times taken, and the rows those of the source."""

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from penjing.findings import PenjingError
from penjing.runtime import machine
from penjing.runtime.pipeline import Pipeline, Predictor
from penjing.runtime.steps.sample_text import Text
from penjing.verbs.bench import FEWEST, bench, characters_of, inputs_of, speed, time_calls


@given(st.lists(st.floats(1e-6, 10), min_size=FEWEST, max_size=200), st.integers(1, 64))
def test_a_row_holds_numpys_percentiles_of_its_times(times: list[float], batch: int) -> None:
    row = speed("any", 1, batch, times)
    assert row.median_ms == pytest.approx(np.percentile(times, 50) * 1e3)
    assert row.p95_ms == pytest.approx(np.percentile(times, 95) * 1e3)
    assert row.answers_per_second == pytest.approx(batch * len(times) / sum(times))


@given(st.integers(1, 64), st.integers(2, 64))
def test_a_batch_has_its_size_and_equal_samples_are_neighbours(samples: int, batch: int) -> None:
    [inputs] = inputs_of(range(samples), batch)
    assert len(inputs) == batch
    assert inputs == sorted(inputs)
    assert len(set(inputs)) == min(samples, batch)


def test_alone_every_sample_is_asked_in_turn() -> None:
    assert inputs_of("abc", 1) == [["a"], ["b"], ["c"]]


def test_characters_are_counted_where_answers_are_text() -> None:
    assert characters_of([Text(("Anna", "Ann")), Text(("An",))]) == 4.5
    assert characters_of([{"label": "seven"}]) is None


def test_a_call_takes_as_long_as_it_takes() -> None:
    class Slow:
        name = "slow"

        def run(self, graph: str, inputs: Any) -> Any:
            raise AssertionError("an empty pipeline runs no graph")

    class Sleeping(Predictor):
        def __call__(self, inputs: Any) -> list[Any]:
            time.sleep(0.005)
            return list(inputs)

    began = time.perf_counter()
    times = time_calls(Sleeping(Pipeline(()), Slow()), [["a"], ["b"]], seconds=0.01)
    assert len(times) == FEWEST
    assert min(times) >= 0.005
    assert sum(times) < time.perf_counter() - began  # the warm-up is not counted


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf")])
def test_a_time_that_never_ends_is_refused(seconds: float) -> None:
    with pytest.raises(PenjingError) as caught:
        bench("nowhere", seconds=seconds)
    assert caught.value.finding.rule == "bad-setting"


@pytest.fixture
def two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "load", lambda: machine.Load(cores=2, taken=1.0))


@pytest.mark.usefixtures("two_cores")
def test_a_file_is_timed_alone_and_in_batches_with_one_thread_and_all(digits_file: Path) -> None:
    measured = bench(digits_file, seconds=0.02)
    assert [(row.engine, row.threads, row.batch) for row in measured.rows] == [
        ("onnxruntime", threads, batch) for threads in (1, 2) for batch in (1, 32)
    ]
    assert all(0 < row.median_ms <= row.p95_ms for row in measured.rows)
    assert measured.samples == 5


@pytest.mark.usefixtures("two_cores")
def test_a_busy_machine_is_said(digits_file: Path) -> None:
    measured = bench(digits_file, seconds=0.02)
    assert [found.rule for found in measured.findings] == ["machine-busy"]
    assert (measured.cores, measured.cores_taken) == (2, 1.0)


@pytest.mark.usefixtures("two_cores")
def test_a_run_is_timed_with_both_engines_and_torch_keeps_its_threads(digits_run: Path) -> None:
    before = torch.get_num_threads()
    measured = bench(digits_run, seconds=0.02)
    assert [row.engine for row in measured.rows] == ["torch"] * 4 + ["onnxruntime"] * 4
    assert torch.get_num_threads() == before
