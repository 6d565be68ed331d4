"""torchvision's data sets, through a stand-in that has its classes' signatures, attributes and errors."""

import importlib
import sys
import types
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from penjing.config import Data
from penjing.data.dataset import Dataset
from penjing.data.readers import reader_of
from penjing.data.readers import torchvision as reader
from penjing.findings import PenjingError
from tests.pictures import tree

X = np.random.default_rng(0).integers(0, 256, (60, 8, 8, 3), dtype=np.uint8)
Y = [i % 3 for i in range(60)]


class CIFAR10:
    url = "https://example.org/cifar-10.tar.gz"
    asked: ClassVar[list[dict[str, Any]]] = []

    def __init__(self, root: str, train: bool = True, transform: Any = None, download: bool = False) -> None:
        self.asked.append({"root": root, "download": download})
        if not download and not (Path(root) / "here").exists():
            raise RuntimeError("Dataset not found or corrupted. You can use download=True to download it")
        part = slice(0, 40) if train else slice(40, 60)
        self.data, self.targets, self.classes = X[part], Y[part], ["ant", "bee", "cow"]


class MNIST(CIFAR10):
    mirrors = ("https://example.org/mnist/",)
    resources = (("train-images-idx3-ubyte.gz", "md5"),)
    url = None  # type: ignore[assignment]

    def __init__(self, root: str, train: bool = True, download: bool = False) -> None:
        super().__init__(root, train, None, download)
        self.data, self.targets = self.data[..., 0], np.array(self.targets)  # type: ignore[assignment]


class SVHN:
    def __init__(self, root: str, split: str = "train", download: bool = False) -> None:
        if split not in ("train", "test", "extra"):
            raise ValueError(f"Unknown value '{split}' for argument split")
        part = slice(0, 40) if split == "train" else slice(40, 60)
        self.data, self.labels = np.moveaxis(X[part], 3, 1), np.array(Y[part])


class Imagenette:
    folder = Path()
    splits: ClassVar = ("train", "val")

    def __init__(self, root: str, split: str = "train", download: bool = False) -> None:
        if split not in self.splits:
            raise ValueError(f"Unknown value '{split}' for argument split. Valid values are {self.splits}")
        names = sorted((self.folder / split).rglob("*.png"))
        self._samples = [(str(name), int(name.parent.name == "b")) for name in names]
        self.classes = [("tench", "Tinca tinca"), ("cassette player",)]


class Places365(Imagenette):
    """Its test part has no truths; its files are listed as `imgs`."""

    splits = ("train-standard", "train-challenge", "val", "test")

    def __init__(self, root: str, split: str = "train-standard", download: bool = False) -> None:
        super().__init__(root, split, download)
        truths = [truth if split != "test" else None for _, truth in self._samples]
        self.imgs, self.targets = [(name, None) for name, _ in self._samples], truths
        del self._samples


class FGVCAircraft(Imagenette):
    """One part holds two others."""

    splits = ("train", "val", "trainval", "test")


class EMNIST(Imagenette):
    splits = ("byclass", "letters")


class FER2013(Imagenette):
    """Pictures in memory, in pairs with their truths."""

    def __init__(self, root: str, split: str = "train") -> None:
        super().__init__(root, split)
        self._samples = [(X[0], 1)]  # type: ignore[list-item]


class LSUN:
    def __init__(self, root: str) -> None:
        raise ModuleNotFoundError("No module named 'lmdb'")


class FakeData:
    def __init__(self, size: int = 3) -> None:
        raise TypeError("unexpected")


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    datasets = types.ModuleType("torchvision.datasets")
    for kind in (CIFAR10, MNIST, SVHN, Imagenette, Places365, FGVCAircraft, EMNIST, FER2013, LSUN, FakeData):
        setattr(datasets, kind.__name__, kind)
    monkeypatch.setitem(sys.modules, "torchvision", types.ModuleType("torchvision"))
    monkeypatch.setitem(sys.modules, "torchvision.datasets", datasets)
    monkeypatch.setenv("PENJING_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(CIFAR10, "asked", [])


def read(name: str, **settings: object) -> Dataset:
    assert reader_of(f"torchvision:{name}") is reader
    return reader.read(Data(source=f"torchvision:{name}", **settings))  # type: ignore[arg-type]


@pytest.mark.usefixtures("stand_in")
@pytest.mark.parametrize(("name", "channels"), [("CIFAR10", 3), ("MNIST", 1), ("SVHN", 3)])
def test_arrays_come_in_torchvisions_splits(name: str, channels: int) -> None:
    data = read(name, download=True)
    assert np.array_equal(data.splits["test"].inputs, X[40:, :, :, :channels])
    assert np.asarray(data.splits["test"].truths).tolist() == Y[40:]
    assert data.classes == (tuple("0123456789") if name == "SVHN" else ("ant", "bee", "cow"))
    assert not data.is_numbered  # the numerals of SVHN are names: mirrored, they would be others
    assert len(data.splits["train"]) + len(data.splits["validation"]) == 40


@pytest.mark.usefixtures("stand_in")
def test_lists_of_files_are_read_as_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"{split}/{cls}/{i}.png" for split in ("train", "val") for cls in "ab" for i in range(6)]
    monkeypatch.setattr(Imagenette, "folder", tree(tmp_path / "pictures", names))
    data = read("Imagenette")
    assert data.classes == ("tench", "cassette player")
    assert [int("/b/" in file.name) for file in data.splits["test"].inputs] == list(data.splits["test"].truths)


def in_parts(folder: Path, *parts: str) -> Path:
    """A dozen pictures in each."""
    return tree(folder, [f"{part}/{cls}/{i}.png" for part in parts for cls in "ab" for i in range(6)])


@pytest.mark.usefixtures("stand_in")
def test_the_part_to_train_on_is_found_whatever_it_is_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = in_parts(tmp_path / "pictures", *Places365.splits)
    monkeypatch.setattr(Imagenette, "folder", folder)
    data = read("Places365", validation=0)
    held = {
        split: {Path(file.name).relative_to(folder).parts[0] for file in part.inputs}
        for split, part in data.splits.items()
    }
    assert held == {"train": {"train-standard"}, "validation": set(), "test": {"val"}}
    assert any("the 12 pictures of its test part" in note for note in data.notes)


@pytest.mark.usefixtures("stand_in")
def test_a_part_that_holds_two_others_is_not_taken_beside_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Imagenette, "folder", in_parts(tmp_path / "pictures", *FGVCAircraft.splits))
    assert {split: len(part) for split, part in read("FGVCAircraft").splits.items()} == {
        "train": 12,
        "validation": 12,
        "test": 12,
    }


@pytest.mark.usefixtures("stand_in")
def test_listed_files_that_are_not_there_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = in_parts(tmp_path / "pictures", "train", "val")
    monkeypatch.setattr(Imagenette, "folder", folder)
    (folder / "train" / "a" / "0.png").unlink()
    (folder / "train" / "a" / "0.png").symlink_to(folder / "gone.png")
    with pytest.raises(PenjingError) as caught:
        read("Imagenette")
    assert caught.value.finding.rule == "not-downloaded"
    assert "1 of its 12 pictures" in caught.value.finding.what


def test_torchvisions_own_pets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, torchvision: types.ModuleType) -> None:
    """Through its class: its splits are trainval and test."""
    monkeypatch.setenv("PENJING_CACHE", str(tmp_path))
    names = {"trainval": [f"{cls}_{i}" for cls in ("Abyssinian", "beagle") for i in range(10)]}
    names["test"] = [f"{cls}_{i}" for cls in ("Abyssinian", "beagle") for i in range(10, 14)]
    root = tree(
        tmp_path / "torchvision/oxford-iiit-pet", [f"images/{one}.jpg" for part in names.values() for one in part]
    )
    (root / "annotations").mkdir()
    for part, ones in names.items():
        lines = [f"{one} {1 + one.startswith('beagle')} 1 1" for one in ones]
        (root / "annotations" / f"{part}.txt").write_text("\n".join(lines))
    data = read("OxfordIIITPet", validation=0)
    for split, part in (("train", "trainval"), ("test", "test")):
        truths = {
            Path(file.name).stem: truth
            for file, truth in zip(data.splits[split].inputs, data.splits[split].truths, strict=True)
        }
        assert truths == {one: one.startswith("beagle") for one in names[part]}
    assert data.classes == ("Abyssinian", "Beagle")


@pytest.mark.usefixtures("stand_in")
@pytest.mark.parametrize(("name", "address"), [("CIFAR10", "cifar-10.tar.gz"), ("MNIST", "mnist/ (train-images")])
def test_nothing_is_fetched_unasked_and_one_finding_says_from_where_to_where(
    tmp_path: Path, name: str, address: str
) -> None:
    with pytest.raises(PenjingError) as caught:
        read(name)
    finding = caught.value.finding
    assert finding.rule == "not-downloaded"
    assert [one["download"] for one in CIFAR10.asked] == [False]
    for words in ("--download", address, str(tmp_path / "cache" / "torchvision")):
        assert words in finding.try_


@pytest.mark.usefixtures("stand_in")
def test_unknown_names_and_forms_are_refused() -> None:
    for name, rule, says in (
        ("CIFAR11", "no-such-path", "`CIFAR10`"),
        ("FakeData", "not-readable-here", "FakeData"),
        ("EMNIST", "not-readable-here", "no part to train on is known: Unknown value 'train-standard'"),
        ("FER2013", "not-readable-here", "neither arrays nor a list of files"),
        ("LSUN", "not-readable-here", "No module named 'lmdb'"),
    ):
        with pytest.raises(PenjingError) as caught:
            read(name)
        assert caught.value.finding.rule == rule
        assert says in str(caught.value)


def test_without_torchvision_one_finding_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torchvision", None)
    monkeypatch.delitem(sys.modules, "torchvision.datasets", raising=False)
    with pytest.raises(PenjingError) as caught:
        read("MNIST")
    assert caught.value.finding.rule == "not-installed"
    assert "pip install torchvision" in caught.value.finding.try_


def test_a_torchvision_built_for_another_pytorch_is_one_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(name: str) -> types.ModuleType:
        raise RuntimeError("operator torchvision::nms does not exist")

    monkeypatch.setattr(importlib, "import_module", load)
    with pytest.raises(PenjingError) as caught:
        reader.read(Data(source="torchvision:MNIST"))
    assert caught.value.finding.rule == "not-installed"
    assert "torchvision::nms" in caught.value.finding.what
