"""The store: rows are what the pipeline's own step gives, whatever happened while they were written."""

import errno
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from PIL import Image

from penjing import cache
from penjing.config import Data
from penjing.data import decoding_processes, store, store_file
from penjing.data.dataset import SPLITS, Dataset
from penjing.data.decode_rows import Decoded, DecodingJob, decode_rows
from penjing.data.decoding_processes import DecodingProcesses
from penjing.data.picture_files import PictureFile
from penjing.data.readers import image_folder
from penjing.findings import PenjingError
from penjing.rules.on_data import check_data
from penjing.runtime import machine
from penjing.runtime.steps.open_picture import OpenPicture
from tests.conftest import REPOSITORY
from tests.pictures import class_folders, packed, png, tree

OPENER = OpenPicture("RGB", (6, 5))


@pytest.fixture(autouse=True)
def fresh_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENJING_CACHE", str(tmp_path / "cache"))


def read(source: Path) -> Dataset:
    return image_folder.read(Data(str(source)))


def stored(source: Path, *, skip_broken: bool = False) -> Dataset:
    return store.decoded(read(source), Data(str(source), size="6x5", color="rgb", skip_broken=skip_broken))


def rows_of(data: Dataset) -> np.ndarray:
    return np.concatenate([np.asarray(data.splits[name].inputs) for name in SPLITS])


def by_hand(source: Path) -> np.ndarray:
    data = read(source)
    return np.stack([OPENER.open(file.read()) for name in SPLITS for file in data.splits[name].inputs])


def folder_of_store() -> Path:
    (folder,) = (path for path in (cache.folder() / "pictures").iterdir())
    return folder


def refusal(act: Callable[[], Any]) -> dict[str, Any]:
    with pytest.raises(PenjingError) as caught:
        act()
    finding = caught.value.finding
    return {
        "rule": finding.rule,
        "text": f"{finding.what} {finding.where} {finding.try_}",
        "evidence": finding.evidence,
    }


def test_rows_are_what_the_pipelines_step_gives_and_splits_are_slices(tmp_path: Path) -> None:
    source = tree(tmp_path / "a", class_folders(20))
    data = stored(source)
    assert np.array_equal(rows_of(data), by_hand(source))
    assert {type(data.splits[name].inputs) for name in SPLITS} == {np.ndarray}
    assert all(data.splits[name].names == read(source).splits[name].names for name in SPLITS)
    assert data.fingerprint == read(source).fingerprint


def test_a_folder_and_its_archive_share_one_store(tmp_path: Path) -> None:
    source = tree(tmp_path / "a", class_folders())
    assert np.array_equal(rows_of(stored(source)), rows_of(stored(packed(source))))
    folder_of_store()


def no_decoding(*given: Any) -> Decoded:
    raise AssertionError


def test_what_is_stored_is_not_decoded_again_and_not_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tree(tmp_path / "a", class_folders())
    first = rows_of(stored(source))
    monkeypatch.setattr(store_file, "decode_rows", no_decoding)
    stored(source).splits["train"].inputs[:] = 0  # type: ignore[index]  an array
    assert np.array_equal(rows_of(stored(source)), first)


def test_a_file_replaced_by_another_of_equal_size_is_noticed(tmp_path: Path) -> None:
    source = tree(tmp_path / "a", ())
    for i, name in enumerate(class_folders()):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 4), (i, 0, 0)).save((source / name).with_suffix(".bmp"))
    before = rows_of(stored(source))
    size = (source / "a/3.bmp").stat().st_size
    Image.new("RGB", (4, 4), (0, 200, 0)).save(source / "a/3.bmp")
    assert (source / "a/3.bmp").stat().st_size == size
    after = rows_of(stored(source))
    assert after[..., 1].max() == 200
    assert before[..., 1].max() == 0


def test_what_was_done_to_pictures_is_counted_and_said_each_time(tmp_path: Path) -> None:
    source = tree(tmp_path / "a", class_folders())
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (8, 4)).save(source / "a/turned.jpg", exif=exif)
    Image.new("RGBA", (8, 4)).save(source / "a/clear.png")
    Image.new("CMYK", (8, 4), (1, 2, 3, 4)).save(source / "b/ink.jpg")
    Image.new("I;16", (8, 4), 5).save(source / "b/deep.png")
    frames = [Image.new("L", (8, 4), 100 * i) for i in range(2)]
    frames[0].save(source / "b/moving.gif", save_all=True, append_images=frames[1:])
    for _ in range(2):
        (note,) = stored(source).notes
        parts = note.removeprefix("pictures: ").split(", ")
        assert "1 turned upright" in parts
        assert "1 with transparency laid on white" in parts
        assert "1 of CMYK made RGB" in parts
        assert "1 of 16 bits brought to 8" in parts
        assert "1 of several frames (the first counts)" in parts


def encoded(picture: Image.Image, format: str, **settings: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, format, **settings)
    return file.getvalue()


NOISE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8))
BROKEN = {
    "text.jpg": b"this is no picture\n",
    "empty.png": b"",
    "cut.jpg": encoded(NOISE, "JPEG")[:-300],
    "cut.png": encoded(NOISE, "PNG")[:-300],
    "floats.tif": encoded(Image.new("F", (4, 4)), "TIFF"),
    "empty.ppm": b"P6 0 0 255\n",
}


def spoilt(folder: Path) -> Path:
    source = tree(folder, class_folders(20))
    for i, (name, content) in enumerate(BROKEN.items()):
        (source / "ab"[i % 2] / name).write_bytes(content)
    return source


def test_all_that_do_not_open_are_told_at_once(tmp_path: Path) -> None:
    source = spoilt(tmp_path / "s")
    for _ in range(2):
        told = refusal(lambda: stored(source))
        assert told["rule"] == "PJ001"
        assert {Path(line.split(": ")[0]).name for line in told["evidence"]["broken"]} == set(BROKEN)
        assert "6 of 46" in told["text"]
        assert "--skip-broken" in told["text"]


def test_those_left_out_are_missing_from_everything_and_recorded(tmp_path: Path) -> None:
    source = spoilt(tmp_path / "s")
    refusal(lambda: stored(source))
    for _ in range(2):
        data = stored(source, skip_broken=True)
        names = [name for split in SPLITS for name in data.splits[split].names]
        assert len(names) == len(rows_of(data)) == 40
        for split in data.splits.values():
            assert len(split.inputs) == len(split.truths) == len(split.names)
            for i in range(len(split)):
                file = source.parent / split.names[i]
                assert np.array_equal(split.inputs[i], OPENER.open(file))
                assert data.classes[split.truths[i]] == file.parent.name
        found = {one.rule: one for one in check_data(data)}["PJ001"]
        assert found.severity == "warning"
        assert {Path(line.split(": ")[0]).name for line in found.evidence["broken"]} == set(BROKEN)
        assert any("6 pictures that do not open" in note for note in data.notes)
    assert refusal(lambda: stored(source))["rule"] == "PJ001"  # whoever does not leave them out is told again


def test_those_left_in_keep_their_groups(tmp_path: Path) -> None:
    source = spoilt(tmp_path / "s")
    settings = Data(str(source), size="6x5", color="rgb", skip_broken=True, group=r"(\d?)\.")
    data = store.decoded(image_folder.read(settings), settings)
    for split in data.splits.values():
        assert split.groups is not None
        digits = [Path(name).stem[-1] for name in split.names]
        assert len(set(zip(digits, split.groups.tolist(), strict=True))) == len(set(digits))


@pytest.mark.parametrize("times", [1.5, 3.0], ids=["pillow warns", "pillow refuses"])
def test_a_decompression_bomb_is_not_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: float) -> None:
    source = tree(tmp_path / "a", class_folders())
    (source / "a/bomb.png").write_bytes(encoded(NOISE, "PNG"))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", round(1600 / times))
    assert [line.split(": ")[0] for line in refusal(lambda: stored(source))["evidence"]["broken"]] == ["a/a/bomb.png"]


def test_where_none_opens_there_is_nothing_to_skip_to(tmp_path: Path) -> None:
    source = tree(tmp_path / "a", class_folders())
    for i, file in enumerate(source.rglob("*.png")):
        file.write_text(f"no picture {i}")
    assert refusal(lambda: stored(source, skip_broken=True))["rule"] == "PJ001"
    assert "20 of 20" in refusal(lambda: store.decoded(read(source), Data(str(source))))["text"]


def test_what_could_not_be_read_once_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tree(tmp_path / "a", class_folders())
    opened = OpenPicture.opened
    with monkeypatch.context() as patch:
        patch.setattr(OpenPicture, "opened", lambda self, value: opened(self, None))
        assert refusal(lambda: stored(source))["rule"] == "PJ001"
    assert np.array_equal(rows_of(stored(source)), by_hand(source))


def test_a_full_disk_is_one_finding_and_leaves_no_half_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tree(tmp_path / "a", class_folders(20))
    written = 0

    def until_full(file: Any, offset: int, opener: OpenPicture, rows: list[tuple[int, Any]]) -> Decoded:
        nonlocal written
        if written >= 7:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written += len(rows)
        return decode_rows(file, offset, opener, rows)

    with monkeypatch.context() as patch:
        patch.setattr(store_file, "decode_rows", until_full)
        told = refusal(lambda: stored(source))
    assert told["rule"] == "cannot-write"
    assert "No space left" in told["text"]
    assert "PENJING_CACHE" in told["text"]
    assert not (folder_of_store() / "whole.json").exists()
    assert np.array_equal(rows_of(stored(source)), by_hand(source))


def test_a_disk_that_is_full_when_gaps_are_closed_is_left_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tree(tmp_path / "a", class_folders())
    (source / "a/broken.png").write_text("no picture")
    fsync = os.fsync

    def full(descriptor: int) -> None:
        part = folder_of_store() / "pictures.part"
        if part.exists() and os.path.samestat(os.fstat(descriptor), part.stat()):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        assert refusal(lambda: stored(source, skip_broken=True))["rule"] == "cannot-write"
    assert not (folder_of_store() / "pictures.part").exists()
    assert len(rows_of(stored(source, skip_broken=True))) == 20


def test_too_little_room_is_said_before_anything_is_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tree(tmp_path / "a", class_folders())
    monkeypatch.setattr(store_file, "decode_rows", no_decoding)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10**9, 10**9, 1_000))  # type: ignore[attr-defined]
    settings = Data(str(source), size=4096, color="rgb")
    told = refusal(lambda: store.decoded(read(source), settings))
    assert told["rule"] == "cannot-write"
    assert f"{20 * 3 * 4096**2 / 1e6:,.0f} MB are needed" in told["text"]
    assert "PENJING_CACHE" in told["text"]


def test_a_cache_that_cannot_be_written_is_one_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tree(tmp_path / "a", class_folders())
    data = read(source)
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("PENJING_CACHE", str(tmp_path / "file"))
    assert refusal(lambda: store.decoded(data, Data(str(source), size=8)))["rule"] == "cannot-write"


@pytest.mark.parametrize("lost", ["pictures.npy", "whole.json"])
def test_a_store_that_lost_a_file_is_built_anew(tmp_path: Path, lost: str) -> None:
    source = tree(tmp_path / "a", class_folders())
    stored(source)
    (folder_of_store() / lost).unlink()
    assert np.array_equal(rows_of(stored(source)), by_hand(source))


def test_notes_never_vouch_for_a_file_that_was_begun_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is lost, its notes are not, and the new build dies at its first picture."""
    source = tree(tmp_path / "a", class_folders())
    stored(source)
    (folder_of_store() / "pictures.npy").unlink()
    with monkeypatch.context() as patch:
        patch.setattr(store_file, "decode_rows", no_decoding)
        with pytest.raises(AssertionError):
            stored(source)
    assert np.array_equal(rows_of(stored(source)), by_hand(source))


# In processes: the thresholds are lowered so that others are started for a few small pictures

SCRIPT = """
import sys
print("began")
from pathlib import Path
from penjing.config import Data
from penjing.data import decoding_progress, store, store_file
from penjing.data.readers import image_folder
store_file.TRIAL_SECONDS, store_file.WORTH_SECONDS, store_file.SAVE_SECONDS = 0.02, 0.05, 0.05
store_file.CHUNK_SECONDS = 0.05
store_file.cores = lambda: 2
settings = Data(sys.argv[1], size="6x5", color="rgb")
store.decoded(image_folder.read(settings), settings)
"""


class Photographs(NamedTuple):
    folder: Path
    expected: np.ndarray


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Photographs:
    """60 pictures of which each takes some 20 ms."""
    folder = tmp_path_factory.mktemp("photographs")
    noise = np.random.default_rng(0).integers(0, 100, (700, 1000, 3), dtype=np.uint8)
    contents = [encoded(Image.fromarray(noise + np.uint8(50 * k)), "PNG", compress_level=1) for k in range(4)]
    opened = [OPENER.open(content) for content in contents]
    names = class_folders(30)
    for i, name in enumerate(names):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(contents[i % 4] + bytes(i))  # what follows the end of a PNG is not looked at
    data = read(folder)
    order = [names.index(file.name) for split in SPLITS for file in data.splits[split].inputs]
    return Photographs(folder, np.stack([opened[i % 4] for i in order]))


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """As a user writes it: nothing keeps it from running once more where it is imported."""
    path = tmp_path / "script.py"
    path.write_text(SCRIPT)
    return path


def begin(script: Path, source: Path) -> "subprocess.Popen[bytes]":
    (script.parent / "random.py").write_text("raise SystemExit('a file beside the script was taken for the library')")
    command = [sys.executable, "-P", str(script), str(source)]
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=script.parent,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
    )


def test_several_processes_decode_and_the_script_runs_once(script: Path, photographs: Photographs) -> None:
    process = begin(script, photographs.folder)
    said, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert said.split() == [b"began"]
    assert np.array_equal(rows_of(stored(photographs.folder)), photographs.expected)


def running(pid: int) -> bool:
    """Whether a process is there, and no zombie (Linux)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="children are found in /proc")
def test_a_killed_build_goes_on_where_it_was(
    script: Path, photographs: Photographs, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = begin(script, photographs.folder)
    children: list[int] = []
    while process.poll() is None and not (len(children) == 2 and progress() > 10):
        children = [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    process.communicate()
    kept, decoded = progress(), []
    assert 10 < kept < 60
    decode = DecodingProcesses.decode

    def counting(self: DecodingProcesses, chunks: list[Any]) -> Iterator[Any]:
        decoded.extend(row for chunk in chunks for row in chunk)
        return decode(self, chunks)

    monkeypatch.setattr(DecodingProcesses, "decode", counting)
    monkeypatch.setattr(store_file, "decode_rows", no_decoding)  # a picture may have killed it, and would kill this one
    assert np.array_equal(rows_of(stored(photographs.folder)), photographs.expected)
    assert len(decoded) == 60 - kept
    assert not any(map(running, children))  # they end with their parent


def progress() -> int:
    """Rows that are noted as written."""
    notes = list((cache.folder() / "pictures").glob("*/progress.json"))
    return sum(end - first for first, end in json.loads(notes[0].read_bytes())["written"]) if notes else 0


def test_two_that_build_the_same_store_do_not_harm_each_other(script: Path, photographs: Photographs) -> None:
    both = [begin(script, photographs.folder) for _ in range(2)]
    said = [process.communicate(timeout=60) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert np.array_equal(rows_of(stored(photographs.folder)), photographs.expected)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such limit")
def test_a_process_that_may_write_no_more_says_so(script: Path, photographs: Photographs) -> None:
    limit = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))\n"
    script.write_text(limit + SCRIPT)
    read(photographs.folder)  # the list of files is kept too
    process = begin(script, photographs.folder)
    assert "cannot store the decoded pictures: File too large" in process.communicate(timeout=60)[1].decode()
    assert not list((cache.folder() / "pictures").glob("*/whole.json"))


def test_no_more_processes_than_a_container_has_cores(
    tmp_path: Path, photographs: Photographs, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cpu.max").write_text("100000 100000")  # one core
    monkeypatch.setattr(machine, "CGROUP", tmp_path)
    monkeypatch.setattr(store_file, "TRIAL_SECONDS", 0)
    monkeypatch.setattr(store_file, "WORTH_SECONDS", 0)
    monkeypatch.setattr(store_file, "DecodingProcesses", no_decoding)
    assert np.array_equal(rows_of(stored(photographs.folder)), photographs.expected)


def test_a_process_that_dies_is_a_finding_that_says_where(tmp_path: Path) -> None:
    source = tree(tmp_path / "a", class_folders())
    rows = [(i, PictureFile(str(source), name, 0, 0)) for i, name in enumerate(class_folders())]
    with DecodingProcesses(DecodingJob(str(tmp_path / "missing.npy"), 0, OPENER), 2) as processes:
        told = refusal(lambda: list(processes.decode([rows[:5], rows[5:], rows[:5], rows[5:]])))
    assert told["rule"] == "decoder-died"
    assert "FileNotFoundError" in told["text"]
    assert "a/a/" in told["text"]


def test_where_a_process_cannot_start_those_before_it_are_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin, begun = subprocess.Popen, []

    def full(*args: Any, **kwargs: Any) -> Any:
        if begun:
            raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        begun.append(begin(*args, **kwargs))
        return begun[0]

    monkeypatch.setattr(subprocess, "Popen", full)
    with pytest.raises(BlockingIOError), DecodingProcesses(DecodingJob(str(tmp_path / "x.npy"), 0, OPENER), 2):
        pass
    assert begun[0].poll() is not None


KILLING = """
import os, signal
from PIL import ImageFile
load = ImageFile.ImageFile.load
def killing(self):
    if self.size == (13, 13):
        os.kill(os.getpid(), signal.SIGSEGV)
    return load(self)
ImageFile.ImageFile.load = killing
"""


@pytest.fixture
def killers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Class folders with two pictures that kill any process, started from here, that decodes them."""
    source = tree(tmp_path / "killers", class_folders())
    for name in ("a/3.png", "b/7.png"):
        Image.new("RGB", (13, 13), (len(name), ord(name[0]), 0)).save(source / name)
    (tmp_path / "fault").mkdir()
    (tmp_path / "fault" / "sitecustomize.py").write_text(KILLING)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "fault"))
    return source


@pytest.mark.skipif(os.name != "posix", reason="elsewhere a process is not ended by a signal")
def test_a_picture_that_kills_its_decoder_is_named_and_the_others_are_decoded(tmp_path: Path, killers: Path) -> None:
    names = sorted(class_folders())
    rows = [(i, PictureFile(str(killers), name, 0, 0)) for i, name in enumerate(names)]
    (tmp_path / "rows").write_bytes(bytes(90 * len(rows)))
    with DecodingProcesses(DecodingJob(str(tmp_path / "rows"), 0, OPENER), 2) as processes:
        answers = list(processes.decode([rows[:5], rows[5:10], rows[10:]]))
    assert sorted(row for chunk, _ in answers for row, _ in chunk) == list(range(20))
    broken = {row: why for _, done in answers for row, why in done.broken.items()}
    assert broken == {names.index(name): "it kills its decoder (SIGSEGV)" for name in ("a/3.png", "b/7.png")}
    written = np.fromfile(tmp_path / "rows", np.uint8).reshape(20, 6, 5, 3)
    for i, name in enumerate(names):
        assert i in broken or np.array_equal(written[i], OPENER.open(killers / name))


@pytest.mark.skipif(os.name != "posix", reason="elsewhere a process is not ended by a signal")
def test_a_picture_that_killed_a_build_is_told_by_the_next(killers: Path) -> None:
    command = [sys.executable, "-c", "import sys\n" + SCRIPT, str(killers)]
    paths = os.pathsep.join([str(REPOSITORY), os.environ["PYTHONPATH"]])
    first, second = (
        subprocess.run(command, env=os.environ | {"PYTHONPATH": paths}, capture_output=True, check=False, timeout=60)
        for _ in range(2)
    )
    assert first.returncode == -signal.SIGSEGV
    assert second.returncode == 1
    assert b"2 of 20 pictures do not open" in second.stderr
    assert b"b/7.png: it kills its decoder (SIGSEGV)" in second.stderr


@pytest.mark.skipif(os.name != "posix", reason="elsewhere a process is not ended by a signal")
def test_where_every_process_is_killed_no_picture_is_blamed(
    tmp_path: Path, killers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [(i, PictureFile(str(killers), "a/3.png", 0, 0)) for i in range(5)]
    (tmp_path / "rows").write_bytes(bytes(90 * len(rows)))
    monkeypatch.setattr(decoding_processes, "MOST_DEATHS", 2)
    with DecodingProcesses(DecodingJob(str(tmp_path / "rows"), 0, OPENER), 1) as processes:
        told = refusal(lambda: list(processes.decode([rows, rows])))
    assert told["rule"] == "decoder-died"
    assert "SIGSEGV" in told["text"]


def test_what_a_process_cannot_write_is_an_error_here(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    rows = [(0, PictureFile(str(tree(tmp_path / "a", ["x.png"])), "x.png", 0, 0))]
    with (
        DecodingProcesses(DecodingJob("/dev/full", 0, OPENER), 1) as processes,
        pytest.raises(OSError, match="No space left on device"),
    ):
        list(processes.decode([rows]))


def test_names_that_are_not_utf_8_reach_the_other_process(tmp_path: Path) -> None:
    folder, name = tmp_path / "a", os.fsdecode(b"\xff\n.png")
    folder.mkdir()
    try:
        (folder / name).write_bytes(png(3))
    except OSError:
        pytest.skip("this file system takes no such names")
    (tmp_path / "rows").write_bytes(bytes(90))
    with DecodingProcesses(DecodingJob(str(tmp_path / "rows"), 0, OPENER), 1) as processes:
        ((_, done),) = processes.decode([[(0, PictureFile(str(folder), name, 0, 0))]])
    assert done.broken == {}
    assert (tmp_path / "rows").read_bytes() == OPENER.open(png(3)).tobytes()
