"""look --cache: what Penjing keeps between runs, how much it is, when it was used; and what of it may go."""

import contextlib
import shutil
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from penjing import cache, files
from penjing.findings import PenjingError, did_you_mean, stop
from penjing.verbs.outcome import Outcome

if TYPE_CHECKING:
    from rich.console import Console

UNUSED_DAYS = 30
WHOLE = {  # kinds that are kept or removed as one: what they are, and whether they are made again by themselves
    "listed": ("checksums of files", True),
    "weights": ("fetched weights", False),
    "torchvision": ("fetched data sets", False),
}


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing in the cache."""

    name: str
    what: str
    source: str | None = None  # None where it serves several, or an older Penjing did not note it
    size_bytes: int
    last_used: datetime
    path: str
    is_made_again: bool  # without being fetched

    @property
    def days(self) -> int:
        """Since it was used."""
        return (datetime.now(UTC) - self.last_used).days


class Cache(msgspec.Struct, frozen=True, kw_only=True):
    """What lies in the cache, and what was removed from it."""

    folder: str
    entries: tuple[Entry, ...]  # the largest first
    removed: tuple[Entry, ...]


def look_cache(remove: Sequence[str] = ()) -> Cache:
    """Say what lies in the cache, after removing what is asked for.

    Args:
        remove: names of entries; `unused`: all that was not used for 30 days and is made again without being fetched;
            `all`.

    Raises:
        PenjingError: `not-in-cache`, with nothing removed; `store-in-use`.
    """
    entries = sorted(_entries(), key=lambda entry: -entry.size_bytes)
    unknown = [name for name in remove if name not in ("all", "unused", *(entry.name for entry in entries))]
    if unknown:
        raise stop(
            "not-in-cache",
            f"there is no `{unknown[0]}` in the cache",
            where=f"--remove {','.join(remove)}",
            why="nothing was removed.",
            try_=did_you_mean(
                unknown[0], [entry.name for entry in entries], otherwise="penjing look --cache  shows all names"
            ),
        )
    removed = [entry for entry in entries if _is_meant(entry, remove)]
    _remove(removed)
    kept = [entry for entry in entries if entry not in removed]
    return Cache(folder=str(cache.folder()), entries=tuple(kept), removed=tuple(removed))


def _entries() -> Iterator[Entry]:
    for path in sorted(cache.folder().glob("pictures/*/")):
        yield _store(path)
    for kind, (what, is_made_again) in WHOLE.items():
        if (path := cache.folder() / kind).is_dir():
            size, used = _measured(path)
            yield Entry(
                name=kind, what=what, size_bytes=size, last_used=used, path=str(path), is_made_again=is_made_again
            )


def _store(path: Path) -> Entry:
    """Decoded pictures of one source and size."""
    from penjing.data.store_file import Use

    size, used = _measured(path)
    try:
        use = files.read_json(path / "used.json", Use)
    except PenjingError:  # an older Penjing wrote none
        use = None
    n, height, width, _ = use.size if use else (0, 0, 0, 0)
    return Entry(
        name=path.name[:8],
        what=f"{n:,} pictures of {height}x{width}" if use else "decoded pictures",
        source=use.source if use else None,
        size_bytes=size,
        last_used=used,
        path=str(path),
        is_made_again=True,
    )


def _measured(folder: Path) -> tuple[int, datetime]:
    """Bytes, and the latest change of a file."""
    stats = [file.stat() for file in folder.rglob("*") if file.is_file()]
    latest = max((one.st_mtime for one in stats), default=time.time())
    return sum(one.st_size for one in stats), datetime.fromtimestamp(latest, UTC)


def _is_meant(entry: Entry, remove: Sequence[str]) -> bool:
    is_unused = entry.is_made_again and entry.days >= UNUSED_DAYS
    return entry.name in remove or "all" in remove or ("unused" in remove and is_unused)


def _remove(entries: Sequence[Entry]) -> None:
    """Remove all, or none where one is a store that is being built; a training that has opened one keeps it."""
    import filelock

    with contextlib.ExitStack() as locks:
        for entry in entries:
            try:
                locks.enter_context(filelock.FileLock(Path(entry.path) / ".lock", blocking=False))
            except filelock.Timeout as error:
                raise stop(
                    "store-in-use",
                    f"{entry.name} is being written by another process",
                    where=entry.path,
                    why="what is half written would be lost, and that process would fail. Nothing was removed.",
                    try_="wait for it, then the same command again",
                ) from error
        for entry in entries:
            shutil.rmtree(entry.path)


def outcome(words: Sequence[str], remove: str | None) -> Outcome:
    """What the command line shows.

    Raises:
        PenjingError: `usage` where data is given too; those of `look_cache`.
    """
    if words:
        raise stop(
            "usage",
            f"--cache stands alone; {' '.join(words)} was given too",
            where="penjing look --cache",
            why="nothing was done.",
            try_="penjing look DATA, or penjing look --cache",
        )
    seen = look_cache([name for name in (remove or "").split(",") if name])
    return Outcome(result=seen, show=lambda console: show(seen, console))


def show(seen: Cache, console: "Console") -> None:
    """Tables for people."""
    from penjing.verbs.text import show_places, table

    for title, entries in (("removed", seen.removed), (seen.folder, seen.entries)):
        rows = [
            (entry.name, entry.what, entry.source or "", _megabytes(entry.size_bytes), _ago(entry.days))
            for entry in entries
        ]
        if rows:
            console.print(table(["name", "what", "source", "MB", "used"], rows, title=title))
    total = sum(entry.size_bytes for entry in seen.entries)
    console.print(f"{_megabytes(total)} MB in {seen.folder}", soft_wrap=True)
    if seen.entries:
        show_places(console, {"next": "penjing look --cache --remove unused"})


def _megabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:,.1f}"


def _ago(days: int) -> str:
    return f"{days} day{'s' if days > 1 else ''} ago" if days else "today"
