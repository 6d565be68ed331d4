"""A run's folder: sealed weights, a checkpoint in one file, one training at a time."""

import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

import penjing
from penjing.findings import PenjingError
from penjing.run import Run
from penjing.runtime.artifact import Artifact

HOLD = """
import sys, time
from penjing.run import Run
with Run(sys.argv[1]).lock():
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_killed_process_leaves_no_lock_behind(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, tmp_path], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(PenjingError) as caught, Run(tmp_path).lock():
        pass
    assert caught.value.finding.rule == "run-in-use"
    holder.kill()
    holder.wait()
    holder.stdout.close()
    with Run(tmp_path).lock():
        time.sleep(0)


def test_a_half_written_run_and_an_older_one_are_said_to_be(digits_run: Path, tmp_path: Path) -> None:
    shutil.copytree(digits_run, tmp_path / "run")
    config = tmp_path / "run" / "config.json"
    config.write_text(config.read_text().replace('"format": 1', '"format": 0'))
    with pytest.raises(PenjingError, match="format 0"):
        Run.open(tmp_path / "run")
    config.unlink()
    with pytest.raises(PenjingError, match=r"no config\.json"):
        Run.open(tmp_path / "run")


def test_a_folder_of_something_else_is_not_advised_as_the_place_of_a_run(tmp_path: Path) -> None:
    (tmp_path / "cat.jpg").touch()
    with pytest.raises(PenjingError, match="no config") as caught:
        Run.open(tmp_path)
    assert "--out" not in caught.value.finding.try_
    assert str(tmp_path) not in caught.value.finding.try_


def test_a_folder_of_runs_is_none_itself_and_names_them(digits_run: Path) -> None:
    """A grid is such a folder: what is told must be one of its runs, and no training over it."""
    with pytest.raises(PenjingError, match="holds runs, and is none itself: run") as caught:
        Run.open(digits_run.parent)
    assert str(digits_run) in caught.value.finding.try_
    assert "--out" not in caught.value.finding.try_


def test_scores_of_weights_that_were_left_behind_are_not_those_of_the_run(digits_run: Path, tmp_path: Path) -> None:
    shutil.copytree(digits_run, tmp_path / "run")
    run = Run(tmp_path / "run")
    ended, looks = run.weights("last"), run.looks("test")
    assert run.scores["test"]["weights"] == run.seal != ""
    run.write_weights("last", {name: array + array.dtype.type(1) for name, array in ended.items()})
    assert (run.scores, run.looks("test")) == ({}, looks)
    assert Artifact(penjing.export(run.path, tmp_path / "digits.onnx")).manifest.provenance.scores == {}
    penjing.train(resume=run.path)  # as one that was killed before it was scored
    assert run.scores["test"]["times_scored"] == run.looks("test") == looks + 1
    assert all(array.tobytes() == run.weights("last")[name].tobytes() for name, array in ended.items())


def test_a_run_whose_weights_are_gone_keeps_its_scores(digits_run: Path, tmp_path: Path) -> None:
    shutil.copytree(digits_run, tmp_path / "run", ignore=shutil.ignore_patterns("*.safetensors"))
    assert Run(tmp_path / "run").scores == Run(digits_run).scores
