"""Finding the file that a cell of a table means, also where the table was written on another machine. No torch."""

import posixpath
from collections.abc import Iterable
from pathlib import PurePosixPath


class Locator:
    """The names of pictures of a source, to be found by what tables write."""

    def __init__(self, names: Iterable[str]) -> None:
        """Keep them by all that they can be found by."""
        self.names = set(names)
        self._folders = {str(folder) for name in self.names for folder in PurePosixPath(name).parents}  # with pictures
        self._by_last: dict[str, list[str]] = {}  # by the file name, and by it without its ending
        for name in sorted(self.names):
            path = PurePosixPath(name)
            for key in {path.name, path.stem}:
                self._by_last.setdefault(key, []).append(name)

    def find(self, cell: str, base: str = "") -> str | None:
        r"""The one file that is meant; None where there is none, or several could be.

        Paths count from the table's folder `base`, else from the source. Else the end of the path decides, as far as
        it agrees: `C:\track\IMG\1.jpg` and `/home/me/IMG/1` both find `IMG/1.jpg`. A picture of the same name is
        another one where no folder agrees, unless it lies right beside the table; and where it lies outside a base that
        holds pictures.
        """
        cell = cell.strip().replace("\\", "/")
        for name in (posixpath.normpath(posixpath.join(base, cell)), posixpath.normpath(cell)):
            if name in self.names:
                return name
        parts = [part for part in cell.split("/") if part]
        found = self._by_last.get(parts[-1], []) if parts else []
        inside = "" if base in ("", ".") else f"{base}/"
        if inside and base in self._folders:
            found = [name for name in found if name.startswith(inside)]
        if parts[:-1]:
            found = [
                name
                for name in found
                if _agreement(PurePosixPath(name).parts[:-1], parts[:-1]) or "/" not in name.removeprefix(inside)
            ]
        if len(found) > 1:
            agreeing = [_agreement(PurePosixPath(name).parts[:-1], parts[:-1]) for name in found]
            found = [name for name, n in zip(found, agreeing, strict=True) if n == max(agreeing)]
        return found[0] if len(found) == 1 else None


def _agreement(folders: tuple[str, ...], others: list[str]) -> int:
    """How many folders are the same, from the end."""
    count = 0
    for one, other in zip(reversed(folders), reversed(others), strict=False):
        if one != other:
            break
        count += 1
    return count
