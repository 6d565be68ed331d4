"""Files are written beside, synced and renamed, so that a reader sees the last whole state and never half of one."""

import contextlib
import errno
import os
import unicodedata
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from penjing.findings import PenjingError, did_you_mean, stop

T = TypeVar("T")
CONTROLS = frozenset(("Cc", "Cs", "Zl", "Zp"))  # Unicode's categories of control letters, halves, and line ends


def write(path: Path, content: bytes) -> None:
    """Put `content` at `path` whole or not at all; folders above are made.

    Raises:
        PenjingError: `cannot-write` where the folder is not writable or the disk is full; the old file is untouched.
    """
    try:
        put(path, content)
    except OSError as error:
        raise cannot_write(path, error) from error


def put(path: Path, content: bytes) -> None:
    """What `write` does, for a caller who knows better what to try where it fails.

    Raises:
        OSError: the old file is untouched.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        _sync_folder(path.parent)
    except OSError:
        with contextlib.suppress(OSError):  # the first error is the one to tell; a leftover part harms nobody
            beside.unlink(missing_ok=True)
        raise


def write_json(path: Path, value: Any) -> None:
    """Write a struct, dict or list as indented JSON, whole or not at all."""
    write(path, as_json(value))


def as_json(value: Any) -> bytes:
    """A struct, dict or list as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"


def read(path: Path) -> bytes:
    """The bytes of a file.

    Raises:
        PenjingError: `no-such-path` or `cannot-read`.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise no_such_path(path) from error
    except OSError as error:
        raise cannot_read(path, error) from error


def read_json(path: Path, type: type[T]) -> T:
    """Read JSON as the given type.

    Raises:
        PenjingError: `no-such-path`, or `not-as-written` where the content is not JSON of that type.
    """
    try:
        return msgspec.json.decode(read(path), type=type)
    except msgspec.DecodeError as error:  # ValidationError is one of these
        raise not_as_written(path, error) from error


def not_as_written(path: Path, error: Exception) -> PenjingError:
    """The error for a file of ours that does not hold what we write."""
    return stop(
        "not-as-written",
        f"{path.name} is damaged or was written by another version: {error}",
        where=str(path),
        why="a file that was changed by hand or cut short cannot be trusted.",
        try_="restore the file, or train again",
    )


def existing(path: Path) -> Path:
    """The path, where there is something.

    Raises:
        PenjingError: `no-such-path`.
    """
    if not path.exists():
        raise no_such_path(path)
    return path


def shown(name: str) -> str:
    """A name for people and for JSON: what does not print, such as a newline or a byte that is no UTF-8, escaped."""
    if name.isprintable():
        return name
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(
        letter.encode("unicode_escape").decode() if unicodedata.category(letter) in CONTROLS else letter
        for letter in text
    )


def no_such_path(path: Path) -> PenjingError:
    """The error for a path that does not exist, with its nearest neighbour in the same folder."""
    siblings = [shown(entry.name) for entry in path.parent.iterdir()] if path.parent.is_dir() else []
    return stop(
        "no-such-path",
        f"there is no file or folder {shown(str(path))}",
        where=shown(str(path)),
        why="there is nothing to read.",
        try_=did_you_mean(
            path.name, siblings, otherwise="check the spelling; paths are relative to the current folder"
        ),
    )


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":  # elsewhere a folder cannot be opened, and the rename is already durable
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def cannot_read(path: Path, error: OSError) -> PenjingError:
    """The error for a file or folder that the system would not let us read."""
    return stop(
        "cannot-read",
        f"cannot read {shown(path.name)}: {error.strerror}",
        where=shown(str(path)),
        why="what cannot be read cannot be used, and would be missing without a word.",
        try_="check the permissions, or give another path",
    )


def refuse_file(folder: Path) -> None:
    """Stop where a file lies in the place of a folder that is to be made.

    Raises:
        PenjingError: `cannot-write`.
    """
    if folder.exists() and not folder.is_dir():
        raise cannot_write(folder, FileExistsError(errno.EEXIST, "it is a file"))


def cannot_write(path: Path, error: OSError) -> PenjingError:
    """The error for a file or folder that the system would not let us write."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return stop(
        "cannot-write",
        f"cannot write {path.name}: {error.strerror}",
        where=str(path),
        why="the disk is full; what was written before stays whole."
        if full
        else "what was written before stays whole.",
        try_="free some space, then run the same command again" if full else "choose another folder: --out DIR",
    )
