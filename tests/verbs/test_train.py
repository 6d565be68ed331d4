"""train: what can be known before anything is measured or written is said then, and no folder is left behind."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from penjing import files
from penjing.findings import PenjingError
from penjing.run import Run
from penjing.training import job as jobs
from penjing.training import measuring
from penjing.verbs.train import train
from penjing.verbs.train_grid import train_grid
from tests.conftest import Said
from tests.pictures import class_folders, tree

QUICK = {"threads": 1, "evaluations": 0, "model": "mlp"}


def not_to_be_called(*given: Any, **named: Any) -> Any:
    raise AssertionError


@pytest.fixture
def without_a_test_of_c(tmp_path: Path) -> Path:
    both = [f"{split}/{name}" for split in ("train", "test") for name in class_folders(9)]
    return tree(tmp_path / "data", [*both, *(f"train/c/{i}.png" for i in range(9))])


def test_what_the_data_decide_stops_before_anything_is_measured_or_written(
    without_a_test_of_c: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measuring, "measured_here", not_to_be_called)
    with pytest.raises(PenjingError, match="no example of c in test"):
        train(without_a_test_of_c, out=tmp_path / "run", settings=QUICK)
    assert not (tmp_path / "run").exists()


def test_a_tracker_that_is_not_there_stops_before_anything_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measuring, "measured_here", not_to_be_called)
    with pytest.raises(PenjingError, match="wandbb"):
        train("sklearn:digits", out=tmp_path / "run", settings=QUICK | {"track": "wandbb"})


def test_what_is_ignored_is_written_into_the_run_and_known_after_a_resume(
    without_a_test_of_c: Path, tmp_path: Path
) -> None:
    settings = QUICK | {"ignore": "PJ007"}
    run = train(without_a_test_of_c, out=tmp_path / "run", budget="2steps", settings=settings)
    assert "PJ007" in [found.rule for found in run.findings]
    for name in ("scores.json", "weights/last.safetensors"):
        (run.path / name).unlink()
    Run(run.path).write_findings([])
    assert "PJ007" in [found.rule for found in train(resume=run.path).findings]


def test_a_score_of_pictures_in_groups_has_the_interval_of_groups(tmp_path: Path) -> None:
    source = tree(tmp_path / "data", [f"{kind}/p{i // 4}_{i}.png" for kind in "ab" for i in range(80)])
    settings = QUICK | {"group": r"^(p\d+)_", "evaluations": 1}
    run = train(source, out=tmp_path / "run", budget="2steps", settings=settings)
    test = run.evaluate()
    assert test.scores.primary.method == "Wilson, of 4 groups"
    assert test.baselines["majority"].scores.primary.method == "Wilson, of 4 groups"
    (line,) = (line for line in run.log if "validation" in line)
    assert line["high"] - line["low"] > 0.5  # of two groups


def test_a_folder_and_nothing_else_ends_in_a_score_a_page_and_the_next_command(
    cli: Callable[..., Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    tree(Path("photos"), class_folders(20))
    said = cli("train", "photos")
    assert said.code in (0, 1), said.err  # noise in two classes may well be told to be wrong
    assert said.out.splitlines()[-1].startswith("next    penjing ")
    run = Run(Path("runs/photos-1"))
    assert run.is_finished
    assert "test" in run.scores
    assert "</html>" in (run.path / "report.html").read_text(encoding="utf-8")


def test_a_rate_that_is_looked_for_is_found_here_and_trained_with(tmp_path: Path) -> None:
    run = train("sklearn:digits", out=tmp_path, budget="20steps", settings=QUICK | {"find_lr": True})
    found = run.config.origins["lr"]
    assert (found.origin, found.value) == ("measured here", run.config.train.lr)
    assert max(line["lr"] for line in run.log) <= run.config.train.lr


@pytest.mark.parametrize("words", [{}, {"seeds": 2}], ids=["run", "grid"])
def test_a_file_in_the_place_of_the_folder_is_refused_before_anything_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: dict[str, Any]
) -> None:
    monkeypatch.setattr(jobs, "plan", not_to_be_called)
    (tmp_path / "run").write_text("mine")
    with pytest.raises(PenjingError, match="cannot write run: it is a file") as caught:
        (train_grid if words else train)("sklearn:digits", out=tmp_path / "run", settings=QUICK, **words)
    assert (caught.value.finding.rule, (tmp_path / "run").read_text()) == ("cannot-write", "mine")


@pytest.mark.parametrize("name", ["checkpoint.safetensors", "scores.json", "report.html", "spec.json"])
def test_a_disk_that_is_full_is_told_with_the_way_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    put = files.put

    def full(path: Path, content: bytes) -> None:
        if path.name == name:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        put(path, content)

    monkeypatch.setattr(files, "put", full)
    with pytest.raises(PenjingError) as caught:
        train("sklearn:digits", budget="2steps", out=tmp_path / "run", settings=QUICK)
    found = caught.value.finding
    is_begun = name != "spec.json"  # written before config.json, which makes the folder a run
    assert (found.rule, Run.is_at(tmp_path / "run")) == ("cannot-write", is_begun)
    assert found.try_.endswith(f"--resume {tmp_path / 'run'}" if is_begun else "run the same command again")
    monkeypatch.setattr(files, "put", put)
    if is_begun:
        assert "test" in train(resume=tmp_path / "run").scores


def test_where_nothing_can_be_written_the_first_thing_that_failed_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = files.put

    def full(path: Path, content: bytes) -> None:
        if path.name in ("checkpoint.safetensors", "report.html"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        put(path, content)

    monkeypatch.setattr(files, "put", full)
    with pytest.raises(PenjingError) as caught:
        train("sklearn:digits", budget="2steps", out=tmp_path / "run", settings=QUICK)
    assert "checkpoint.safetensors" in caught.value.finding.where


@pytest.mark.parametrize("budget", ["0.001epochs", "0.000001s"])
def test_a_budget_too_short_for_one_step_leaves_nothing(tmp_path: Path, budget: str) -> None:
    with pytest.raises(PenjingError) as caught:
        train("sklearn:digits", budget=budget, out=tmp_path / "run", settings=QUICK)
    assert caught.value.finding.rule == "budget-too-short"
    assert not (tmp_path / "run").exists()


def test_epochs_too_few_for_one_step_are_refused_before_anything_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measuring, "measured_here", not_to_be_called)
    with pytest.raises(PenjingError, match=r"0\.001 epochs"):
        train("sklearn:digits", budget="0.001epochs", out=tmp_path / "run", settings=QUICK)


def test_what_lay_in_the_folder_before_stays_where_no_step_was_taken(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "notes.txt").touch()
    with pytest.raises(PenjingError):
        train("sklearn:digits", budget="0.000001s", out=tmp_path / "run", settings=QUICK)
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("how", ["anew", "again"])
def test_a_run_that_is_there_is_refused_before_anything_is_read(
    digits_run: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(jobs, "plan", not_to_be_called)
    monkeypatch.setattr(jobs, "from_config", not_to_be_called)
    with pytest.raises(PenjingError) as caught:
        train(**({"again": digits_run} if how == "again" else {"source": "sklearn:digits"}), out=digits_run)
    assert caught.value.finding.rule == "run-exists"
    assert f"--resume {digits_run}" in caught.value.finding.try_


def test_runs_below_the_data_are_named_after_their_folder_and_not_read_as_data(
    cli: Callable[..., Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tree(tmp_path / "flowers", class_folders(12)))
    words = ("train", ".", "budget=2steps", *(f"{key}={value}" for key, value in QUICK.items()), "--json")
    runs = [cli(*words) for _ in range(2)]
    assert [said.json["result"]["run"] for said in runs] == ["runs/flowers-1", "runs/flowers-2"]
    first, second = (said.json["result"]["config"] for said in runs)
    assert first["data_fingerprint"] == second["data_fingerprint"]
