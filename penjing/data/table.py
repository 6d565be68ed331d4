"""A table of pictures in a .csv, .tsv or .jsonl file: cells by column, whatever the delimiter. No torch.

UTF-8 with or without a byte order mark, or UTF-16 with it; lines that end as on Unix or as on Windows; cells in quotes.
A .jsonl file holds an object a line, whose values may be numbers or lists.
"""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Any

import msgspec

from penjing.data.picture_files import looks_like_picture, suffix_of
from penjing.data.utf8 import decode
from penjing.findings import PenjingError, stop

SUFFIXES = frozenset((".csv", ".tsv", ".jsonl"))
DELIMITERS = (",", "\t", ";", "|")
SEEN = 50  # rows that the delimiter, and whether there is a header, are found by


@dataclass(frozen=True)
class Table:
    """Columns of equal length, and the line that each row begins in."""

    columns: dict[str, list[Any]]  # by name; cells are text, or JSON values of a .jsonl
    lines: list[int]
    notes: tuple[str, ...] = ()
    has_decimal_commas: bool = False  # whether 0,25 may be a number: where the comma is not what cuts cells

    def __len__(self) -> int:
        return len(self.lines)


def is_table(name: str) -> bool:
    """Whether a file is one, by its name."""
    return suffix_of(name) in SUFFIXES


def parse(content: bytes, where: str, is_picture: Callable[[str], bool]) -> Table:
    """A table of a file's content.

    Args:
        content: the file.
        where: its name.
        is_picture: whether a cell names a picture; a first row that does so where others do is no header.

    Raises:
        PenjingError: `not-utf8`, `not-utf16`, `empty-file`, `bad-table`.
    """
    text = decode(content, where)
    if not text.strip():
        raise _empty(where)
    if suffix_of(where) == ".jsonl":
        return _of_objects(text, where)
    return _of_rows(text, where, is_picture)


def _of_objects(text: str, where: str) -> Table:
    objects, lines = [], []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            objects.append(msgspec.json.decode(line, type=dict[str, Any]))
        except (msgspec.DecodeError, RecursionError) as error:
            raise _bad_table(f"line {number} is no JSON object: {error}", f"{where}, line {number}") from error
        lines.append(number)
    names = dict.fromkeys(name for one in objects for name in one)
    return Table({name: [_cell(one.get(name)) for one in objects] for name in names}, lines)


def _cell(value: Any) -> Any:
    """Null is as empty as a value that is not there."""
    return "" if value is None else value


def _of_rows(text: str, where: str, is_picture: Callable[[str], bool]) -> Table:
    delimiter = "\t" if suffix_of(where) == ".tsv" else _delimiter(text)
    rows, lines = _split(text, delimiter, where)
    first = [cell.strip() for cell in rows[0]]
    has_header = not _is_row(first, rows[1 : SEEN + 1], is_picture)
    names = [name if has_header and name else f"column {i}" for i, name in enumerate(first, 1)]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise _bad_table(f"two columns are called `{twice}`", f"{where}, line {lines[0]}")
    _refuse_ragged(rows, lines, where)
    body = rows[1:] if has_header else rows
    if not body:
        raise _empty(where)
    columns = {name: [row[i].strip() for row in body] for i, name in enumerate(names)}
    note = f"the first line of {where} is no header: its columns are {', '.join(names)}"
    return Table(columns, lines[len(rows) - len(body) :], () if has_header else (note,), delimiter != ",")


def _is_row(first: list[str], others: list[list[str]], is_picture: Callable[[str], bool]) -> bool:
    """Whether the first line names a picture in a column of pictures, and as the others there do.

    A file that is called as a column is (`label.jpg` beside a table of `image` and `label`) makes no row of the header.
    """
    for i, cell in enumerate(first):
        below = [row[i].strip() for row in others if len(row) > i]
        if not is_picture(cell) or 2 * sum(map(is_picture, below)) < len(below):
            continue
        with_ending = sum(map(looks_like_picture, below))
        if looks_like_picture(cell) or 2 * with_ending <= len(below):
            return True
    return False


def _delimiter(text: str) -> str:
    """The one that cuts every line into the same number of cells, and into the most of them."""

    def width(delimiter: str) -> int:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        try:
            counts = {len(row) for row in islice(rows, SEEN) if row}
        except csv.Error:  # such as a quote that never ends: reading all of it will say where
            return 1
        return counts.pop() if len(counts) == 1 else 1

    return max(DELIMITERS, key=width)  # of equals the first, a comma


def _split(text: str, delimiter: str, where: str) -> tuple[list[list[str]], list[int]]:
    """Rows that are not blank, and the line that each begins in."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows, lines, line = [], [], 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append(row)
                lines.append(line)
            line = reader.line_num + 1
    except csv.Error as error:
        raise _bad_table(f"line {line} is no row: {error}", f"{where}, line {line}") from error
    return rows, lines


def _refuse_ragged(rows: list[list[str]], lines: list[int], where: str) -> None:
    width = len(rows[0])
    wrong = [line for row, line in zip(rows, lines, strict=True) if len(row) != width]
    if wrong:
        raise _bad_table(
            f"{len(wrong):,} rows have not {width} cells as the first line has",
            f"{where}, line {', '.join(map(str, wrong[:5]))}",
        )


def _empty(where: str) -> PenjingError:
    return stop(
        "empty-file",
        f"{where} holds no rows",
        where=where,
        why="there is nothing to learn from.",
        try_="a line for each picture: its path and its class",
    )


def _bad_table(what: str, where: str) -> PenjingError:
    return stop(
        "bad-table",
        what,
        where=where,
        why="cells would be read into other columns than they were written in.",
        try_="mend those lines: cells that hold the delimiter or a line end stand in double quotes",
    )
