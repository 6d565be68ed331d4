"""IDX: MNIST's own files, packed or not, alone or together, and files that are not whole."""

import gzip
import shutil
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from penjing.config import Data
from penjing.data.readers import idx, reader_of
from penjing.findings import PenjingError
from tests.conftest import REAL_DATA
from tests.pictures import packed

TYPES = {"u1": 0x08, "i2": 0x0B, "f4": 0x0D}


def write(path: Path, array: np.ndarray) -> None:
    """An IDX file by the format's description."""
    kind = array.dtype.str[1:]
    lengths = np.array(array.shape, ">u4").tobytes()
    content = bytes([0, 0, TYPES[kind], array.ndim]) + lengths + array.astype(f">{kind}").tobytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


def mnist(folder: Path, ending: str = "") -> tuple[np.ndarray, np.ndarray]:
    pictures = np.random.default_rng(0).integers(0, 256, (60, 6, 5), dtype=np.uint8)
    labels = (np.arange(60) % 3).astype(np.uint8)
    for name, part in (("train", slice(0, 40)), ("t10k", slice(40, 60))):
        write(folder / f"{name}-images-idx3-ubyte{ending}", pictures[part])
        write(folder / f"{name}-labels-idx1-ubyte{ending}", labels[part])
    return pictures, labels


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_a_folder_and_its_zip_hold_what_was_written(tmp_path: Path, ending: str) -> None:
    pictures, labels = mnist(tmp_path / "mnist", ending)
    for source in (tmp_path / "mnist", packed(tmp_path / "mnist")):
        assert reader_of(str(source)) is idx
        data = idx.read(Data(source=str(source)))
        assert np.array_equal(data.splits["test"].inputs, pictures[40:, ..., None])
        assert data.splits["test"].truths.tolist() == labels[40:].tolist()  # type: ignore[union-attr]
        assert len(data.splits["train"]) + len(data.splits["validation"]) == 40


def test_a_file_by_itself_is_read_with_its_labels_and_divided(tmp_path: Path) -> None:
    mnist(tmp_path)
    source = str(tmp_path / "train-images-idx3-ubyte")
    assert reader_of(source) is idx
    data = idx.read(Data(source=source))
    assert sum(map(len, data.splits.values())) == 40
    assert len(data.splits["test"]) > 0


def test_a_packed_file_beside_the_same_unpacked_counts_once(tmp_path: Path) -> None:
    mnist(tmp_path)
    once = idx.read(Data(source=str(tmp_path)))
    mnist(tmp_path, ".gz")
    assert idx.read(Data(source=str(tmp_path))).fingerprint == once.fingerprint


def spoil(folder: Path, how: str) -> None:
    pictures, labels = folder / "train-images-idx3-ubyte", folder / "train-labels-idx1-ubyte"
    content = pictures.read_bytes()
    if how.startswith("cut"):
        pictures.write_bytes(content[: int(how.removeprefix("cut at "))])
    elif how == "long":
        pictures.write_bytes(content + b"\0")
    elif how == "magic":
        pictures.write_bytes(b"\x89PNG" + content[4:])
    elif how == "empty":
        pictures.write_bytes(b"")
    elif how == "packed-short":
        pictures.unlink()
        (folder / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(content)[:-20])
    elif how == "packed-long":
        pictures.unlink()
        (folder / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(content + bytes(2**26), 1))
    elif how == "counts":
        write(labels, np.zeros(39, np.uint8))
    elif how == "no-labels":
        labels.unlink()
    elif how == "range":
        write(labels, np.full(40, -1, np.int16))


@pytest.mark.parametrize(
    ("how", "rule"),
    [
        *((how, "not-idx") for how in ("long", "magic", "empty", "packed-short")),
        *((f"cut at {length}", "not-idx") for length in (4, 6, 8, 15, -1)),
        ("counts", "counts-differ"),
        ("no-labels", "no-labels"),
        ("range", "out-of-range"),
    ],
)
def test_files_that_do_not_fit_are_refused(tmp_path: Path, how: str, rule: str) -> None:
    mnist(tmp_path)
    spoil(tmp_path, how)
    with pytest.raises(PenjingError) as caught:
        idx.read(Data(source=str(tmp_path)))
    assert caught.value.finding.rule == rule


def test_what_is_packed_is_not_unpacked_beyond_the_length_that_it_gives(tmp_path: Path) -> None:
    mnist(tmp_path)
    spoil(tmp_path, "packed-long")
    tracemalloc.start()
    try:
        with pytest.raises(PenjingError, match="more follow"):
            idx.read(Data(source=str(tmp_path)))
        assert tracemalloc.get_traced_memory()[1] < 2**24  # of the 2**26 that are packed
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("letters-train-images-idx3-ubyte", "several data sets"),
        ("test-images-idx3-ubyte", "the same split: t10k-images-idx3-ubyte, test-images-idx3-ubyte"),
        ("images-idx3-ubyte", "images-idx3-ubyte tells no split"),
    ],
    ids=["sets", "two-tests", "no-split"],
)
def test_files_that_may_not_be_mixed_are_refused(tmp_path: Path, name: str, says: str) -> None:
    mnist(tmp_path)
    for one in (name, name.replace("images-idx3", "labels-idx1")):
        shutil.copy(tmp_path / "train-images-idx3-ubyte", tmp_path / one)
    with pytest.raises(PenjingError) as caught:
        idx.read(Data(source=str(tmp_path)))
    assert caught.value.finding.rule == "several-sets"
    assert says in caught.value.finding.what


@pytest.mark.data
@pytest.mark.skipif(not (REAL_DATA / "mnist").is_dir(), reason="the real data is not beside the checkout")
def test_mnist_itself() -> None:
    data = idx.read(Data(source=str(REAL_DATA / "mnist")))
    assert (len(data.splits["test"]), len(data.classes)) == (10_000, 10)
    assert np.bincount(data.splits["test"].truths)[:3].tolist() == [980, 1135, 1032]  # as LeCun's page has them
