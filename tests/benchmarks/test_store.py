"""benchmarks/store.py on a few photographs: the store's memory and disk stay in their bounds."""

import io
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.store import MOST_MEMORY_BYTES, SIZE, measure, photograph, write_photographs


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
    result = measure("store", source, 40, tmp_path / "cache")
    assert result.memory_bytes < MOST_MEMORY_BYTES / 2  # PyTorch is not there, as it is in a training
    assert result.disk_bytes < 40 * SIZE * SIZE * 3 + 100_000  # 150 MB for 3,000
