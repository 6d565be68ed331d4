"""What was measured for each of several runs and differs is named; what was asked for, or is the same, is not."""

from pathlib import Path
from typing import Any

import msgspec

from penjing.config import Choice
from penjing.evaluation.measured import apart_in_words, measured_apart
from penjing.run import Run
from tests.test_settling import Options, settle


def run(path: Path, measured: dict[str, Any], **typed: Any) -> Run:
    config = settle({key: str(value) for key, value in typed.items()})
    found = {name: Choice(value, "measured here", "by trial") for name, value in measured.items()}
    return Run.create(path, msgspec.structs.replace(config, origins=config.origins | found), Options())


def test_what_was_measured_and_differs_is_named_run_by_run(tmp_path: Path) -> None:
    runs = [
        run(tmp_path / "a", {"lr": 0.01, "precision": "bf16"}, seed=0),
        run(tmp_path / "b", {"lr": 0.0234567, "precision": "bf16"}, seed=1),
        run(tmp_path / "c", {"lr": 0.01, "precision": "bf16", "threads": 1}, seed=2),
    ]
    apart = measured_apart(runs)
    assert apart == {"lr": (0.01, 0.0234567, 0.01), "threads": (0, 0, 1)}  # a default beside what was measured counts
    assert apart_in_words(apart) == "lr 0.01, 0.0235, 0.01; threads 0, 0, 1"


def test_what_was_asked_for_is_no_measurement(tmp_path: Path) -> None:
    assert measured_apart([run(tmp_path / str(lr), {}, lr=lr) for lr in (0.1, 0.2)]) == {}
