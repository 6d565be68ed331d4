"""Files of a folder, or of a .zip read in place, before any picture among them is decoded. No torch.

Junk that systems leave behind (`.DS_Store`, `Thumbs.db`, `__MACOSX`, anything hidden) is counted and left out. Names
that are not UTF-8 are kept as Python's surrogates, so that the file opens, and are shown with escapes.
"""

import errno
import os
import re
import stat
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from penjing import cache, files
from penjing.data import archive
from penjing.files import shown
from penjing.findings import stop

SUFFIXES = frozenset(
    (".bmp", ".gif", ".jfif", ".jpeg", ".jpg", ".pbm", ".pgm", ".png", ".pnm", ".ppm", ".tif", ".tiff", ".webp")
)
JUNK = frozenset(("thumbs.db", "desktop.ini", "__macosx", "icon\r"))
LEADS_NOWHERE = frozenset((errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG))  # a missing file, a link


class PictureFile(msgspec.Struct, frozen=True):
    """One file by name, with enough to know it again: where it lies does not count, what it holds does."""

    root: str  # a folder, or a .zip
    name: str  # inside it, with / between folders; of a table's row perhaps a path that leads elsewhere
    size_bytes: int
    crc: int  # CRC-32 of the content: what a .zip's own directory holds, so that it need not be read for this

    def __str__(self) -> str:
        return shown(self.name if self.name.startswith("/") else f"{Path(self.root).name}/{self.name}")

    @property
    def identity(self) -> str:
        """The same for a folder, for the .zip made from it, and for a copy of either."""
        return f"{self.name} {self.size_bytes} {self.crc}"

    def read(self) -> bytes:
        """The content.

        Raises:
            PenjingError: `cannot-read`; `damaged-zip` where a member does not unpack to what the directory says.
        """
        return read(Path(self.root), self.name)


class Listed(NamedTuple):
    """All files below a root but junk, sorted by name."""

    pictures: list[PictureFile]
    others: list[str]  # names of files that are no pictures by their suffix, such as metadata.csv
    junk: int  # files left out
    circles: int = 0  # links to a folder that they lie in, not followed


def read(root: Path, name: str) -> bytes:
    """One file below a folder or in a .zip.

    Raises:
        PenjingError: `no-such-path`, `cannot-read`, `damaged-zip`.
    """
    if root.is_dir():
        return files.read(root / name)
    return archive.read(root, name)


def names_in(root: Path, depth: int) -> list[str]:
    """Names of files that are no junk: in a .zip all, in a folder down to so many levels; none of anything else.

    Raises:
        PenjingError: those of a .zip; `cannot-read`.
    """
    if root.is_dir():
        found, level = [], [root]
        for _ in range(depth):
            entries = sorted((entry for folder in level for entry in _entries(folder)), key=lambda entry: entry.path)
            found += [Path(entry.path).relative_to(root).as_posix() for entry in entries if entry.is_file()]
            level = [Path(entry.path) for entry in entries if entry.is_dir()]
        return [name for name in found if not _is_junk(name)]
    if root.suffix.lower() == ".zip" and root.is_file():
        return [member.filename for member in archive.members(root) if not _is_junk(member.filename)]
    return []


def list_files(root: Path) -> Listed:
    """List a folder or a .zip, in no order of the disk.

    Raises:
        PenjingError: `cannot-read`, `damaged-zip`, `encrypted-zip`, `unsafe-zip` where a name leads out of it.
    """
    if root.is_dir():
        return _list_folder(root)
    return _list_zip(root)


def files_named(root: Path, names: Iterable[str]) -> tuple[list[PictureFile], list[str]]:
    """The files of these names in a folder, each once, in their order; and the names of those that are not there.

    Raises:
        PenjingError: `cannot-read`.
    """
    known = cache.read_json("listed", _key(root), dict[str, tuple[int, int, int]]) or {}  # name: size, time, CRC
    facts: dict[str, tuple[int, int, int]] = {}
    missing: dict[str, None] = {}
    for name in names:
        if name in facts or name in missing:
            continue
        try:
            seen = (root / name).stat()
        except OSError as error:
            if error.errno not in LEADS_NOWHERE:
                raise files.cannot_read(root / name, error) from error
            missing[name] = None
            continue
        if not stat.S_ISREG(seen.st_mode):
            missing[name] = None
            continue
        before = known.get(_as_utf8(name))
        if before is None or before[:2] != (seen.st_size, seen.st_mtime_ns):
            before = (seen.st_size, seen.st_mtime_ns, zlib.crc32(files.read(root / name)))
        facts[name] = before
    kept = {_as_utf8(name): fact for name, fact in facts.items()}
    if not kept.items() <= known.items():
        cache.write_json("listed", _key(root), known | kept)
    return [PictureFile(str(root), name, size, crc) for name, (size, _, crc) in facts.items()], list(missing)


def equal_files(pictures: list[PictureFile]) -> np.ndarray:
    """(N,) integers, the same for files of equal content; only those alike in size and checksum are read."""
    alike: dict[tuple[int, int], list[int]] = {}
    for i, file in enumerate(pictures):
        alike.setdefault((file.size_bytes, file.crc), []).append(i)
    groups = np.arange(len(pictures))
    for members in alike.values():
        seen: dict[bytes, int] = {}
        for i in members if len(members) > 1 else ():
            groups[i] = seen.setdefault(pictures[i].read(), i)
    return np.unique(groups, return_inverse=True)[1]


def natural(name: str) -> list[tuple[int, int | str]]:
    """A key that sorts frame-2 before frame-10."""
    return [(0, int(part)) if part.isdigit() else (1, part) for part in re.split(r"(\d+)", name)]


def _as_utf8(name: str) -> str:
    """The name as text that JSON can hold, one for each."""
    return name.encode("utf-8", "surrogateescape").decode("latin-1")


def _key(root: Path) -> str:
    return str(root.resolve())


def _list_folder(root: Path) -> Listed:
    pictures, others, junk, circles = [], [], 0, 0
    for name, is_circle in _walk(root):
        if is_circle:
            circles += 1
        elif _is_junk(name):
            junk += 1
        elif not _is_picture(name):
            others.append(name)
        else:
            pictures.append(name)
    found, missing = files_named(root, sorted(pictures))
    if missing:
        raise stop(
            "cannot-read",
            f"{len(missing):,} of {len(pictures):,} pictures are links that lead nowhere: {shown(missing[0])}",
            where=str(root / shown(missing[0])),
            why="what they should show would be missing without a word.",
            try_="fetch what they point to (git annex get, dvc pull), or remove the links",
            evidence={"files": [shown(name) for name in missing]},
        )
    return Listed(found, sorted(others), junk, circles)


def _walk(root: Path) -> Iterator[tuple[str, bool]]:
    """Every file below by name, and every link to a folder that it lies in, which is not followed; says which."""

    def refuse(error: OSError) -> None:
        raise files.cannot_read(Path(error.filename), error) from error

    above: dict[str, frozenset[str]] = {str(root): frozenset()}
    for folder, below, names in os.walk(root, onerror=refuse, followlinks=True):
        passed = above.pop(folder) | {os.path.realpath(folder)}
        for name in sorted(below):
            path = os.path.join(folder, name)  # noqa: PTH118  # as os.walk will call it
            if Path(path).is_symlink() and os.path.realpath(path) in passed:
                below.remove(name)
                yield Path(path).relative_to(root).as_posix(), True
            above[path] = passed
        for name in names:
            yield Path(folder, name).relative_to(root).as_posix(), False


def _entries(folder: Path) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError as error:
        raise files.cannot_read(folder, error) from error


def _list_zip(root: Path) -> Listed:
    pictures: dict[str, PictureFile] = {}  # by name: of two members of one name the last counts, as when unpacked
    others, junk = [], 0
    for member in archive.members(root):
        name = member.filename
        if _is_junk(name):
            junk += 1
        elif _is_picture(name):
            pictures[name] = PictureFile(str(root), name, member.file_size, member.CRC)
        else:
            others.append(name)
    return Listed([pictures[name] for name in sorted(pictures)], sorted(others), junk)


def _is_picture(name: str) -> bool:
    _, dot, ending = name.rpartition(".")
    return f"{dot}{ending.lower()}" in SUFFIXES


def _is_junk(name: str) -> bool:
    return any(part.startswith(".") or part.lower() in JUNK for part in name.split("/"))
