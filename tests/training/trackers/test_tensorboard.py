"""TensorBoard: its own reader finds the log, the settings and the score, also after a kill."""

from collections.abc import Callable
from pathlib import Path

import pytest

import penjing
from penjing.evaluation.record import evaluations_of
from penjing.run import Run
from penjing.training.trackers.tracking import rows_of
from tests.conftest import Said

pytest.importorskip("tensorboard", reason="TensorBoard is not installed: pip install 'penjing[track]'")

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

from penjing.training.trackers.tensorboard import EventFiles


def read(folder: Path) -> EventAccumulator:
    events = EventAccumulator(str(folder), size_guidance={"scalars": 0, "tensors": 0})
    events.Reload()
    return events


def scalars(events: EventAccumulator, name: str) -> dict[int, float]:
    told = events.Scalars(name)
    assert [event.step for event in told] == sorted({event.step for event in told})
    return {event.step: event.value for event in told}


def hyperparameters(events: EventAccumulator) -> dict[str, object]:
    content = events.SummaryMetadata("_hparams_/session_start_info").plugin_data.content
    told = HParamsPluginData.FromString(content).session_start_info.hparams
    return {name: getattr(value, value.WhichOneof("kind")) for name, value in told.items()}


def test_its_reader_finds_the_log_the_settings_and_the_score(tracked: Callable[[str], Run]) -> None:
    run = tracked("tensorboard")
    events = read(run.path / "tensorboard")
    names = {name for _, values in rows_of(run.log) for name in values}
    assert {"train/loss", "train/lr", "train/gradient_norm", "validation/accuracy", "validation/accuracy low"} <= names
    for name in names:
        expected = {step: values[name] for step, values in rows_of(run.log) if name in values}
        assert scalars(events, name) == pytest.approx(expected, rel=1e-6)  # it keeps float32
    scored, last = evaluations_of(run)["test"].scores.primary, run.log[-1]["step"]
    assert scalars(events, "test/accuracy") == pytest.approx({last: scored.value})
    assert scalars(events, "test/accuracy low") == pytest.approx({last: scored.low})
    [table] = events.Tensors("settings/text_summary")
    assert "| budget | 6epochs |" in table.tensor_proto.string_val[0].decode()
    told = hyperparameters(events)
    assert (told["budget"], told["lr"]) == ("6epochs", run.config.train.lr)


def test_a_resumed_training_hides_what_an_earlier_file_holds_of_later_steps(tmp_path: Path) -> None:
    first = EventFiles(tmp_path, {"lr": 0.1}, 0)
    for step in range(1, 16):
        first.write(step, {"train/loss": 1.0 / step})
    first.flush()  # killed here; what is there for good is step 10
    second = EventFiles(tmp_path, {"lr": 0.1}, 10)
    for step in range(11, 21):
        second.write(step, {"train/loss": 2.0 / step})
    second.close(20, {})
    told = scalars(read(tmp_path), "train/loss")
    assert told == pytest.approx({step: (1.0 if step <= 10 else 2.0) / step for step in range(1, 21)})


def test_settings_that_are_no_plain_values_are_written_as_words(tmp_path: Path) -> None:
    EventFiles(tmp_path, {"ignore": ["PJ002"], "keep": None}, 0).close(1, {"test/accuracy": 0.5})
    assert hyperparameters(read(tmp_path)) == {"ignore": "['PJ002']", "keep": "None"}


def test_train_tracks_what_it_is_told_to(tmp_path: Path) -> None:
    settings = {"track": "tensorboard", "evaluations": 0, "threads": 1}
    run = penjing.train("sklearn:digits", model="mlp", budget="3steps", settings=settings, out=tmp_path / "run")
    events = read(run.path / "tensorboard")
    assert list(scalars(events, "train/loss")) == [1, 2, 3]
    assert list(scalars(events, "test/accuracy")) == [3]


def test_train_refuses_an_unknown_tracker_and_leaves_no_folder(cli: Callable[..., Said], tmp_path: Path) -> None:
    said = cli("train", "sklearn:digits", "--track", "tensorbord", "--out", tmp_path / "run", "--json")
    assert (said.code, said.json["findings"][0]["rule"]) == (2, "unknown-tracker")
    assert not (tmp_path / "run").exists()
