"""benchmarks/transfer.py: the two sets share no class, and the row of an arm is paired with scratch."""

import json
import zipfile
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from benchmarks import transfer
from tests.pictures import packed, tree


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Ten classes of pictures, in splits."""
    names = [
        f"{split}/{name}/{i}.jpg"
        for split, n in (("train", 12), ("test", 4))
        for name in "abcdefghij"
        for i in range(n)
    ]
    return packed(tree(tmp_path / "ten", names))


def test_the_first_five_classes_are_whole_and_the_others_few_with_all_their_tests(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "FEW", 3)
    first, others = (zipfile.ZipFile(path).namelist() for path in transfer.divide(archive, tmp_path))
    assert sorted(first) == sorted(
        name for name in zipfile.ZipFile(archive).namelist() if name.split("/")[1] in "abcde"
    )
    assert {name.split("/")[1] for name in others} == set("fghij")
    assert sum(name.startswith("train/") for name in others) == 5 * 3
    assert sum(name.startswith("test/") for name in others) == 5 * 4


def test_what_other_words_trained_does_not_pass_for_these(tmp_path: Path) -> None:
    transfer.refuse_others(tmp_path, {"budget": "2steps"})
    transfer.refuse_others(tmp_path, {"budget": "2steps"})
    with pytest.raises(click.UsageError, match="another budget, lr"):
        transfer.refuse_others(tmp_path, {"budget": "3steps", "lr": "1"})


def test_it_trains_every_arm_once_and_pairs_it_with_scratch(archive: Path, tmp_path: Path) -> None:
    words = [str(tmp_path / "out"), "--data", str(archive), "--seeds", "1", "--first", "2steps", "--budget", "2steps"]
    settings = ["--model", "cnn", "--json", "width=4", "threads=1", "ignore=PJ002,PJ004"]
    done = CliRunner().invoke(transfer.main, [*words, *settings], catch_exceptions=False)
    rows = json.loads(done.stdout)
    assert [row["arm"] for row in rows] == list(transfer.ARMS)
    scratch, moved, _ = rows
    assert moved["gain"]["value"] == pytest.approx(moved["accuracies"][0] - scratch["accuracies"][0])
    assert scratch["gain"] is None
    written = sorted((tmp_path / "out").glob("*/weights/last.safetensors"))
    assert len(written) == 4
    times = [path.stat().st_mtime_ns for path in written]
    again = CliRunner().invoke(transfer.main, [*words, *settings], catch_exceptions=False)
    assert again.stdout == done.stdout
    assert [path.stat().st_mtime_ns for path in written] == times
