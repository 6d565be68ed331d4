"""Headers: sizes and modes without decoding, and no crash where nothing opens."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageFile

from penjing.config import Data
from penjing.data import headers, store
from penjing.data.dataset import Dataset
from penjing.data.headers import SAMPLE, header, headers_of
from penjing.data.picture_files import list_files
from penjing.data.readers import image_folder
from penjing.data.sizes import size_of
from penjing.randomness import generator
from penjing.tasks.picture_choices import opening_for
from tests.pictures import class_folders, packed, tree

DDS = b"DDS \x7c\0\0\0\x07\x10\0\0" + bytes(64) + b"\x20\0\0\0\x04\0\0\0NONE" + bytes(40)  # NotImplementedError


def read(source: Path) -> Dataset:
    return image_folder.read(Data(str(source)))


def save(path: Path, picture: Image.Image, **settings: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path, **settings)


def test_a_picture_on_its_side_has_the_size_of_an_upright_one(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    save(tmp_path / "a/x.jpg", Image.new("L", (30, 20)), exif=exif)
    save(tmp_path / "a/y.png", Image.new("L", (30, 20)), exif=exif)
    found = [header(file) for file in list_files(tmp_path).pictures]
    assert [(one.size, one.mode, one.format, one.is_turned) for one in found if one] == [
        ((30, 20), "L", "JPEG", True),
        ((30, 20), "L", "PNG", True),
    ]


@pytest.mark.parametrize("suffix", ["jpg", "png", "gif", "tif", "bmp", "webp"])
def test_nothing_is_decoded_in_a_folder_or_an_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    save(tmp_path / f"s/a/x.{suffix}", Image.new("RGB", (30, 20), "red"))

    def decode(self: ImageFile.ImageFile) -> None:
        raise AssertionError

    monkeypatch.setattr(ImageFile.ImageFile, "load", decode)
    for source in (tmp_path / "s", packed(tmp_path / "s")):
        (file,) = list_files(source).pictures
        found = header(file)
        assert found is not None
        assert found.size == (20, 30)


def test_of_a_large_member_of_an_archive_only_the_beginning_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (1000, 1000, 3), dtype=np.uint8)
    save(tmp_path / "s/a/x.jpg", Image.fromarray(noise))
    (file,) = list_files(packed(tmp_path / "s")).pictures
    import zipfile

    taken = 0
    read_from = zipfile.ZipExtFile.read

    def counting(self: zipfile.ZipExtFile, n: int | None = -1) -> bytes:
        nonlocal taken
        content = read_from(self, n)
        taken += len(content)
        return content

    monkeypatch.setattr(zipfile.ZipExtFile, "read", counting)
    assert header(file) is not None
    assert 0 < taken < file.size_bytes / 20


def test_what_does_not_open_has_no_header(tmp_path: Path) -> None:
    tree(tmp_path, ["a/x.png"])
    (file,) = list_files(tmp_path).pictures
    for content in (b"", b"text", b"\x89PNG\r\n\x1a\n", DDS):
        (tmp_path / "a/x.png").write_bytes(content)
        assert header(file) is None
    (tmp_path / "a/x.png").unlink()
    assert header(file) is None


def test_where_no_picture_opens_choices_are_made_all_the_same(tmp_path: Path) -> None:
    source = tree(tmp_path, class_folders())
    for i, file in enumerate(source.rglob("*.png")):
        file.write_text(f"text {i}")
    data = read(source)
    assert len(headers_of(data).sizes) == 0
    assert size_of(data, Data(str(source))) == (1, 1)
    assert "size" in opening_for(data)


def test_one_that_opens_is_looked_for_beyond_the_sample(tmp_path: Path) -> None:
    names = class_folders(SAMPLE // 2 + 5)
    for i, name in enumerate(names):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"text {i}")
    file = io.BytesIO()
    Image.new("L", (9, 7)).save(file, "PNG")
    (tmp_path / names[0]).write_bytes(file.getvalue())
    assert headers_of(read(tmp_path)).median == (7, 9)


def test_a_picture_in_color_beyond_the_sample_is_made_grey_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for i in range(40):
        save(tmp_path / "ab"[i % 2] / f"{i}.png", Image.new("L", (8, 8), i))
    before = read(tmp_path)
    files = [file for split in before.splits.values() for file in split.inputs]
    last = generator(0, "headers").permutation(len(files))[-1]
    save(tmp_path / files[last].name, Image.new("RGB", (8, 8), "red"))
    monkeypatch.setattr(headers, "SAMPLE", 30)
    data = read(tmp_path)
    color = opening_for(data)["color"]
    assert color.value == "grey"
    assert color.why == "pictures of mode L (30), 30 of 40 looked at"
    assert "1 in color made grey" in store.decoded(data, Data(str(tmp_path))).notes[-1]


def test_a_grey_set_is_grey_with_transparency_or_16_bits(tmp_path: Path) -> None:
    for i, mode in enumerate(("L", "LA", "I;16", "1")):
        for name in "ab":
            save(tmp_path / name / f"{i}.png", Image.new(mode, (8 + i, 8)))
    assert headers_of(read(tmp_path)).is_grey
    save(tmp_path / "a/color.png", Image.new("RGB", (8, 8)))
    assert not headers_of(read(tmp_path)).is_grey
