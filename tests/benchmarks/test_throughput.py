"""Loops that take turns: ratios on rates whose answer is known, and a conversation with a real one."""

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import click
import numpy as np
import pytest
from PIL import Image

from benchmarks import training_loops
from benchmarks.throughput import Loop, build_store, in_words, ratio_of, result_of, unpacked
from benchmarks.training_cases import CASES, Case
from benchmarks.training_loops import Blocks, Draw, why_not
from penjing.training.loop import Step


def step(number: int) -> Step:
    return Step(number, 0.0, {}, 0.0, 0.0, 0.0, 0.0, "")


def test_a_machine_that_slows_down_slows_both() -> None:
    speed = np.linspace(1.0, 0.2, 21)
    ratio = ratio_of(list(150 * speed), list(100 * speed))
    assert ratio.value == pytest.approx(1.5)
    assert ratio.low == pytest.approx(ratio.high)


def test_a_claim_is_held_against_the_faster_of_each_kind() -> None:
    rates = {"penjing": [3.0], "plain-0": [1.0], "plain-2": [2.0], "lightning-0": [1.5], "lightning-2": [1.0]}
    result = result_of(CASES[0], rates, settings="", store_seconds=0.0)
    assert [other.name for other in result.others if other.is_best] == [in_words("plain-2"), in_words("lightning-0")]
    assert result.ratio_with_store == pytest.approx(1.5)


def test_a_pass_over_the_loader_is_a_block() -> None:
    draw = Draw(10)
    draw.count = 25
    drawn = list(draw)
    assert len(drawn) == len(draw) == 25
    assert set(drawn) == set(range(10))


def test_blocks_answer_with_their_seconds_and_end_where_none_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("2\n3\n"))
    blocks = Blocks({"settings": "as measured"})
    for number in range(1, 5):
        blocks(step(number))
    with pytest.raises(SystemExit):
        blocks(step(5))
    assert len(capsys.readouterr().out.splitlines()) == 3  # what it is, and two blocks


def test_a_loop_that_cannot_run_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_loops.importlib.util, "find_spec", lambda name: None)
    assert why_not("penjing") == ""
    assert why_not("plain-2") == "torchvision not installed"
    assert why_not("lightning-0") == "torchvision and lightning not installed"


@pytest.fixture
def case(tmp_path: Path) -> Case:
    rng = np.random.default_rng(0)
    source = tmp_path / "few.zip"
    with zipfile.ZipFile(source, "w") as archive:
        for i in range(200):
            content = io.BytesIO()
            Image.fromarray(rng.integers(0, 256, (32, 32, 3), dtype=np.uint8)).save(content, "PNG")
            archive.writestr(f"{'train' if i < 120 else 'test'}/{'ab'[i % 2]}/{i}.png", content.getvalue())
    folder = str(unpacked(source, tmp_path / "unpacked"))
    return Case(name="few", network="fast", source=str(source), folder=folder, size=32, batch_size=8)


def test_what_a_plain_loop_reads_is_the_training_part(case: Case) -> None:
    assert sorted(path.name for path in Path(case.folder).iterdir()) == ["a", "b"]


def test_a_store_takes_what_planning_takes_more_with_an_empty_cache(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = iter([b"3.0", b"1.0"])
    monkeypatch.setattr(subprocess, "run", lambda *words, **named: subprocess.CompletedProcess(words, 0, next(printed)))
    assert build_store(case, {}) == 2.0


def test_the_store_is_built(case: Case, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    build_store(case, os.environ | {"PENJING_CACHE": str(cache)})
    (pictures,) = cache.rglob("pictures.npy")
    assert np.load(pictures, mmap_mode="r").shape == (200, 32, 32, 3)


@pytest.mark.parametrize("name", ["plain", "penjing"])
def test_a_loop_trains_the_blocks_that_it_is_told(
    case: Case, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if reason := why_not(name):
        pytest.skip(reason)
    monkeypatch.setattr(sys, "stdin", io.StringIO("1\n2\n"))
    run = {"plain": lambda: training_loops.plain(case, 0), "penjing": lambda: training_loops.penjing(case)}[name]
    with pytest.raises(SystemExit):
        run()
    facts, *seconds = map(json.loads, capsys.readouterr().out.splitlines())
    assert ("settings" in facts) is (name == "penjing")
    assert len(seconds) == 2
    assert min(seconds) > 0


def test_rates_are_pictures_over_the_seconds_that_a_loop_tells(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = tmp_path / "child"
    child.write_text("#!/bin/sh\necho '{}'\nwhile read steps; do echo 0.5; done\n")
    child.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(child))
    loop = Loop("penjing", case, os.environ, tmp_path / "words")
    loop.warm_up(seconds=2)
    assert (loop.steps, loop.rates) == (12, [])  # three steps took half a second
    loop.block()
    assert loop.rates == [12 * 8 / 0.5]
    loop.close()
    assert loop.process.returncode == 0


def test_a_loop_that_fails_is_told_with_its_words(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child = tmp_path / "child"
    child.write_text("#!/bin/sh\necho no memory >&2; exit 3\n")
    child.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(child))
    with pytest.raises(click.ClickException, match="ended with code 3\nno memory"):
        Loop("penjing", case, os.environ, tmp_path / "words")
