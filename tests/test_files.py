"""Files: whole or not at all, whatever fails in between."""

import errno
import os
from pathlib import Path
from typing import NoReturn

import pytest

from penjing import files
from penjing.findings import PenjingError


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_failing_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    files.write(tmp_path / "a", b"old")

    def full(*arguments: object) -> NoReturn:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(*((os, "fsync") if call == "fsync" else (Path, "replace")), full)
    with pytest.raises(PenjingError, match="disk is full"):
        files.write(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_missing_file_offers_its_neighbour(tmp_path: Path) -> None:
    (tmp_path / "names.txt").touch()
    with pytest.raises(PenjingError) as caught:
        files.read(tmp_path / "name.txt")
    assert caught.value.finding.rule == "no-such-path"
    assert "`names.txt`" in caught.value.finding.try_


def test_damaged_json_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"half": ')
    with pytest.raises(PenjingError, match="damaged"):
        files.read_json(tmp_path / "a.json", dict)
