"""report: one page from a run at whatever point it stands, the same bytes for the same run."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import penjing
from penjing.run import Run
from penjing.runtime.artifact import Artifact
from penjing.verbs.report import report
from tests.conftest import Said
from tests.reports.test_page import needs_nothing_from_outside


@pytest.fixture
def copied(digits_run: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(digits_run, tmp_path / "run"))


def test_training_leaves_a_page(digits_run: Path) -> None:
    html = (digits_run / "report.html").read_text()
    assert needs_nothing_from_outside(html)
    assert len(html.encode()) < 1_000_000
    assert html.count('<figure class="drawing">') >= 6
    assert "<h3>Confusions</h3>" in html


def test_the_same_run_gives_the_same_bytes(copied: Path) -> None:
    first = report(copied).read_bytes()
    assert report(copied).read_bytes() == first


def test_a_report_is_no_look_at_the_test_split(copied: Path) -> None:
    before = Run(copied).scores
    report(copied)
    assert Run(copied).scores == before


def test_answers_come_from_validation_until_test_was_scored(copied: Path) -> None:
    (copied / "scores.json").unlink()
    html = report(copied).read_text()
    assert "of the validation split" in html
    assert "The test split was scored 0 times" in html


def test_an_interrupted_run_has_its_page(copied: Path) -> None:
    for left in ("scores.json", "log.jsonl", "weights", "state"):
        path = copied / left
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    html = report(copied).read_text()
    assert "no-weights" in html
    assert "--resume" in html


def test_damaged_weights_are_told_on_the_page(copied: Path) -> None:
    (copied / "weights" / "last.safetensors").write_bytes(b"\x80\x04 a pickle")
    assert "not-safetensors" in report(copied).read_text()


def test_a_compressed_run_shows_its_parent(copied: Path, digits_file: Path) -> None:
    shutil.rmtree(copied / "weights")
    (copied / "graphs").mkdir()
    for name, graph in Artifact(digits_file).graphs.items():
        (copied / "graphs" / f"{name}.onnx").write_bytes(graph)
    (copied / "parent").write_text("runs/the-parent")
    html = report(copied).read_text()
    assert "compressed from <b>runs/the-parent</b>" in html
    assert '<figure class="drawing">' in html


def test_the_command_says_where_the_page_is(penjing: Callable[..., Said], copied: Path) -> None:
    said = penjing("report", copied, "--json")
    assert said.code == 0
    assert said.json["result"] == {
        "file": str(copied / "report.html"),
        "size_bytes": (copied / "report.html").stat().st_size,
    }


def test_a_folder_that_is_no_run_is_refused(penjing: Callable[..., Said], tmp_path: Path) -> None:
    said = penjing("report", tmp_path, "--json")
    assert said.code == 2
    assert said.json["findings"][0]["rule"] == "not-a-run"


def test_another_scoring_is_on_the_page(digits_run: Path, tmp_path: Path) -> None:
    shutil.copytree(digits_run, tmp_path / "run")
    before = (tmp_path / "run" / "report.html").read_text()
    first, second = (penjing.evaluate(tmp_path / "run").times_scored for _ in range(2))
    assert second == first + 1
    assert (tmp_path / "run" / "report.html").read_text() != before
