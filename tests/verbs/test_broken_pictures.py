"""Pictures that do not open, by the command line: all told at once, or left out and recorded."""

import json
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Said
from tests.pictures import class_folders, tree

CLI = Callable[..., Said]
TEXTS = ["a/empty.png", "b/new\nline.jpg", "b/text.png"]
BROKEN = [*TEXTS, "a/bomb.png", "b/cut.png"]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    tree(tmp_path / "s", class_folders(30))
    for i, name in enumerate(TEXTS):
        (tmp_path / "s" / name).write_text("no picture" * i)
    whole = (tmp_path / "s" / "b" / "0.png").read_bytes()
    (tmp_path / "s" / "b" / "cut.png").write_bytes(whole[: len(whole) * 2 // 3])
    (tmp_path / "s" / "a" / "bomb.png").write_bytes(png_of(60_000, 60_000))
    return tmp_path / "s"


def png_of(width: int, height: int) -> bytes:
    """A grey PNG of so many pixels, of which there is only the beginning."""
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)), (b"IDAT", zlib.compress(bytes(9)))]
    packed = (
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def names(broken: Any) -> set[str]:
    return {line.partition(": ")[0].removeprefix("s/").replace("\\n", "\n") for line in broken}


@pytest.mark.parametrize("verb", ["train", "check"])
def test_all_are_told_at_once_and_nothing_is_left_behind(
    cli: CLI, source: Path, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    monkeypatch.chdir(source.parent)
    said = cli(verb, "s", "--json")
    assert said.code == 2
    assert "Traceback" not in said.err
    (finding,) = said.json["findings"]
    assert finding["rule"] == "PJ001"
    assert finding["what"] == "5 of 65 pictures do not open"
    assert names(finding["evidence"]["broken"]) == set(BROKEN)
    assert "bomb.png" in finding["where"]
    assert finding["where"].endswith("and 2 more")
    assert "--skip-broken" in finding["try"]
    assert [path.name for path in source.parent.iterdir()] == ["s"]


@pytest.mark.parametrize("verb", ["train", "check"])
def test_links_that_lead_nowhere_are_told_with_those_that_do_not_decode(cli: CLI, source: Path, verb: str) -> None:
    (source / "a" / "gone.png").symlink_to(source / "nowhere.png")
    (finding,) = cli(verb, source, "--json").json["findings"]
    assert (finding["rule"], finding["what"]) == ("PJ001", "6 of 66 pictures do not open")
    assert names(finding["evidence"]["broken"]) == {*BROKEN, "a/gone.png"}
    (of_look,) = cli("look", source, "--json").json["findings"]  # which decodes nothing
    assert names(of_look["evidence"]["broken"]) == {"a/gone.png"}


def test_a_class_of_which_too_few_can_be_read_is_not_told_to_be_small(cli: CLI, tmp_path: Path) -> None:
    source = tree(tmp_path / "s", class_folders(3))
    for name in ("a", "b"):
        for i in (0, 1):
            (source / name / f"{i}.png").unlink()
            (source / name / f"{i}.png").symlink_to(source / "nowhere.png")
    (finding,) = cli("check", source, "--json").json["findings"]
    assert finding["rule"] == "empty-split"
    assert "4 more cannot be read: s/a/0.png: a link that leads nowhere" in finding["where"]


def test_left_out_they_stand_in_the_run(cli: CLI, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(source.parent)
    words = ("budget=2steps", "evaluations=0", "threads=1", "model=cnn", "--ignore", "PJ006,PJ025")
    said = cli("train", "s", "--skip-broken", "--out", "run", *words, "--json")
    assert said.code in (0, 1)
    (found,) = [one for one in json.loads(Path("run/findings.json").read_bytes()) if one["rule"] == "PJ001"]
    assert found["severity"] == "warning"
    assert names(found["evidence"]["broken"]) == set(BROKEN)
    assert "5 pictures that do not open are left out" in said.err


def test_check_goes_on_without_them(cli: CLI, source: Path) -> None:
    said = cli("check", source, "--skip-broken", "--json")
    assert said.code in (0, 1)
    assert sum(said.json["result"]["seen"].values()) == 60
    assert "PJ001" in [one["rule"] for one in said.json["findings"]]
