"""compress: the winner is a run that every verb takes; where nothing wins, fp32 is best, and that is an answer."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import penjing
from penjing.compression import choice
from penjing.findings import PenjingError
from penjing.run import Run
from penjing.runtime.artifact import Artifact
from penjing.verbs import compress
from penjing.verbs.compress import Compression
from penjing.verbs.handle import TrainedRun
from penjing.verbs.opened import open_for_judging


@pytest.fixture(scope="module")
def done(digits_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Compression:
    """The digits' run, compressed for size."""
    return TrainedRun(digits_run).compress(goal="size", out=tmp_path_factory.mktemp("compress") / "small")


def small(done: Compression) -> Path:
    assert done.run is not None
    return Path(done.run)


def test_int8_is_a_third_of_the_size_and_agrees_with_fp32(done: Compression, digits_run: Path) -> None:
    int8 = done.candidates[-1]
    assert [candidate.name for candidate in done.candidates] == ["fp32", "folded", "int8"]
    assert done.chosen == int8.name == "int8"
    assert int8.size_bytes < done.candidates[0].size_bytes / 3
    pictures = list(open_for_judging(digits_run).data().splits["test"].inputs)
    pairs = zip(penjing.predict(digits_run, *pictures), penjing.predict(small(done), *pictures), strict=True)
    assert np.mean([ours.label == theirs.label for ours, theirs in pairs]) >= 0.97


def test_folded_is_the_run_but_for_float_noise(done: Compression) -> None:
    folded = done.candidates[1]
    assert folded.agreement == 1
    assert folded.less_fp32.value == 0


def test_the_compressed_run_knows_where_it_comes_from(done: Compression, digits_run: Path) -> None:
    run = Run.open(small(done))
    assert run.parent == digits_run.resolve()
    assert run.config == Run.open(digits_run).config
    assert run.compression["chosen"] == "int8"
    assert list(run.graphs()) == ["classify"]


def test_evaluate_scores_the_compressed_graph(done: Compression) -> None:
    evaluation = penjing.evaluate(small(done), split="validation")
    assert evaluation.engine == "onnxruntime"
    assert evaluation.scores.primary == done.candidates[-1].score
    assert evaluation.cost.size_bytes == done.candidates[-1].size_bytes


def test_the_exported_file_says_how_it_was_compressed_and_proves_its_answers(done: Compression, tmp_path: Path) -> None:
    file = penjing.export(small(done), tmp_path / "small.onnx")
    artifact = Artifact(file)
    assert artifact.manifest.provenance.compression.startswith("int8")
    assert artifact.verify() == []
    picture = np.full((8, 8), 128, dtype=np.uint8)
    assert artifact.predict(picture) == penjing.predict(small(done), picture)


def test_where_nothing_wins_fp32_is_best_and_nothing_is_written(
    digits_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cli: Callable[..., Any]
) -> None:
    monkeypatch.setattr(choice, "GAIN", 100.0)
    monkeypatch.setattr(compress, "SECONDS", 0.0)
    said = cli("compress", digits_run, "--goal", "speed", "--out", tmp_path / "fast")
    assert said.code == 0
    assert "fp32 is best here for speed" in said.out
    assert not (tmp_path / "fast").exists()


def test_only_a_trained_run_is_compressed(done: Compression, digits_file: Path, cli: Callable[..., Any]) -> None:
    for source in (small(done), digits_file):
        said = cli("compress", source, "--json")
        assert said.code == 2
        assert said.json["findings"][0]["rule"] == "cannot-compress"


def test_a_run_is_never_overwritten(done: Compression, digits_run: Path, cli: Callable[..., Any]) -> None:
    said = cli("compress", digits_run, "--out", small(done), "--json")
    assert said.code == 2
    assert said.json["findings"][0]["rule"] == "run-exists"


def test_another_goal_is_refused_in_python_too(digits_run: Path) -> None:
    with pytest.raises(PenjingError, match=r"no goal `sped`.*did you mean `speed`"):
        penjing.compress(digits_run, goal="sped")  # type: ignore[arg-type]


def test_a_compressed_run_cannot_be_trained_on(done: Compression) -> None:
    for how in ("resume", "again"):
        with pytest.raises(PenjingError) as caught:
            penjing.train(**{how: small(done)})  # type: ignore[arg-type]
        assert caught.value.finding.rule == "compressed-run"
