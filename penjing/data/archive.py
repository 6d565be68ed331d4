"""A .zip read in place: what must not be, such as a name that leads out of it, is refused before anything is read."""

import functools
import re
import stat
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from penjing import files
from penjing.files import shown
from penjing.findings import stop

ENCRYPTED = 1  # bit of a member's flags
HERE = re.compile(r"(^|/)(\./)+")  # some tools write ./a.png, or only ./ for the root
# What reading damaged bytes raises: each way of packing and each library its own, such as zlib.error, OSError (bzip2),
# LZMAError, struct.error where a header lies, MemoryError where it lies about sizes. No shorter list holds.
DAMAGED = Exception
COMPRESSIONS = frozenset((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA))


def members(root: Path) -> Iterable[zipfile.ZipInfo]:
    """Its files and folders, each checked and once: of two of one name the last counts, as when unpacked.

    Raises:
        PenjingError: `damaged-zip`, `encrypted-zip`, `unknown-compression`, `unsafe-zip`; those of a file.
    """
    return _checked(root, _changed(root)).values()


def read(root: Path, name: str) -> bytes:
    """One member.

    Raises:
        PenjingError: `damaged-zip` where it does not unpack to what the directory says.
    """
    whole, member = _opened(root, _changed(root)), _checked(root, _changed(root))[name]
    try:
        return whole.read(member)
    except DAMAGED as error:
        said = str(error).replace(f" for file {name!r}", "")  # zipfile names it once more
        words = f"does not unpack: {said or type(error).__name__}"
        raise _damaged(root, f"{shown(name)} in {root.name} {words}", words) from error


def opened(root: Path, name: str) -> IO[bytes]:
    """One member, to read only a part of it: what is read past the damage of a damaged one raises as zipfile does."""
    return _opened(root, _changed(root)).open(_checked(root, _changed(root))[name])


def _changed(root: Path) -> int:
    return files.existing(root).stat().st_mtime_ns


@functools.lru_cache(maxsize=4)
def _checked(root: Path, changed_ns: int) -> dict[str, zipfile.ZipInfo]:
    """By name."""
    found = {}
    for member in _opened(root, changed_ns).infolist():
        name = HERE.sub(r"\1", member.filename.replace("\\", "/"))  # some programs of Windows write \ between folders
        if not name:
            continue
        member.filename = name
        found[name] = member
        if not member.is_dir():
            _refuse(root, member)
    return found


def _refuse(root: Path, member: zipfile.ZipInfo) -> None:
    name = member.filename
    if name.startswith("/") or ".." in name.split("/") or stat.S_ISLNK(member.external_attr >> 16):
        raise stop(
            "unsafe-zip",
            f"{root.name} holds a link, or a name that leads out of it: {shown(member.filename)}",
            where=str(root),
            why="such an archive was made to overwrite files elsewhere, or by a broken tool.",
            try_="make the archive anew from its folder",
        )
    if member.flag_bits & ENCRYPTED:
        raise stop(
            "encrypted-zip",
            f"{root.name} is encrypted: {shown(member.filename)}",
            where=str(root),
            why="its pictures cannot be read without a password.",
            try_=f"unzip {root.name}  asks for it; then give the folder",
        )
    if member.compress_type not in COMPRESSIONS:
        raise stop(
            "unknown-compression",
            f"{root.name} is packed by a method that Python cannot unpack: number {member.compress_type}",
            where=f"{root}: {shown(member.filename)}",
            why="its pictures cannot be read in place.",
            try_="unpack it with the tool that made it, and give the folder",
        )


@functools.lru_cache(maxsize=4)
def _opened(root: Path, changed_ns: int) -> zipfile.ZipFile:
    """The opened archive; a changed one is opened anew."""
    try:
        return zipfile.ZipFile(root)
    except OSError as error:
        raise files.cannot_read(root, error) from error
    except DAMAGED as error:
        raise _damaged(root, f"{root.name} is no whole .zip: {error}", str(error)) from error


def _damaged(root: Path, what: str, error: str) -> Exception:
    return stop(
        "damaged-zip",
        what,
        where=str(root),
        why="pictures in it are lost or would decode to something else.",
        try_=f"unzip -t {root.name}  tells what is broken; download or copy it again",
        evidence={"error": error},
    )
