"""Masks and boxes are told apart from classes, and refused; classes that only sound like them are not."""

from pathlib import Path

import pytest

from penjing.config import Data
from penjing.data.dataset import Dataset
from penjing.data.readers import image_folder
from penjing.findings import PenjingError
from tests.pictures import class_folders, packed, tree

MASKS = [
    [f"{folder}/{i}.png" for folder in ("images", "masks") for i in range(9)],
    [f"set/{folder}/{i}.png" for folder in ("JPEGImages", "SegmentationClass") for i in range(9)][:-3],
    [f"{folder}/{i}.png" for folder in ("train", "trainannot", "val", "valannot") for i in range(9)],
    [f"{split}/{folder}/{i}.png" for split in ("train", "val") for folder in ("images", "labels") for i in range(9)],
    [f"images/{kind}/{i}.png" for kind in ("train", "val") for i in range(9)]
    + [f"masks/{kind}/{i}.png" for kind in ("train", "val") for i in range(9)],
    [f"images/{i}.png" for i in range(9)] + [f"masks/{i}_mask.png" for i in range(9)],
]
BOXES = [
    [f"JPEGImages/{i}.png" for i in range(9)] + [f"Annotations/{i}.xml" for i in range(9)],
    [f"images/{split}/{i}.png" for split in ("train", "val") for i in range(9)]
    + [f"labels/{split}/{i}.txt" for split in ("train", "val") for i in range(9)],
    [f"{split}/images/{i}.png" for split in ("train", "valid") for i in range(9)]
    + [f"{split}/labels/{i}.txt" for split in ("train", "valid") for i in range(9)],
    [f"{split}2017/{i}.png" for split in ("train", "val") for i in range(9)] + ["annotations/instances_val2017.json"],
    [f"{i}.png" for i in range(9)] + [f"{i}.xml" for i in range(9)],
    [f"train/{i}.png" for i in range(9)] + ["train/_annotations.coco.json"],
]
CLASSES = [
    [f"{name}/{i}.png" for name in ("with_mask", "without_mask") for i in range(9)],
    [f"{name}/{i}.png" for name in ("face", "face_mask") for i in range(9)],
    [f"{name}/{i}.png" for name in ("masks", "hats") for i in range(9)],
    [f"images/{i}.png" for i in range(9)] + [f"masks/{i}.png" for i in range(9, 18)],
    [*class_folders(9), *(f"{name}/{i}.txt" for name in "ab" for i in range(9))],
    [*class_folders(9), "annotations.json"],
]


def read(root: Path) -> Dataset:
    return image_folder.read(Data(source=str(root)))


@pytest.mark.parametrize(("names", "what"), [*((names, "masks") for names in MASKS), *((it, "boxes") for it in BOXES)])
def test_they_are_said_to_be_not_read_yet(tmp_path: Path, names: list[str], what: str) -> None:
    root = tree(tmp_path / "x", names)
    for source in (root, packed(root)):
        with pytest.raises(PenjingError) as caught:
            read(source)
        assert caught.value.finding.rule == "not-read-yet"
        assert f"{what}, which are not read yet" in caught.value.finding.what


@pytest.mark.parametrize("names", CLASSES)
def test_classes_are_read_though_their_names_or_their_files_alone_are_alike(tmp_path: Path, names: list[str]) -> None:
    data = read(tree(tmp_path / "x", names))
    pictures = [name for name in names if name.endswith(".png")]
    assert data.classes == tuple(sorted({name.split("/")[0] for name in pictures}))
    assert sum(map(len, data.splits.values())) == len(pictures)
