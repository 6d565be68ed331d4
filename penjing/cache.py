"""The cache: what can be made again, kept between runs; deleting it costs time alone. `PENJING_CACHE` says where."""

import functools
import hashlib
import os
import sys
from pathlib import Path
from typing import Any, TypeVar

import platformdirs

from penjing import files
from penjing.findings import PenjingError

T = TypeVar("T")


def folder() -> Path:
    """Where the cache lies: PENJING_CACHE, or the place that the system has for such things."""
    return Path(os.environ.get("PENJING_CACHE") or platformdirs.user_cache_dir("penjing", appauthor=False))


def path_of(kind: str, key: str) -> Path:
    """Where something of a kind is kept."""
    return folder() / kind / hashlib.blake2b(key.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()


def read_json(kind: str, key: str, type: type[T]) -> T | None:
    """What was kept, or None: nothing yet, or not what this version writes."""
    path = path_of(kind, key)
    try:
        return files.read_json(path, type) if path.exists() else None
    except PenjingError:  # written by another version, or cut short: it is made again
        return None


def write_json(kind: str, key: str, value: Any) -> None:
    """Keep something; where that cannot be, it is said once, and made again the next time."""
    try:
        files.put(path_of(kind, key), files.as_json(value))
    except OSError as error:
        _say_unwritable(folder(), error.strerror or str(error))


@functools.cache  # once a process for each folder and reason
def _say_unwritable(folder: Path, reason: str) -> None:
    sys.stderr.write(
        f"note: the cache cannot be written: {folder}: {reason}; files are read again the next time, "
        "unless PENJING_CACHE names another folder\n"
    )
