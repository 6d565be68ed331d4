"""The cache: what cannot be kept is made again, and that is said once; what must be kept has a remedy."""

from collections.abc import Callable
from pathlib import Path

import pytest

from penjing import cache
from tests.conftest import Said
from tests.pictures import class_folders, tree


@pytest.fixture
def unwritable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache below a file: no user, not even root, can write there."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("PENJING_CACHE", str(tmp_path / "file" / "cache"))
    return tmp_path / "file" / "cache"


def test_what_cannot_be_kept_is_said_once(unwritable: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for key in "ab":
        cache.write_json("listed", key, {})
    said = capsys.readouterr().err
    assert said.startswith(f"note: the cache cannot be written: {unwritable}: Not a directory")
    assert said.count("\n") == 1
    assert "PENJING_CACHE" in said


def test_data_are_looked_at_without_a_cache(cli: Callable[..., Said], unwritable: Path, tmp_path: Path) -> None:
    said = cli("look", tree(tmp_path / "data", class_folders(12)), "--json")
    assert said.code == 0
    assert sum(said.json["result"]["splits"].values()) == 24


def test_a_store_that_cannot_be_written_names_the_variable_that_moves_it(
    cli: Callable[..., Said], unwritable: Path, tmp_path: Path
) -> None:
    said = cli("train", tree(tmp_path / "data", class_folders(12)), "--out", tmp_path / "run", "--json")
    (finding,) = said.json["findings"]
    assert (said.code, finding["rule"]) == (2, "cannot-write")
    assert "PENJING_CACHE" in finding["try"]
    assert "--out" not in finding["try"]
    assert not (tmp_path / "run").exists()
