"""Listing: what is there, whatever it is called and however it is packed, and nothing else."""

import os
import socket
import zipfile
from pathlib import Path

import numpy as np
import pytest

from penjing.data.picture_files import equal_files, files_named, list_files, names_in, natural
from penjing.findings import PenjingError
from tests.pictures import class_folders, packed, png, refuse_to_read, tree


def test_a_folder_and_the_zip_of_it_list_the_same(tmp_path: Path) -> None:
    folder = tree(tmp_path / "flowers", ["b/2.png", "a/1.PNG", "a/with space.png", "花/雏菊.jpg"])
    in_folder, in_zip = list_files(folder), list_files(packed(folder))
    assert [file.identity for file in in_folder.pictures] == [file.identity for file in in_zip.pictures]
    assert [file.read() for file in in_folder.pictures] == [file.read() for file in in_zip.pictures]


def test_junk_is_counted_and_left_out(tmp_path: Path) -> None:
    junk = [".DS_Store", "a/Thumbs.db", "a/desktop.ini", "__MACOSX/a/._1.png", ".git/x.png", "a/.hidden.png"]
    folder = tree(tmp_path / "flowers", ["a/1.png", "a/notes.txt", *junk])
    for listed in (list_files(folder), list_files(packed(folder))):
        assert [file.name for file in listed.pictures] == ["a/1.png"]
        assert (listed.others, listed.junk) == (["a/notes.txt"], len(junk))


def test_names_of_any_bytes_are_read_and_shown_escaped(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    names = [b"caf\xe9.png", b"two\nlines.png", "雏菊.png".encode()]
    for seed, name in enumerate(names):
        (tmp_path / "a" / os.fsdecode(name)).write_bytes(png(seed))
    first, again = list_files(tmp_path), list_files(tmp_path)  # the second from the cache
    assert first == again
    assert {file.read() for file in first.pictures} == {png(seed) for seed in range(3)}
    root = tmp_path.name
    assert {str(file) for file in first.pictures} == {
        rf"{root}/a/caf\xe9.png",
        rf"{root}/a/two\nlines.png",
        f"{root}/a/雏菊.png",
    }


def test_a_link_in_a_circle_is_counted_and_not_followed(tmp_path: Path) -> None:
    folder = tree(tmp_path / "flowers", ["a/1.png", "b/2.png"])
    (folder / "a" / "up").symlink_to(folder, target_is_directory=True)
    (folder / "b" / "self").symlink_to(folder / "b", target_is_directory=True)
    listed = list_files(folder)
    assert [file.name for file in listed.pictures] == ["a/1.png", "b/2.png"]
    assert listed.circles == 2


def test_a_link_to_itself_is_no_file(tmp_path: Path) -> None:
    folder = tree(tmp_path / "flowers", ["a/1.png"])
    (folder / "self").symlink_to("self")
    (folder / "a" / "2.png").symlink_to("2.png")
    assert names_in(folder, 2) == ["a/1.png"]
    listed = list_files(folder, skip_broken=True)
    assert [file.name for file in listed.pictures] == ["a/1.png"]
    assert dict(listed.lost) == {"a/2.png": "a link that leads nowhere"}


def test_class_folders_that_link_to_each_other_are_read_once_behind_each_link(tmp_path: Path) -> None:
    names = [f"class{i}" for i in range(12)]
    folder = tree(tmp_path / "flowers", [f"{name}/1.png" for name in names])
    for name in names:
        for other in set(names) - {name}:
            (folder / name / other).symlink_to(folder / other, target_is_directory=True)
    listed = list_files(folder)
    assert len(listed.pictures) == 12 * 12
    assert listed.circles == 12 * 11 * 11


def test_a_linked_folder_is_read_under_each_of_its_names(tmp_path: Path) -> None:
    elsewhere = tree(tmp_path / "elsewhere", ["1.png"])
    folder = tree(tmp_path / "flowers", ["a/2.png"])
    for name in ("b", "c"):
        (folder / name).symlink_to(elsewhere, target_is_directory=True)
    assert [file.name for file in list_files(folder).pictures] == ["a/2.png", "b/1.png", "c/1.png"]


@pytest.mark.skipif(os.name != "posix", reason="elsewhere there are no pipes among files")
def test_what_the_system_does_not_let_us_read_is_told_at_once_or_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tree(tmp_path / "flowers", ["a/1.png", "b/closed.png"])
    (folder / "a" / "2.png").symlink_to(tmp_path / "gone.png")
    (folder / "a" / "3.png").symlink_to(folder / "a" / "3.png")
    os.mkfifo(folder / "a" / "4.png")
    with socket.socket(socket.AF_UNIX) as one:
        monkeypatch.chdir(folder / "a")  # a socket's path must be short
        one.bind("5.png")
    refuse_to_read(monkeypatch, "closed.png")
    with pytest.raises(PenjingError) as caught:
        list_files(folder)
    assert caught.value.finding.rule == "cannot-read"
    lost = {
        "a/2.png": "a link that leads nowhere",
        "a/3.png": "a link that leads nowhere",
        "a/4.png": "a pipe (FIFO), no file",
        "a/5.png": "a socket, no file",
        "b/closed.png": "Permission denied",
    }
    assert caught.value.finding.evidence["files"] == lost
    listed = list_files(folder, skip_broken=True)
    assert [file.name for file in listed.pictures] == ["a/1.png"]
    assert listed.lost == lost
    assert listed.broken == tuple(f"flowers/{name}: {why}" for name, why in lost.items())
    assert listed.notes == ["left out, pictures that cannot be read, which the run's findings name: 5"]


def test_a_file_that_was_closed_after_it_was_listed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tree(tmp_path, ["a/1.png", "a/2.png"])
    list_files(folder)
    refuse_to_read(monkeypatch, "2.png")
    assert [file.name for file in list_files(folder, skip_broken=True).pictures] == ["a/1.png"]


def test_a_zip_with_backslashes_has_folders(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name in ("flowers\\a\\1.png", "flowers\\b\\2.png", "flowers\\void\\"):
            archive.writestr(name, png(len(name)) if name.endswith("png") else b"")
    listed = list_files(tmp_path / "a.zip")
    assert [file.name for file in listed.pictures] == ["flowers/a/1.png", "flowers/b/2.png"]
    assert [file.read() for file in listed.pictures] == [png(15), png(15)]
    assert names_in(tmp_path / "a.zip", 1) == ["flowers/a/1.png", "flowers/b/2.png"]
    assert listed.folders == ("flowers", "flowers/a", "flowers/b", "flowers/void")


def test_a_zip_whose_names_begin_here_is_the_same_as_any_other(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name in ("./", "./a/", "./a/1.png", "././b/./2.png", "./.hidden/3.png"):
            archive.writestr(name, b"" if name.endswith("/") else png(len(name)))
    listed = list_files(tmp_path / "a.zip")
    assert [file.name for file in listed.pictures] == ["a/1.png", "b/2.png"]
    assert [file.read() for file in listed.pictures] == [png(9), png(13)]
    assert (listed.folders, listed.junk) == (("a", "b"), 1)


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("place", range(2, 60, 7))
def test_a_damaged_member_is_told_however_it_is_packed(tmp_path: Path, method: int, place: int) -> None:
    """Damage in the header of the packed bytes, and further in."""
    content = np.random.default_rng(0).integers(0, 9, 400, dtype=np.uint8).tobytes()
    with zipfile.ZipFile(tmp_path / "x.zip", "w", method) as archive:
        archive.writestr("a.png", content)
        start = archive.infolist()[0].header_offset + 30 + len("a.png")
    packed_bytes = bytearray((tmp_path / "x.zip").read_bytes())
    packed_bytes[start + place] ^= 0xFF
    (tmp_path / "x.zip").write_bytes(packed_bytes)
    (file,) = list_files(tmp_path / "x.zip").pictures
    with pytest.raises(PenjingError) as caught:
        file.read()
    assert caught.value.finding.rule == "damaged-zip"
    assert "a.png in x.zip does not unpack: " in caught.value.finding.what


def test_a_damaged_member_is_told_in_one_sentence(tmp_path: Path) -> None:
    path = packed(tree(tmp_path / "x", ["a/1.png"]))
    (file,) = list_files(path).pictures
    content = path.read_bytes()
    path.write_bytes(content.replace(png(0)[-20:], bytes(20)))  # noise: it is stored as it is
    with pytest.raises(PenjingError) as caught:
        file.read()
    assert caught.value.finding.what == "a/1.png in x.zip does not unpack: Bad CRC-32"
    assert caught.value.finding.evidence == {"error": "does not unpack: Bad CRC-32"}


def test_a_folder_and_the_zip_of_it_tell_the_same_folders(tmp_path: Path) -> None:
    folder = tree(tmp_path / "x", ["a/1.png", "b/.DS_Store", "c/d/notes.txt", ".git/e/2.png"])
    assert list_files(folder).folders == list_files(packed(folder)).folders == ("a", "b", "c", "c/d")


def test_a_changed_file_has_another_identity_though_its_size_is_the_same(tmp_path: Path) -> None:
    folder = tree(tmp_path, ["a/1.png"])
    (before,) = list_files(folder).pictures
    content = bytearray((folder / "a/1.png").read_bytes())
    content[-20] ^= 1
    (folder / "a/1.png").write_bytes(content)
    os.utime(folder / "a/1.png", ns=(1, 1))
    (after,) = list_files(folder).pictures
    assert before.size_bytes == after.size_bytes
    assert before.identity != after.identity


@pytest.mark.skipif(os.name != "posix", reason="elsewhere the time of a change is that of the making")
def test_a_file_that_was_changed_and_given_its_old_time_is_read_again(tmp_path: Path) -> None:
    path = tree(tmp_path, ["a/1.png"]) / "a/1.png"
    seen = path.stat()
    (before,) = list_files(tmp_path).pictures
    path.write_bytes(path.read_bytes()[:-20] + bytes(20))
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    (after,) = list_files(tmp_path).pictures
    assert path.stat().st_mtime_ns == seen.st_mtime_ns
    assert before.size_bytes == after.size_bytes
    assert before.identity != after.identity


def test_equal_files_share_a_number_and_files_alike_in_checksum_do_not(tmp_path: Path) -> None:
    folder = tree(tmp_path, ["a.png", "b.png", "c.png"])
    (folder / "c.png").write_bytes((folder / "a.png").read_bytes())
    pictures = list_files(folder).pictures
    assert equal_files(pictures).tolist() in ([0, 1, 0], [1, 0, 1])
    forged = [type(file)(file.root, file.name, 1, 1) for file in pictures]  # as if size and CRC were all the same
    assert len(np.unique(equal_files(forged))) == 2


def test_a_damaged_member_is_equal_to_none(tmp_path: Path) -> None:
    """It has a twin by size and checksum, and so is read to be compared: the store is to tell it, with all others."""
    root = tree(tmp_path / "x", ["a/1.png", "b/2.png"])
    (root / "b/2.png").write_bytes((root / "a/1.png").read_bytes())
    path = packed(root)
    content = path.read_bytes()
    path.write_bytes(content.replace(png(0)[-20:], bytes(20), 1))  # noise: it is stored as it is
    assert len(np.unique(equal_files(list_files(path).pictures))) == 2


def test_of_two_members_of_one_name_the_last_counts(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a/1.png", png(0))
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a/1.png", png(1))
    (only,) = list_files(tmp_path / "a.zip").pictures
    assert only.read() == png(1)


def test_named_files_keep_their_order_and_the_missing_are_told(tmp_path: Path) -> None:
    folder = tree(tmp_path, ["a.png", "b.png"])
    (folder / "c.png").mkdir()
    found, missing = files_named(folder, ["b.png", "c.png", "no.png", "a\0.png", "a.png", "b.png"])
    assert [file.name for file in found] == ["b.png", "a.png"]
    assert missing == {
        "c.png": "a folder, no file",
        "no.png": "not there",
        "a\0.png": "a name that no file can have",
    }


def test_names_down_to_a_level(tmp_path: Path) -> None:
    folder = tree(tmp_path / "x", ["a.png", "b/c.png", "b/d/e.png", "b/.f.png"])
    assert names_in(folder, 1) == ["a.png"]
    assert names_in(folder, 2) == ["a.png", "b/c.png"]
    assert names_in(packed(folder), 1) == ["a.png", "b/c.png", "b/d/e.png"]
    assert names_in(folder / "a.png", 1) == []


def test_numbers_in_names_sort_as_numbers() -> None:
    assert sorted(["f10.png", "f2.png", "e3.png"], key=natural) == ["e3.png", "f2.png", "f10.png"]
    assert sorted(["m\u00b2.png", "m10.png", "m2.png", "\u00b2"], key=natural)[:2] == [
        "m2.png",
        "m10.png",
    ]  # superscripts


def test_runs_are_no_data_nor_are_folders_that_hold_nothing_else(tmp_path: Path) -> None:
    source = tree(tmp_path / "x", [*class_folders(3), "other/config.json", "a/run/1.png", "runs/grid/seed0/2.png"])
    (source / "other/config.json").write_text('{"model_type": "vit"}')
    for run in ("a/run", "runs/grid/seed0"):
        (source / run / "config.json").write_text('{"penjing": "0.1.0", "data_fingerprint": "0", "format": 1}')
    (source / "runs/grid/report.html").touch()
    found = list_files(source)
    assert [file.name for file in found.pictures] == sorted(class_folders(3))
    assert found.others == ["other/config.json"]
    assert found.folders == ("a", "b", "other")
    assert found.runs == 2
    assert names_in(source, depth=4) == [*sorted(class_folders(3)), "other/config.json", "runs/grid/report.html"]
