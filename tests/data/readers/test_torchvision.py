"""torchvision's data sets, through a stand-in that has its classes' signatures, attributes and errors."""

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

    def __init__(self, root: str, split: str = "train", download: bool = False) -> None:
        if split not in ("train", "val"):
            raise ValueError(f"Unknown value '{split}' for argument split")
        names = sorted((self.folder / split).rglob("*.png"))
        self.samples = [(str(name), int(name.parent.name == "b")) for name in names]
        self.classes = [("tench", "Tinca tinca"), ("cassette player",)]


class FakeData:
    def __init__(self, size: int = 3) -> None:
        raise TypeError("unexpected")


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    datasets = types.ModuleType("torchvision.datasets")
    for kind in (CIFAR10, MNIST, SVHN, Imagenette, FakeData):
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
    assert data.classes == (("0", "1", "2") if name == "SVHN" else ("ant", "bee", "cow"))
    assert len(data.splits["train"]) + len(data.splits["validation"]) == 40


@pytest.mark.usefixtures("stand_in")
def test_lists_of_files_are_read_as_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"{split}/{cls}/{i}.png" for split in ("train", "val") for cls in "ab" for i in range(6)]
    monkeypatch.setattr(Imagenette, "folder", tree(tmp_path / "pictures", names))
    data = read("Imagenette")
    assert data.classes == ("tench", "cassette player")
    assert [int("/b/" in file.name) for file in data.splits["test"].inputs] == list(data.splits["test"].truths)


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
