"""A session in a run's folder: killed at any moment it goes on bit for bit, watched or not."""

import contextlib
import hashlib
import io
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from rich.console import Console

import penjing
from penjing import files
from penjing.findings import PenjingError, stop
from penjing.run import Run
from penjing.training import session
from penjing.training.job import Job
from penjing.training.loop import Step
from penjing.training.observers import evaluation
from penjing.training.session import fit_run, fresh_network
from penjing.verbs.opened import open_for_judging

QUIET = Console(file=io.StringIO())


def weights_of(run: Run | Path, name: str = "last") -> str:
    path = run.path if isinstance(run, Run) else run
    return hashlib.sha256((path / "weights" / f"{name}.safetensors").read_bytes()).hexdigest()


def test_observers_change_nothing(job: Callable[..., Job], new_run: Callable[[Job], Run]) -> None:
    found = set()
    for settings in (
        {"evaluations": 0, "save_every": 1000},
        {"evaluations": 20, "save_every": 1e-9},
        {"evaluations": 3, "save_every": 0.01},
    ):
        planned = job(**settings)
        run = new_run(planned)
        fit_run(planned, fresh_network(planned), run, QUIET)
        found.add(weights_of(run))
    assert len(found) == 1


def test_killed_at_random_moments_it_ends_in_the_same_bits(killed_and_whole: Callable[..., tuple[Path, Path]]) -> None:
    killed, whole = killed_and_whole("sklearn:digits", "budget=20epochs", "ema=0.99", "keep=best", kills=5)
    assert weights_of(killed) == weights_of(whole)
    assert weights_of(killed, "best") == weights_of(whole, "best")
    logged = [[(line["step"], line["loss"]) for line in Run(path).log if "loss" in line] for path in (killed, whole)]
    assert logged[0] == logged[1]


def broken_off_at(steps: tuple[int, ...], planned: Job, run: Run) -> None:
    """Train, broken off after each of these steps and gone on with from what was saved."""

    def breaks(step: Step) -> None:
        if step.step in waiting:
            waiting.remove(step.step)
            raise KeyboardInterrupt

    waiting = list(steps)
    while waiting:
        with pytest.raises(KeyboardInterrupt):
            fit_run(planned, fresh_network(planned), Run.open(run.path), QUIET, also=[breaks])
    fit_run(planned, fresh_network(planned), Run.open(run.path), QUIET)


@pytest.mark.parametrize(
    "settings",
    [
        {"optimizer": "sgd", "lr": 0.1, "schedule": "onecycle"},
        {"optimizer": "adam", "schedule": "step", "accumulate": 3},
        {"optimizer": "adagrad", "lr": 0.02, "schedule": "constant"},
        {"optimizer": "muon", "schedule": "linear"},
        {"optimizer": "adamw", "precision": "bf16", "memory_format": "channels_last"},
        {"optimizer": "muon", "precision": "bf16", "memory_format": "channels_last", "ema": 0.9},
    ],
    ids=lambda settings: " ".join(map(str, settings.values())),
)
def test_broken_off_and_gone_on_with_every_optimizer_ends_in_the_same_bits(
    job: Callable[..., Job], new_run: Callable[[Job], Run], settings: dict[str, object]
) -> None:
    planned = job(budget="12steps", save_every=1e-9, evaluations=2, **settings)
    whole, broken = new_run(planned), new_run(planned)
    fit_run(planned, fresh_network(planned), whole, QUIET)
    broken_off_at((1, 7), planned, broken)
    assert weights_of(broken) == weights_of(whole)


def test_interrupted_it_saves_and_says_how_to_go_on(
    spawn: Callable[..., "subprocess.Popen[bytes]"], tmp_path: Path
) -> None:
    settings = ("budget=100epochs", "save_every=0.05", "threads=1")
    process = spawn("train", "sklearn:digits", "--out", tmp_path / "run", *settings, err=tmp_path / "err")
    while not Run(tmp_path / "run").checkpoint_path.exists():
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    assert process.wait() == 2
    assert "--resume" in (tmp_path / "err").read_text()
    saved = Run(tmp_path / "run").checkpoint()
    assert saved is not None
    assert 0 < saved[1]["step"] < 1900


def test_again_gives_the_same_weights_from_config_alone(digits_run: Path, tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "config.json").write_bytes((digits_run / "config.json").read_bytes())
    again = penjing.train(again=tmp_path / "source", out=tmp_path / "again")
    assert weights_of(again) == weights_of(digits_run)


def test_seconds_are_kept_within_five_percent(job: Callable[..., Job], new_run: Callable[[Job], Run]) -> None:
    planned = job(budget="3s")
    run = new_run(planned)
    fit_run(planned, fresh_network(planned), run, QUIET)
    assert run.log[-1]["seconds"] == pytest.approx(3, rel=0.05)


@pytest.mark.parametrize("fails_at", range(8))
def test_a_disk_that_fills_at_any_write_loses_nothing(
    job: Callable[..., Job], new_run: Callable[[Job], Run], monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    planned = job(save_every=1e-9)
    run = new_run(planned)
    writes, fsync = iter(range(10**6)), os.fsync

    def fills(descriptor: int) -> None:
        if next(writes) >= 3 * fails_at:
            raise OSError(28, "No space left on device")
        fsync(descriptor)

    monkeypatch.setattr(files.os, "fsync", fills)
    with pytest.raises(PenjingError) as caught:
        fit_run(planned, fresh_network(planned), run, QUIET)
    assert caught.value.finding.rule == "cannot-write"
    monkeypatch.setattr(files.os, "fsync", fsync)
    fit_run(planned, fresh_network(planned), Run.open(run.path), QUIET)
    undisturbed = new_run(planned)
    fit_run(planned, fresh_network(planned), undisturbed, QUIET)
    assert weights_of(run) == weights_of(undisturbed)


def test_a_reader_of_a_run_in_progress_sees_whole_states_alone(
    job: Callable[..., Job], new_run: Callable[[Job], Run]
) -> None:
    planned = job(budget="40steps", save_every=1e-9)
    run, steps, done = new_run(planned), list[int](), threading.Event()

    def read() -> None:
        while not done.is_set():
            if (checkpoint := run.checkpoint()) is not None:
                steps.append(checkpoint[1]["step"])
                assert run.log[-1]["step"] >= checkpoint[1]["step"] - 1
            assert run.config.task == "classify"

    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(read)
        fit_run(planned, fresh_network(planned), run, QUIET)
        done.set()
        reading.result()
    assert steps == sorted(steps)
    assert len(set(steps)) > 5


def broken(*arguments: object) -> None:
    raise RuntimeError("no more paper")


@pytest.mark.parametrize(
    ("name", "settings", "ends"),
    [
        ("write_checkpoint", {}, True),
        ("write_weights", {"keep": "best"}, True),
        ("write_weights", {"patience": 3}, True),
        ("validation_score", {}, False),
    ],
)
def test_an_observer_that_the_run_needs_ends_it_when_it_fails_and_others_do_not(
    job: Callable[..., Job],
    new_run: Callable[[Job], Run],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    settings: dict[str, object],
    ends: bool,
) -> None:
    planned = job(**settings)
    run = new_run(planned)
    with monkeypatch.context() as patched:
        patched.setattr(session if name == "validation_score" else Run, name, broken)
        with pytest.raises(PenjingError) if ends else contextlib.nullcontext() as caught:
            fit_run(planned, fresh_network(planned), run, QUIET)
    (found,) = (one for one in run.findings if one.rule == "observer-failed")
    assert "no more paper" in found.what
    assert found.severity == ("error" if ends else "warning")
    assert run.is_finished is not ends
    if caught is not None:
        assert isinstance(caught.value.__cause__, RuntimeError)


def test_that_an_observer_failed_is_told_though_the_training_breaks_later(
    job: Callable[..., Job], new_run: Callable[[Job], Run]
) -> None:
    def stops(step: Step) -> None:
        raise stop("some-rule", "enough", where="here", why="why.", try_="less")

    planned = job()
    run = new_run(planned)
    with pytest.raises(PenjingError, match="enough"):
        fit_run(planned, fresh_network(planned), run, QUIET, also=[broken, stops])
    assert {"some-rule", "observer-failed"} <= {found.rule for found in run.findings}


def test_killed_before_its_first_answer_it_gives_one_when_it_goes_on(
    job: Callable[..., Job], new_run: Callable[[Job], Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = job(evaluations=1, save_every=1e-9)
    run = new_run(planned)

    def killed(step: Step) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit_run(planned, fresh_network(planned), run, QUIET, also=[killed])
    monkeypatch.setattr(evaluation, "SOON", 0.0)
    fit_run(planned, fresh_network(planned), Run.open(run.path), QUIET)
    assert [line["step"] for line in run.log if "validation" in line] == [2, 20]


def test_a_second_training_in_one_folder_is_told_so_and_leaves(
    spawn: Callable[..., "subprocess.Popen[bytes]"], tmp_path: Path
) -> None:
    words = ("train", "sklearn:digits", "--out", tmp_path / "run", "threads=1")
    first = spawn(*words, "budget=100epochs")
    while not (tmp_path / "run" / "config.json").exists():
        time.sleep(0.01)
    second = spawn(*words, "budget=1epochs", err=tmp_path / "err")
    assert second.wait() == 2
    assert first.poll() is None
    first.kill()
    first.wait()
    assert "another training is writing" in (tmp_path / "err").read_text()
    assert Run(tmp_path / "run").config.train.budget == "100epochs"


def test_generators_and_threads_of_the_caller_are_left_as_they_were(
    job: Callable[..., Job], new_run: Callable[[Job], Run]
) -> None:
    planned = job(budget="3steps")
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    threads = torch.get_num_threads()
    run = new_run(planned)
    fit_run(planned, fresh_network(planned), run, QUIET)
    open_for_judging(run.path)
    assert torch.equal(torch.rand(3), expected)
    assert torch.get_num_threads() == threads


def test_what_was_found_before_a_kill_is_known_after_it(job: Callable[..., Job], new_run: Callable[[Job], Run]) -> None:
    planned = job(budget="30steps", save_every=1e-9)
    run, network = new_run(planned), fresh_network(planned)
    with torch.no_grad():
        network.head.bias[0] = 50.0  # type: ignore[operator, index, union-attr]

    def killed(step: Step) -> None:
        if step.step == 25:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit_run(planned, network, run, QUIET, also=[killed])
    run.write_findings([])
    fit_run(planned, fresh_network(planned), run, QUIET)
    assert "PJ101" in [found.rule for found in run.findings]


def test_changed_data_is_refused(digits_run: Path, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    config = (digits_run / "config.json").read_text()
    (tmp_path / "run" / "config.json").write_text(config.replace('"split_seed": 0', '"split_seed": 1', 1))
    with pytest.raises(PenjingError, match="has changed"):
        penjing.train(resume=tmp_path / "run")


def test_without_validation_it_trains_and_best_is_refused(
    job: Callable[..., Job], new_run: Callable[[Job], Run]
) -> None:
    planned = job(validation=0)
    run = new_run(planned)
    fit_run(planned, fresh_network(planned), run, QUIET)
    assert all("validation" not in line for line in run.log)
    with pytest.raises(PenjingError, match="best"):
        job(validation=0, keep="best")
    with pytest.raises(PenjingError, match="best"):
        job(evaluations=0, keep="best")
