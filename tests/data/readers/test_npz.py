"""Npz: arrays by the names that people give them; nothing is unpickled."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from penjing.config import Data, TargetType
from penjing.data.dataset import Dataset
from penjing.data.readers import npz, reader_of
from penjing.data.store import decoded
from penjing.findings import PenjingError

X = np.random.default_rng(0).integers(0, 256, (60, 4, 4), dtype=np.uint8)
Y = np.arange(60) % 3


def saved(folder: Path, **arrays: np.ndarray) -> str:
    np.savez_compressed(folder / "a.npz", **arrays)
    return str(folder / "a.npz")


def read(source: str, target_type: TargetType = "auto") -> Dataset:
    assert reader_of(source) is npz
    return npz.read(Data(source=source, target_type=target_type))


@pytest.mark.parametrize(
    ("pictures", "labels"),
    [("x", "y"), ("images", "labels"), ("data", "target"), ("arr_0", "arr_1"), ("X", "Y")],
)
def test_one_part_is_divided(tmp_path: Path, pictures: str, labels: str) -> None:
    data = read(saved(tmp_path, **{pictures: X, labels: Y}))
    assert {split: len(part) for split, part in data.splits.items()} == {"train": 42, "validation": 6, "test": 12}


@pytest.mark.parametrize(
    "names",
    [("x_train", "y_train", "x_test", "y_test"), ("train_images", "train_labels", "test_images", "test_labels")],
    ids=["keras", "medmnist"],
)
def test_splits_by_name_stay(tmp_path: Path, names: tuple[str, ...]) -> None:
    parts = (X[:40], Y[:40, None], X[40:], Y[40:, None])
    data = read(saved(tmp_path, **dict(zip(names, parts, strict=True))))
    assert np.array_equal(data.splits["test"].inputs, X[40:, ..., None])
    assert np.array_equal(data.splits["test"].truths, Y[40:])


def test_names_of_classes_and_other_arrays(tmp_path: Path) -> None:
    data = read(saved(tmp_path, x=X, y=Y, classes=np.array(["ant", "bee", "cow"]), mean=np.zeros(3)))
    assert data.classes == ("ant", "bee", "cow")
    assert any("mean" in note for note in data.notes)
    assert not data.is_numbered


def test_classes_without_names_are_called_by_their_numbers(tmp_path: Path) -> None:
    data = read(saved(tmp_path, x=X, y=Y))
    assert data.classes == ("0", "1", "2")
    assert data.is_numbered
    assert decoded(data, Data(source="x", size=4)).is_numbered


def test_floats_are_a_number_to_learn(tmp_path: Path) -> None:
    data = read(saved(tmp_path, x=X, angle=Y, y=np.linspace(-1, 1, 60)))
    assert (data.truth, data.classes) == ("number", ("y",))
    assert data.splits["train"].truths.dtype == np.float32  # type: ignore[union-attr]
    assert "target_type=class" in data.notes[-1]


@pytest.mark.parametrize(
    ("y", "target_type", "expected"),
    [(Y, "number", ("number", ("y",))), (Y / 1.0, "class", ("class", ("0", "1", "2")))],
    ids=["number", "class"],
)
def test_what_the_labels_are_can_be_said(
    tmp_path: Path, y: np.ndarray, target_type: TargetType, expected: tuple[str, tuple[str, ...]]
) -> None:
    data = read(saved(tmp_path, x=X, y=y), target_type)
    assert (data.truth, data.classes) == expected


@pytest.mark.parametrize(
    ("arrays", "rule"),
    [
        ({"a": X, "b": Y}, "no-pictures"),
        ({"x": X}, "no-labels"),
        ({"y": Y}, "no-pictures"),
        ({"x_train": X, "y_train": Y, "y_test": Y}, "no-pictures"),
        ({"x_train": X, "y_train": Y, "x_test": X}, "no-labels"),
        ({"x": X, "y": Y[:-1]}, "counts-differ"),
        ({"x": X, "y": np.array([{}] * 60)}, "holds-pickles"),
        ({"x": np.where(X > 200, np.nan, 0.5), "y": Y}, "not-finite"),
        ({"x": X, "y": Y - 1}, "out-of-range"),
        ({"x_train": X, "y_train": Y, "x_test": X[:, :3], "y_test": Y}, "bad-axes"),
        ({"x": np.zeros((0, 4, 4), np.uint8), "y": Y[:0]}, "no-pictures"),
        ({}, "no-pictures"),
    ],
    ids=lambda value: ",".join(value) if isinstance(value, dict) else None,
)
def test_what_cannot_be_learned_is_refused(tmp_path: Path, arrays: dict[str, np.ndarray], rule: str) -> None:
    with pytest.raises(PenjingError) as caught:
        read(saved(tmp_path, **arrays))
    assert caught.value.finding.rule == rule


@pytest.mark.parametrize("names", [["ant", "bee", "cow"], [b"ant", b"bee", b"cow"]], ids=["text", "bytes"])
def test_names_of_classes_may_be_text_or_bytes(tmp_path: Path, names: list[str] | list[bytes]) -> None:
    data = read(saved(tmp_path, x=X, y=Y, class_names=np.array(names), classes=np.array(["d", "e", "f"])))
    assert data.classes == ("ant", "bee", "cow")
    assert any("by their names: classes" in note for note in data.notes)


def test_a_file_that_asks_for_more_memory_than_there_is_is_one_finding(tmp_path: Path) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": (2**60,)})
    np.savez(tmp_path / "a.npz", y=Y)
    with zipfile.ZipFile(tmp_path / "a.npz", "a") as file:
        file.writestr("x.npy", header.getvalue())
    with pytest.raises(PenjingError) as caught:
        read(str(tmp_path / "a.npz"))
    assert caught.value.finding.rule == "no-room"
    assert "do not fit into memory" in caught.value.finding.what


@pytest.mark.parametrize("keep", [0, 3, 100, -100])
def test_a_file_cut_short_is_refused(tmp_path: Path, keep: int) -> None:
    path = Path(saved(tmp_path, x=X, y=Y))
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(PenjingError) as caught:
        read(str(path))
    assert caught.value.finding.rule == "not-npz"
