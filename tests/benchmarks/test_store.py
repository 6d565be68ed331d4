"""benchmarks/store.py on a few photographs: the ways take turns, the store's memory and disk stay in their bounds."""

import io
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks import store
from benchmarks.store import MOST_MEMORY_BYTES, SIZE, WAYS, Measured, measure, photograph, write_photographs


def test_photographs_are_as_large_as_asked_and_no_two_files_are_equal(tmp_path: Path) -> None:
    write_photographs(tmp_path, 6, different=2, height=60, width=80)
    files = sorted(tmp_path.rglob("*.jpg"))
    assert len({file.read_bytes() for file in files}) == 6
    with Image.open(files[0]) as picture:
        assert picture.size == (80, 60)
        assert np.asarray(picture).std() > 20


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_photographs_of_12_megapixels_take_little_memory_and_disk(tmp_path: Path) -> None:
    source = tmp_path / "photographs"
    content = photograph(0, 750, 1000)
    with Image.open(io.BytesIO(content)) as small:
        small.resize((4000, 3000)).save(tmp_path / "large.jpg", quality=90)
    for i in range(40):
        path = source / "ab"[i % 2] / f"{i}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes((tmp_path / "large.jpg").read_bytes() + bytes(i))
    result = measure("store", source, tmp_path / "cache")
    assert result.memory_bytes < MOST_MEMORY_BYTES / 2  # PyTorch is not there, as it is in a training
    assert result.disk_bytes < 40 * SIZE * SIZE * 3 + 100_000  # 150 MB for 3,000


def test_the_ways_take_turns_at_blocks_of_files_that_were_read(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[tuple[str, int]] = []

    def noted(way: str, source: Path, cache: Path) -> Measured:
        assert not cache.exists()
        begun.append((way, len(list(source.rglob("*.jpg")))))
        return Measured(1.0, 0, 0)

    monkeypatch.setattr(store, "measure", noted)
    store.measured_in_turn(3, 4, side=80)
    first, second, third = WAYS
    order = [first, second, third, second, third, first, third, first, second]
    assert begun == [(way, 4) for way in order]


def test_how_many_times_faster_is_what_most_blocks_say() -> None:
    """Something else ran beside the third block of both: a ratio of sums would be ruled by it."""
    bare = [Measured(seconds, 0, 0) for seconds in (10.0, 20.0, 90.0)]
    ours = [Measured(seconds, 5, 7) for seconds in (5.0, 10.0, 90.0)]
    result = store.result_of("store", {"bare loop": bare, "store": ours}, 35)
    assert (result.times_faster, result.pictures_per_second) == (2.0, 1.0)
    assert result.memory_bytes == 5


@pytest.mark.parametrize("way", WAYS)
def test_each_way_says_its_seconds(way: str, tmp_path: Path) -> None:
    write_photographs(tmp_path / "photographs", 12, different=2, height=60, width=80)
    measured = measure(way, tmp_path / "photographs", tmp_path / "cache")
    assert 0 < measured.seconds < 30
    assert (measured.disk_bytes > 12 * SIZE * SIZE * 3) == (way == "store")
