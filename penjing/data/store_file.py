"""One store on disk: its file is built by one process at a time, and a build that was killed goes on. No torch.

.lock            held while it is built
pictures.npy     (N, H, W, C) uint8
progress.json    while it is built: which rows are written, and reached the disk
whole.json       when it is whole: the rows that were left out, and what had to be done to the others
used.json        where the pictures come from; the time of this file is that of the last use
"""

import contextlib
import os
import shutil
import sys
import time
from collections import Counter
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import numpy as np

from penjing import files
from penjing.data.decode_rows import Decoded, DecodingJob, decode_rows
from penjing.data.decoding_processes import MOST_PROCESSES, DecodingProcesses
from penjing.data.decoding_progress import DecodingProgress
from penjing.data.picture_files import PictureFile
from penjing.findings import PenjingError, stop
from penjing.runtime.machine import cores
from penjing.runtime.steps.open_picture import OpenPicture

TRIAL_SECONDS = 0.5  # decoded in this process before it is known whether others are worth their start
WORTH_SECONDS = 1.5  # of decoding left, from which on they are
SAVE_SECONDS = 1.0  # of work that a kill may cost
CHUNK_SECONDS = 0.25  # of decoding that a process is given at a time
LARGEST_CHUNK = 256
UNTRIED_CHUNK = 16  # where nothing was decoded yet that tells how long a picture takes


class Progress(msgspec.Struct, frozen=True):
    """How far a build has come."""

    written: list[tuple[int, int]]  # runs of rows, first and one behind the last
    traits: dict[str, int]


class Use(msgspec.Struct, frozen=True):
    """What a store is, for a person who looks at the cache."""

    source: str
    size: tuple[int, ...]  # N, H, W, C


class StoreFile:
    """The pictures of one key.

    Args:
        folder: its own.
        pictures: N of them, `PictureFile`s or arrays.
        opener: of a fixed size.
    """

    def __init__(self, folder: Path, pictures: Sequence[Any], opener: OpenPicture) -> None:
        assert opener.size is not None  # a store holds pictures of one size
        self.folder, self.pictures, self.opener = folder, pictures, opener
        self.path = folder / "pictures.npy"
        self.row = (*opener.size, len(opener.mode))

    def decode(self, *, skip_broken: bool) -> Decoded:
        """Build what is not built yet.

        Args:
            skip_broken: whether pictures that do not open are left out; else they are told, and the store is not whole.

        Raises:
            PenjingError: `cannot-write`, `decoder-died`.
        """
        if (known := self._whole()) is not None:
            return known
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with _locked(self.folder):
                return self._whole() or self._build(skip_broken=skip_broken)
        except OSError as error:
            raise _cannot_write(self.folder, error.strerror or str(error)) from error

    def note_use(self, source: str) -> None:
        """Keep what the store is, and by the note's time when it was used last."""
        path = Path(source)
        where = str(path.resolve()) if path.exists() else source  # one name for it, whatever folder it was given from
        use = Use(files.shown(where), (len(self.pictures), *self.row))
        with contextlib.suppress(OSError):  # a store that can only be read serves as well
            files.put(self.folder / "used.json", files.as_json(use))

    def array(self) -> np.ndarray:
        """(N, H, W, C) uint8 without the rows left out; what is written to it stays in memory, and out of the file."""
        return np.asarray(np.load(self.path, mmap_mode="c"))

    def _whole(self) -> Decoded | None:
        """What is known of a whole store; None where there is none, or a part of it was lost."""
        try:
            known = files.read_json(self.folder / "whole.json", Decoded)
            shape = np.load(self.path, mmap_mode="r").shape
        except (PenjingError, OSError, ValueError):  # it can be made again
            return None
        return known if shape == (len(self.pictures) - len(known.broken), *self.row) else None

    def _build(self, *, skip_broken: bool) -> Decoded:
        written, traits, is_begun = self._begin()
        broken: dict[int, str] = {}
        with self.path.open("r+b") as file, DecodingProgress(len(written), int(written.sum())) as bar:
            saved = time.monotonic()
            try:
                with contextlib.closing(self._decoded(file, np.flatnonzero(~written), is_begun=is_begun)) as decoded:
                    for rows, done in decoded:
                        written[[row for row in rows if row not in done.broken]] = True
                        broken |= done.broken
                        traits.update(done.traits)
                        bar.advance(len(rows))
                        if time.monotonic() - saved > SAVE_SECONDS:
                            self._save(file, written, traits)
                            saved = time.monotonic()
            finally:  # ^C too
                self._save(file, written, traits)
        found = Decoded(dict(sorted(broken.items())), dict(traits))
        if not broken or skip_broken:
            self._finish(found)
        return found

    def _begin(self) -> tuple[np.ndarray, Counter[str], bool]:
        """Which rows are written, the traits of those, and whether an earlier build began and did not finish.

        The file has all its length, and room on the disk.
        """
        n = len(self.pictures)
        written = np.zeros(n, dtype=bool)
        traits: Counter[str] = Counter()
        try:
            progress = files.read_json(self.folder / "progress.json", Progress)
            is_there = np.load(self.path, mmap_mode="r").shape == (n, *self.row)
        except (PenjingError, OSError, ValueError):
            is_there = False
        if is_there:
            for first, end in progress.written:
                written[first:end] = True
            traits.update(progress.traits)
        self._refuse_without_room(int((~written).sum()) * int(np.prod(self.row)))
        if not is_there:
            for note in ("whole.json", "progress.json"):  # of a file that was lost: they would vouch for the new one
                (self.folder / note).unlink(missing_ok=True)
            with self.path.open("wb") as file:
                offset = _write_header(file, (n, *self.row))
                file.truncate(offset + n * int(np.prod(self.row)))
                self._save(file, written, traits)
        return written, traits, is_there

    def _refuse_without_room(self, needed: int) -> None:
        free = shutil.disk_usage(self.folder).free
        if needed > free:
            raise _cannot_write(
                self.folder,
                f"{needed / 1e6:,.0f} MB are needed for the decoded pictures, {free / 1e6:,.0f} MB are free",
            )

    def _decoded(
        self, file: BinaryIO, todo: np.ndarray, *, is_begun: bool
    ) -> Generator[tuple[list[int], Decoded], None, None]:
        """Rows as they are written: at first in this process, then, where much is left, in others.

        Of a build that did not finish all in others: it may have been a picture that ended it, and would end this one.
        """
        offset = self.path.stat().st_size - len(self.pictures) * int(np.prod(self.row))
        if is_begun and len(todo) and isinstance(self.pictures[0], PictureFile):
            yield from self._decoded_elsewhere(offset, todo, UNTRIED_CHUNK)
            return
        began, at, chunk = time.monotonic(), 0, 1
        while at < len(todo):
            seconds = time.monotonic() - began
            left = seconds / max(at, 1) * (len(todo) - at)
            if seconds > TRIAL_SECONDS and left > WORTH_SECONDS and self._can_share():
                size = int(np.clip(CHUNK_SECONDS * at / seconds, 1, LARGEST_CHUNK))
                yield from self._decoded_elsewhere(offset, todo[at:], size)
                return
            rows = todo[at : at + chunk].tolist()
            yield rows, decode_rows(file, offset, self.opener, [(row, self.pictures[row]) for row in rows])
            at += len(rows)
            if time.monotonic() - began - seconds < CHUNK_SECONDS / 8:  # small ones
                chunk = min(2 * chunk, LARGEST_CHUNK)

    def _can_share(self) -> bool:
        return cores() > 1 and isinstance(self.pictures[0], PictureFile)

    def _decoded_elsewhere(
        self, offset: int, todo: np.ndarray, size: int
    ) -> Generator[tuple[list[int], Decoded], None, None]:
        chunks = [todo[at : at + size].tolist() for at in range(0, len(todo), size)]
        job = DecodingJob(str(self.path.resolve()), offset, self.opener)
        with DecodingProcesses(job, min(cores(), MOST_PROCESSES, len(chunks))) as processes:
            for rows, done in processes.decode([[(row, self.pictures[row]) for row in rows] for rows in chunks]):
                yield [row for row, _ in rows], done

    def _save(self, file: BinaryIO, written: np.ndarray, traits: Counter[str]) -> None:
        """First the rows, whichever process wrote them, then the note that they are there."""
        file.flush()
        os.fsync(file.fileno())
        edges = np.flatnonzero(np.diff(written, prepend=False, append=False)).reshape(-1, 2)
        progress = Progress([(first, end) for first, end in edges.tolist()], dict(traits))
        files.put(self.folder / "progress.json", files.as_json(progress))

    def _finish(self, found: Decoded) -> None:
        """Close the gaps, and say that it is whole. A kill in between leaves no file that fits either note."""
        if found.broken:
            rows = np.load(self.path, mmap_mode="r")
            kept = np.delete(np.arange(len(rows)), list(found.broken))
            self._refuse_without_room(len(kept) * int(np.prod(self.row)))
            part = self.folder / "pictures.part"
            try:
                with part.open("wb") as file:
                    _write_header(file, (len(kept), *self.row))
                    for row in kept:
                        file.write(rows[row].tobytes())
                    file.flush()
                    os.fsync(file.fileno())
            except OSError:
                part.unlink()
                raise
            del rows
            part.replace(self.path)
        files.put(self.folder / "whole.json", files.as_json(found))
        (self.folder / "progress.json").unlink()


def _write_header(file: BinaryIO, shape: tuple[int, ...]) -> int:
    """That of a .npy; gives its length."""
    np.lib.format.write_array_header_1_0(file, {"descr": "|u1", "fortran_order": False, "shape": shape})
    return file.tell()


def _locked(folder: Path) -> Any:
    """Hold a folder; another process that builds the same store is waited for, and said."""
    import filelock

    lock = filelock.FileLock(folder / ".lock")
    try:
        return lock.acquire(timeout=1)
    except filelock.Timeout:
        sys.stderr.write("another process decodes the same pictures: waiting for it\n")
        return lock.acquire()


def _cannot_write(folder: Path, error: str) -> PenjingError:
    return stop(
        "cannot-write",
        f"cannot store the decoded pictures: {error}",
        where=str(folder),
        why="they are decoded once and kept, and no half store is ever taken for a whole one.",
        try_="free some space, or PENJING_CACHE=/on/another/disk before the same command",
    )
