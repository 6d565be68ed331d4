"""Files of a folder, or of a .zip read in place, before any picture among them is decoded. No torch.

Junk that systems leave behind (`.DS_Store`, `Thumbs.db`, `__MACOSX`, anything hidden) is counted and left out. Names
that are not UTF-8 are kept as Python's surrogates, so that the file opens, and are shown with escapes.
"""

import contextlib
import errno
import os
import re
import stat
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Literal, NamedTuple

import msgspec
import numpy as np
from PIL import features

from penjing import cache, files
from penjing.data import archive
from penjing.files import shown
from penjing.findings import PenjingError, listed, stop
from penjing.run import Run

SUFFIXES = frozenset(
    (".bmp", ".gif", ".jfif", ".jpeg", ".jpg", ".pbm", ".pgm", ".png", ".pnm", ".ppm", ".tif", ".tiff", ".webp")
    + ((".avif",) if features.check("avif") else ())  # not every pillow was built with it
)
NOT_READ = frozenset((".avif", ".heic", ".heif", ".hif")) - SUFFIXES  # pictures that pillow here does not decode
CONVERT = (
    "convert them to JPEG: magick mogrify -format jpg *.heic (iPhones: Settings, Camera, Formats, Most Compatible)"
)
JUNK = frozenset(("thumbs.db", "desktop.ini", "__macosx", "icon\r"))
LEADS_NOWHERE = frozenset((errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG))  # a missing file, a link
NO_FILES = {  # by what `stat` says: reading one of these would wait for ever, or never end
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe (FIFO)",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


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

    root: Path
    pictures: Sequence[PictureFile] = ()
    others: Sequence[str] = ()  # names of files that are not read as pictures by their suffix: metadata.csv, x.heic
    junk: int = 0  # files left out
    circles: int = 0  # links that only lead around in it, not followed
    folders: tuple[str, ...] = ()  # all below but junk, also those that hold no picture
    lost: Mapping[str, str] = MappingProxyType({})  # names of pictures that the system does not let us read: why
    runs: int = 0  # of Penjing's, left out with the folders that hold nothing else

    @property
    def broken(self) -> tuple[str, ...]:
        """The lost ones, each with why, for people."""
        return tuple(f"{PictureFile(str(self.root), name, 0, 0)}: {why}" for name, why in self.lost.items())

    @property
    def notes(self) -> list[str]:
        """What is left out whatever the folders mean, counted for people."""
        counts = {
            "left out, as systems leave them behind (.DS_Store, Thumbs.db, hidden files)": self.junk,
            "left out, runs of Penjing": self.runs,
            "not followed, links that only lead around in it": self.circles,
            "left out, pictures that cannot be read, which the run's findings name": len(self.lost),
        }
        return [f"{words}: {n:,}" for words, n in counts.items() if n]


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
            found += [Path(entry.path).relative_to(root).as_posix() for entry in entries if _holds(entry.is_file)]
            folders = [Path(entry.path) for entry in entries if _holds(entry.is_dir)]
            level = [folder for folder in folders if not Run.is_at(folder)]
        return [name for name in found if not _is_junk(name)]
    if root.suffix.lower() == ".zip" and root.is_file():
        return [one.filename for one in archive.members(root) if not one.is_dir() and not _is_junk(one.filename)]
    return []


def list_files(root: Path, *, skip_broken: bool = False) -> Listed:
    """List a folder or a .zip, in no order of the disk.

    Args:
        root: the folder or .zip.
        skip_broken: whether pictures that the system does not let us read are to be left out. Else they are told with
            those that do not open (PJ001), or here where too few are left to say what the folders mean.

    Raises:
        PenjingError: `cannot-read` for a folder, and where of all pictures, or unless `skip_broken` of those of a
            folder, none can be read; `damaged-zip`, `encrypted-zip`, `unsafe-zip` where a name leads out of it.
    """
    if root.is_dir():
        return _list_folder(root, skip_broken=skip_broken)
    return _list_zip(root)


def files_named(root: Path, names: Iterable[str]) -> tuple[list[PictureFile], dict[str, str]]:
    """The files of these names in a folder, each once, in their order; and those that cannot be read, each with why.

    A file is read anew for its checksum where its size or one of its times changed: that of its content can be set to
    what it was, as `cp -p`, `touch -r` and synchronizing do, that of its last change cannot.
    """
    known = cache.read_json("listed", _key(root), dict[str, tuple[int, int, int, int]]) or {}  # size, times, CRC
    facts: dict[str, tuple[int, int, int, int]] = {}
    lost: dict[str, str] = {}
    for name in dict.fromkeys(names):
        path = root / name
        try:
            seen = path.stat()
            if not stat.S_ISREG(seen.st_mode):
                lost[name] = f"{NO_FILES.get(stat.S_IFMT(seen.st_mode), 'something else')}, no file"
                continue
            now = (seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns)
            before = known.get(_as_utf8(name))
            if before is None or before[:3] != now or not os.access(path, os.R_OK):
                before = (*now, zlib.crc32(path.read_bytes()))
            facts[name] = before
        except OSError as error:
            lost[name] = _why_lost(path, error)
        except ValueError:  # a NUL in a table's cell
            lost[name] = "a name that no file can have"
    kept = {_as_utf8(name): fact for name, fact in facts.items()}
    if not kept.items() <= known.items():
        cache.write_json("listed", _key(root), known | kept)
    return [PictureFile(str(root), name, size, crc) for name, (size, _, _, crc) in facts.items()], lost


def _why_lost(path: Path, error: OSError) -> str:
    if error.errno not in LEADS_NOWHERE:
        return error.strerror or str(error)
    return "a link that leads nowhere" if path.is_symlink() else "not there"


def equal_files(pictures: Sequence[PictureFile]) -> np.ndarray:
    """(N,) integers, the same for files of equal content; only those alike in size and checksum are read.

    One that cannot be read is equal to none: the store tells it with all others that do not open.
    """
    alike: dict[tuple[int, int], list[int]] = {}
    for i, file in enumerate(pictures):
        alike.setdefault((file.size_bytes, file.crc), []).append(i)
    groups = np.arange(len(pictures))
    for members in alike.values():
        seen: dict[bytes, int] = {}
        for i in members if len(members) > 1 else ():
            with contextlib.suppress(PenjingError):
                groups[i] = seen.setdefault(pictures[i].read(), i)
    return np.unique(groups, return_inverse=True)[1]


def natural(name: str) -> list[tuple[int, int | str]]:
    """A key that sorts frame-2 before frame-10."""
    return [(0, int(part)) if part.isdecimal() else (1, part) for part in re.split(r"(\d+)", name)]


def _as_utf8(name: str) -> str:
    """The name as text that JSON can hold, one for each."""
    return name.encode("utf-8", "surrogateescape").decode("latin-1")


def _key(root: Path) -> str:
    return str(root.resolve())


def _list_folder(root: Path, *, skip_broken: bool) -> Listed:
    pictures, others, folders, runs, junk, circles = [], [], [], [], [], 0
    for name, kind in _walk(root):
        if kind == "circle":
            circles += 1
        elif kind == "run":
            runs.append(name)
        elif _is_junk(name):
            junk += [name] if kind == "file" else []
        elif kind == "folder":
            folders.append(name)
        elif not looks_like_picture(name):
            others.append(name)
        else:
            pictures.append(name)
    found, lost = files_named(root, sorted(pictures))
    emptied = set(map(_folder_of, lost)) - {_folder_of(file.name) for file in found}
    if lost and (not found or (emptied and not skip_broken)):
        raise _cannot_read(root, lost, len(pictures))
    if runs:
        of_runs = _parents(runs) - _parents(pictures)
        others, folders, junk = (
            [name for name in names if not _lies_in(of_runs, name)] for names in (others, folders, junk)
        )
    return Listed(root, found, sorted(others), len(junk), circles, tuple(sorted(folders)), lost, len(runs))


def _folder_of(name: str) -> str:
    return name.rpartition("/")[0]


def _parents(names: Iterable[str]) -> set[PurePosixPath]:
    """All folders that these lie in, below the root."""
    return {folder for name in names for folder in PurePosixPath(name).parents} - {PurePosixPath()}


def _lies_in(folders: set[PurePosixPath], name: str) -> bool:
    """Whether it is one of these folders, or lies in one."""
    path = PurePosixPath(name)
    return not folders.isdisjoint((path, *path.parents))


def _cannot_read(root: Path, lost: Mapping[str, str], n: int) -> PenjingError:
    named = {shown(name): why for name, why in lost.items()}
    return stop(
        "cannot-read",
        f"{len(named):,} of {n:,} pictures cannot be read",
        where=f"{shown(str(root))}: " + listed([f"{name} ({why})" for name, why in named.items()]),
        why="what they should show would be missing without a word.",
        try_="check the permissions, fetch what links point to (git annex get, dvc pull); "
        "or --skip-broken leaves them out, and records them in the run",
        evidence={"files": named},
    )


def _walk(root: Path) -> Iterator[tuple[str, Literal["file", "folder", "circle", "run"]]]:
    """Every file and folder below by name; runs, and links that only lead around, by name alone: not followed.

    Those lead to a folder that they lie in or, within a folder that a link led to, back into the root: class folders
    that link to each other would be read under ever longer names.
    """

    def refuse(error: OSError) -> None:
        raise files.cannot_read(Path(error.filename), error) from error

    above: dict[str, frozenset[str]] = {str(root): frozenset()}
    real_root = Path(os.path.realpath(root))
    for folder, below, names in os.walk(root, onerror=refuse, followlinks=True):
        really = os.path.realpath(folder)
        passed = above.pop(folder) | {really}
        was_linked = Path(really) != real_root / Path(folder).relative_to(root)
        if folder != str(root):
            yield Path(folder).relative_to(root).as_posix(), "folder"
        for name in sorted(below):
            path = os.path.join(folder, name)  # noqa: PTH118  # as os.walk will call it
            leads_to = Path(os.path.realpath(path)) if Path(path).is_symlink() else None
            if leads_to is not None and (
                str(leads_to) in passed or (was_linked and leads_to.is_relative_to(real_root))
            ):
                below.remove(name)
                yield Path(path).relative_to(root).as_posix(), "circle"
            elif Run.is_at(Path(path)):
                below.remove(name)
                yield Path(path).relative_to(root).as_posix(), "run"
            above[path] = passed
        for name in names:
            yield Path(folder, name).relative_to(root).as_posix(), "file"


def _entries(folder: Path) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError as error:
        raise files.cannot_read(folder, error) from error


def _holds(asked: Callable[[], bool]) -> bool:
    """What an entry says of itself, mostly without a look at the disk; a link to itself is neither file nor folder."""
    try:
        return asked()
    except OSError as error:
        if error.errno in LEADS_NOWHERE:
            return False
        raise


def _list_zip(root: Path) -> Listed:
    pictures, others, junk = [], [], 0
    folders: set[str] = set()
    for member in sorted(archive.members(root), key=lambda member: member.filename):
        name, path = member.filename, PurePosixPath(member.filename)
        folders.update(folder.as_posix() for folder in path.parents)
        if member.is_dir():
            folders.add(path.as_posix())
            continue
        if _is_junk(name):
            junk += 1
        elif looks_like_picture(name):
            pictures.append(PictureFile(str(root), name, member.file_size, member.CRC))
        else:
            others.append(name)
    return Listed(root, pictures, others, junk, folders=tuple(sorted(name for name in folders if not _is_junk(name))))


def suffix_of(name: str) -> str:
    """`.jpg`, in small letters, also where nothing stands before it."""
    _, dot, ending = name.rpartition(".")
    return f"{dot}{ending.lower()}"


def looks_like_picture(name: str) -> bool:
    """Whether it ends as file names of pictures do."""
    return suffix_of(name) in SUFFIXES


def _is_junk(name: str) -> bool:
    return any(part.startswith(".") or part.lower() in JUNK for part in name.split("/"))
