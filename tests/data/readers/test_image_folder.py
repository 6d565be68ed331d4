"""A folder of class folders: splits, classes and everything that lies about in such folders."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import features

from penjing.config import Data
from penjing.data.dataset import Dataset
from penjing.data.division import BLOCKS
from penjing.data.picture_files import NOT_READ, SUFFIXES
from penjing.data.readers import image_folder, reader_of
from penjing.findings import PenjingError
from penjing.rules import class_folder_passed_over, class_names_alike
from tests.pictures import class_folders, packed, png, tree


def read(source: Path, **settings: object) -> Dataset:
    assert reader_of(str(source)) is image_folder
    return image_folder.read(Data(source=str(source), **settings))  # type: ignore[arg-type]


def counts(data: Dataset) -> list[int]:
    return [len(split) for split in data.splits.values()]


def in_splits(*splits: str, n: int = 4) -> list[str]:
    return [f"{split}/{name}" for split in splits for name in class_folders(n)]


def test_one_level_is_divided_by_class(tmp_path: Path) -> None:
    data = read(tree(tmp_path, class_folders(20)))
    assert data.classes == ("a", "b")
    assert counts(data) == [28, 4, 8]
    for split in data.splits.values():
        assert [int(file.name[0] == "b") for file in split.inputs] == np.asarray(split.truths).tolist()


def test_the_folder_its_zip_and_both_within_another_are_the_same_data(tmp_path: Path) -> None:
    plain = tree(tmp_path / "flowers", class_folders())
    wrapped = tree(tmp_path / "download", [f"flowers-main/flowers/{name}" for name in class_folders()])
    first, *others = (read(source) for source in (plain, packed(plain), wrapped, packed(wrapped)))
    assert first.fingerprint == others[0].fingerprint
    for other in others:
        assert (other.classes, counts(other)) == (first.classes, counts(first))


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("train", "val", "test"), [8, 8, 8]),
        (("Training", "Validation", "Testing"), [8, 8, 8]),
        (("training_set", "test_set"), [6, 2, 8]),
        (("TRAIN", "valid"), [6, 2, 8]),
        (("train",), [4, 2, 2]),
    ],
)
def test_splits_however_they_are_spelled(tmp_path: Path, names: tuple[str, ...], expected: list[int]) -> None:
    data = read(tree(tmp_path, in_splits(*names)), validation=0.25, test=0.25)
    assert (data.classes, counts(data)) == (("a", "b"), expected)


def test_two_files_of_one_stem_are_two_pictures(tmp_path: Path) -> None:
    data = read(tree(tmp_path, [*class_folders(), "a/0.jpg", "a/0.PNG"]))
    assert sum(counts(data)) == 22


def test_folders_inside_a_class_serve_to_group_and_are_said(tmp_path: Path) -> None:
    names = [f"{cls}/{day}/{i}.png" for cls in "ab" for day in range(10) for i in range(3)]
    data = read(tree(tmp_path, names), group="folder")
    assert data.classes == ("a", "b")
    held = [{str(Path(file.name).parent) for file in split.inputs} for split in data.splits.values()]
    assert not (held[0] & held[1] or held[0] & held[2] or held[1] & held[2])
    assert "pictures in folders inside a class folder: 60" in data.notes[0]


def test_frames_of_a_film_in_class_folders_are_neighbours_in_time(tmp_path: Path) -> None:
    names = [f"film/{'bus' if i % 3 else 'car'}/frame_{i}.png" for i in range(200)]
    data = read(tree(tmp_path, names), group="time")
    split_of = {
        int(Path(file.name).stem[6:]): split for split, examples in data.splits.items() for file in examples.inputs
    }
    tests = [i for i, split in split_of.items() if split == "test"]
    beside_train = [i for i in tests if "train" in (split_of.get(i - 1), split_of.get(i + 1))]
    blocks = len({i // (200 // BLOCKS) for i in tests})
    assert len(beside_train) <= 2 * blocks
    assert len(tests) == 40


@pytest.mark.parametrize("is_packed", [False, True], ids=["folder", "zip"])
@pytest.mark.parametrize("inside", ["", "wrap/", "wrap/train/"])
def test_class_folders_without_a_picture_are_named(tmp_path: Path, inside: str, is_packed: bool) -> None:
    more = ["void/.DS_Store", "txt/notes.txt", "phone/1.heic", "phone/2.HEIC", "a/3.heic", "a/day/1.png"]
    root = tree(tmp_path / "x", [inside + name for name in [*class_folders(), *more]])
    data = read(packed(root) if is_packed else root)
    assert data.classes == ("a", "b")
    assert list(data.passed_over) == [
        f"{inside}a (1 .heic, which cannot be read here)",
        f"{inside}phone (2 .heic, which cannot be read here)",
        f"{inside}txt (no picture; other files: 1, such as {inside}txt/notes.txt)",
        f"{inside}void (no picture)",
    ]
    finding = class_folder_passed_over.check(class_folder_passed_over.Evidence.of(data))
    assert finding is not None
    assert finding.evidence["folders"] == list(data.passed_over)
    assert "JPEG" in finding.try_


def test_avif_is_read_where_pillow_reads_it(tmp_path: Path) -> None:
    is_read = features.check("avif")
    assert (".avif" in SUFFIXES, ".avif" in NOT_READ) == (is_read, not is_read)


def test_names_of_classes_that_differ_in_case_are_told(tmp_path: Path) -> None:
    names = [name for k in range(9) for name in (f"train/cat/{k}.png", f"train/dog/{k}.png", f"test/Cat/{k}.png")]
    data = read(tree(tmp_path, [*names, *(f"test/dog {i % 2 * ' '}/{i}.png" for i in range(4))]))
    finding = class_names_alike.check(class_names_alike.Evidence.of(data))
    assert finding is not None
    assert finding.evidence["alike"] == [["Cat", "cat"], ["dog", "dog ", "dog  "]]


def test_what_cannot_be_read_is_left_out_and_recorded(tmp_path: Path) -> None:
    root = tree(tmp_path / "x", class_folders())
    (root / "a" / "gone.png").symlink_to(tmp_path / "gone.png")
    data = read(root)
    assert data.broken == ("x/a/gone.png: a link that leads nowhere",)
    assert sum(counts(data)) == 20
    for i in range(10):
        (root / "b" / f"{i}.png").unlink()
        (root / "b" / f"{i}.png").symlink_to(tmp_path / "gone.png")
    with pytest.raises(PenjingError, match="skip-broken"):  # not that all pictures are of one class
        read(root)


def test_what_is_left_out_is_counted(tmp_path: Path) -> None:
    root = tree(tmp_path, [*class_folders(), "a/.DS_Store", "__MACOSX/a/1.png", "README.md", "loose.png"])
    (root / "a" / "up").symlink_to(root, target_is_directory=True)
    notes = " ".join(read(root).notes)
    for words in ("hidden files): 2", "names: 1, such as README.md", "in no class folder: 1", "lead around in it: 1"):
        assert words in notes


def test_a_class_of_bytes_that_are_no_utf8_has_a_name_that_json_can_hold(tmp_path: Path) -> None:
    for name in (b"caf\xe9", b"two\nlines"):
        (tmp_path / os.fsdecode(name)).mkdir()
        for i in range(5):
            (tmp_path / os.fsdecode(name) / f"{i}.png").write_bytes(png(len(name) * 10 + i))
    assert read(tmp_path).classes == (r"caf\xe9", r"two\nlines")


@pytest.mark.parametrize(
    ("names", "rule", "says"),
    [
        (["README.md"], "no-pictures", "README.md"),
        (["inner.zip", "README.md"], "no-pictures", "unpack inner.zip"),
        (["1.png", "2.png"], "no-classes", "2 pictures"),
        (["a/1.png", "a/2.png"], "one-class", "a"),
        (["flowers/a/1.png", "flowers/a/2.png"], "one-class", "a"),
        (["a/1.png"], "one-picture", "single"),
        (
            ["wrap/a/1.png", "wrap/b/2.png", "cover.png"],
            "one-class",
            "move cover.png elsewhere: the classes are then a, b",
        ),
        (["wrap/a/1.png", "wrap/b/2.png", "cover.heic"], "one-class", "move cover.heic elsewhere"),
        (["a/1.png", "a/2.png", "b/1.heic"], "one-class", "b (1 .heic"),
        (["a/1.heic", "b/2.heic"], "no-pictures", "convert them to JPEG"),
        (["train/a/1.png", "train/b/2.png", "test/a/3.png", "other/4.png"], "mixed-folders", "other"),
        (["train/a/1.png", "train/b/2.png", "docs/3.png"], "mixed-folders", "move docs elsewhere"),
        (["a/1.png", "b/2.png", "test/a/3.png", "test/b/4.png"], "mixed-folders", "(test) stand beside others (a, b)"),
    ],
)
def test_what_cannot_be_learned_is_refused(tmp_path: Path, names: list[str], rule: str, says: str) -> None:
    root = tree(tmp_path / "x", names)
    for source in (root, packed(root)):
        with pytest.raises(PenjingError) as caught:
            read(source)
        assert caught.value.finding.rule == rule
        assert says in str(caught.value)


def test_a_class_that_is_called_as_a_split_is_a_class(tmp_path: Path) -> None:
    assert read(tree(tmp_path, class_folders(5) + [f"train/{i}.png" for i in range(5)])).classes == ("a", "b", "train")
