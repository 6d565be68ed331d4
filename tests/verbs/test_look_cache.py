"""look --cache: what is kept, of which source, since when; and what of it goes."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import filelock
import pytest

from penjing import cache
from penjing.findings import PenjingError
from penjing.verbs.look_cache import look_cache
from penjing.verbs.reading import read_decoded
from tests.conftest import Said
from tests.pictures import class_folders, tree


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Two, of which pictures are kept; the first was used 31 days ago, the second now."""
    monkeypatch.setenv("PENJING_CACHE", str(tmp_path / "cache"))
    found = [tree(tmp_path / name, class_folders(n)) for name, n in (("old", 12), ("new", 11))]
    for source in found:
        read_decoded(str(source), {})
    long_ago = time.time() - 31 * 24 * 3600
    old = next(Path(entry.path) for entry in look_cache().entries if entry.source == str(found[0]))
    for file in old.iterdir():
        os.utime(file, (long_ago, long_ago))
    fetched = cache.folder() / "weights" / "net.pth"
    fetched.parent.mkdir()
    fetched.touch()
    os.utime(fetched, (long_ago, long_ago))
    return found


def test_each_store_is_told_with_source_size_and_last_use(sources: list[Path]) -> None:
    seen = {entry.source: entry for entry in look_cache().entries if entry.source}
    old, new = (seen[str(source)] for source in sources)
    assert (old.what, old.days) == ("24 pictures of 8x8", 31)
    assert (new.what, new.days) == ("22 pictures of 8x8", 0)
    assert old.size_bytes == sum(file.stat().st_size for file in Path(old.path).iterdir())


def test_to_use_a_store_again_makes_it_a_used_one(sources: list[Path]) -> None:
    read_decoded(str(sources[0]), {})
    assert {entry.days for entry in look_cache().entries if entry.source} == {0}


def test_a_source_has_one_name_wherever_it_was_given_from(sources: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(sources[0].parent)
    for name in ("old", "./new"):
        read_decoded(name, {})
    assert {entry.source for entry in look_cache().entries if entry.source} == set(map(str, sources))


def test_unused_are_those_of_30_days_that_need_not_be_fetched(sources: list[Path]) -> None:
    seen = look_cache(["unused"])
    assert [entry.source for entry in seen.removed] == [str(sources[0])]
    assert not Path(seen.removed[0].path).exists()
    assert {entry.name for entry in seen.entries} > {"listed", "weights"}
    assert look_cache().entries == seen.entries


def test_what_is_named_goes_and_is_made_again(sources: list[Path]) -> None:
    name = next(entry.name for entry in look_cache().entries if entry.source == str(sources[1]))
    assert [entry.name for entry in look_cache([name, "weights"]).removed] == [name, "weights"]
    read_decoded(str(sources[1]), {})
    assert name in [entry.name for entry in look_cache().entries]


@pytest.mark.parametrize("which", [0, -1])
def test_a_store_that_is_being_built_stays_and_all_others_too(sources: list[Path], which: int) -> None:
    before = look_cache().entries
    entry = [entry for entry in before if entry.source][which]
    with filelock.FileLock(Path(entry.path) / ".lock"), pytest.raises(PenjingError) as caught:
        look_cache(["all"])
    assert caught.value.finding.rule == "store-in-use"
    assert {one.path for one in look_cache().entries} == {one.path for one in before}
    assert Path(entry.path, "pictures.npy").exists()


@pytest.mark.parametrize(
    ("words", "rule"), [(("--remove", "lsted"), "not-in-cache"), (("--cache", "sklearn:digits"), "usage")]
)
def test_what_cannot_be_meant_removes_nothing(
    cli: Callable[..., Said], sources: list[Path], words: tuple[str, ...], rule: str
) -> None:
    before = look_cache().entries
    said = cli("look", *words, "--json")
    assert (said.code, said.json["findings"][0]["rule"]) == (2, rule)
    assert look_cache().entries == before


def test_by_command_it_ends_in_what_to_type_next(cli: Callable[..., Said], sources: list[Path]) -> None:
    said = cli("look", "--cache")
    assert said.code == 0
    assert "24 pictures of 8x8" in said.out
    assert "31 days ago" in said.out
    assert said.out.rstrip().endswith("next    penjing look --cache --remove unused")
    assert cli("look", "--remove", "all", "--json").json["result"]["entries"] == []
