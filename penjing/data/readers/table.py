"""A table with a row for each picture: its path and what is to be learned; a .csv, .tsv or .jsonl.

    driving_track/                          photos/
        driving_log.csv                         train/metadata.jsonl   train/*.jpg
        IMG/*.jpg                               test/metadata.jsonl    test/*.jpg

Given is the table itself, or a folder or .zip that holds it: `metadata.csv` or `metadata.jsonl` (one, or one in each
split's folder, as Hugging Face's image folders have it), else the only table whose cells name pictures.

The path is found by its column's name or content. Learned is `target`, else the first of label, class, target, steering
and the like, else what is left: names and integers are classes; floats a number; several names in a cell (`cat|dog`, a
list in .jsonl) or several columns of 0 and 1 are labels of which more than one can hold. `target_type` says otherwise,
and `target=folder` learns the class folders that the table lies beside. A column `split` divides. Rows are taken to be
in order of time for `group=time`.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from penjing import files
from penjing.config import Data
from penjing.data.annotated import refuse_box_rows
from penjing.data.columns import Wanted, path_column, split_column, target_of
from penjing.data.dataset import Dataset, Form
from penjing.data.division import Found, divided
from penjing.data.locate import Locator
from penjing.data.picture_files import Listed, PictureFile, files_named, list_files, looks_like_picture, names_in
from penjing.data.picture_files import read as read_file
from penjing.data.readers import image_folder
from penjing.data.split_names import split_meant
from penjing.data.table import Table, is_table, parse
from penjing.files import shown
from penjing.findings import PenjingError, listed, stop

form: Form = "pictures"
heeds = frozenset(("group", "target", "target_type"))
FOLDER = "folder"  # as a target: the class folders
METADATA = frozenset(("metadata.csv", "metadata.jsonl"))
DEPTH = 3  # levels of folders in which files are looked for that a table may name by their ends
NOT_FOUND = "not there, or several could be meant"


class Row(NamedTuple):
    """Where a row stands, and what it names."""

    table: str
    line: int
    cell: str


class Lost(NamedTuple):
    """A picture that a row names and that cannot be had."""

    name: str  # of the file; what the row says, where there is none
    why: str


def recognizes(source: str) -> bool:
    """A table by its name; a folder or .zip that holds metadata, or a single table whose cells name pictures."""
    path = Path(source)
    if is_table(source):
        return path.is_file()
    names = names_in(path, DEPTH - 1)
    tables = _tables(names)
    if not tables or PurePosixPath(tables[0]).name.lower() in METADATA:
        return bool(tables)
    locator = Locator(name for name in names_in(path, DEPTH) if looks_like_picture(name))
    base = _folder_of(tables[0])
    content = b""
    try:
        content = read_file(path, tables[0])
        table = parse(content, tables[0], lambda cell: _names_picture(cell, locator, base))
        cells = table.columns[path_column(table, lambda cell: _names_picture(cell, locator, base), tables[0])]
    except PenjingError:  # a table of something else, which lies beside class folders: counted there; or a broken one
        cells = re.split(r"""[,;|"'\t\r\n]+""", content.decode("utf-8", "replace"))
    named = {locator.find(str(cell), base) for cell in cells} - {None}
    return 2 * len(named) >= len(locator.names) > 0  # else it is about a few of them, such as a sample submission


def read(settings: Data) -> Dataset:
    """Pictures as files, with classes, labels or a number.

    Raises:
        PenjingError: those of listing, of `data/table.py` and of `data/columns.py`; `missing-files`, `not-read-yet`.
    """
    source = files.existing(Path(settings.source))
    is_alone = is_table(settings.source)
    root = source.parent if is_alone else source
    names = [source.name] if is_alone else _tables(names_in(root, DEPTH - 1))
    listing = Listed(root) if is_alone else list_files(root, skip_broken=settings.skip_broken)
    below = names_in(root, DEPTH - 1) if is_alone else [*(file.name for file in listing.pictures), *listing.lost]
    locator = Locator(name for name in below if looks_like_picture(name))
    tables = [_parsed(root, name, locator) for name in names]
    where = " and ".join(map(shown, names))
    table = _joined(tables, names, where)
    path = path_column(tables[0], lambda cell: _names_picture(cell, locator, _folder_of(names[0])), where)
    if settings.target == FOLDER and FOLDER not in table.columns and not is_alone:
        return image_folder.read(settings)
    rows = [
        Row(name, line, str(cell))
        for one, name in zip(tables, names, strict=True)
        for line, cell in zip(one.lines, one.columns.get(path, ()), strict=True)
    ]
    found = _found_alone(root, rows, locator) if is_alone else _found(listing, rows, locator)
    lost = [(row, one) for row, one in zip(rows, found, strict=True) if isinstance(one, Lost)]
    if lost and (not settings.skip_broken or len(lost) == len(rows)):
        raise _missing_files(lost, len(rows))
    kept = [i for i, one in enumerate(found) if not isinstance(one, Lost)]
    chosen = [one for one in found if not isinstance(one, Lost)]
    named = {one.name for one in found}
    unnamed = [file.name for file in listing.pictures if file.name not in named]
    rest = listing._replace(lost={name: why for name, why in listing.lost.items() if name not in named})
    notes = [*table.notes, *_left_out(rest, names, unnamed, lost)]
    wanted = Wanted(settings.target, settings.target_type, _instead(chosen, "" if is_alone else settings.source))
    table = _only(table, kept)
    if settings.target == "auto":
        refuse_box_rows(table.columns, [file.name for file in chosen], where)
    learned = _learned(table, chosen, path, [rows[i] for i in kept], wanted, notes)
    broken = (*(f"{shown(row.cell)}: {one.why}" for row, one in lost), *rest.broken)
    return divided(replace(learned, broken=broken, passed_over=_passed_over(unnamed, named, where)), settings)


def _left_out(rest: Listed, tables: list[str], unnamed: list[str], lost: list[tuple[Row, Lost]]) -> list[str]:
    """What is not learned, counted: files that no row names, and rows whose pictures cannot be had."""
    notes = []
    if lost:
        notes.append(f"left out, rows whose pictures are not there or cannot be read: {len(lost):,}, {_such_as(lost)}")
    if unnamed:
        notes.append(f"left out, named by no row of {' and '.join(map(shown, tables))}: {len(unnamed):,}")
    others = sorted(set(rest.others) - set(tables), key=lambda name: (not is_table(name), name))
    if others:
        first = shown(others[0])
        notes.append(f"left out, neither pictures nor the table that is read: {len(others):,}, such as {first}")
    return notes + rest.notes


def _class_folders(names: Iterable[str]) -> Counter[PurePosixPath]:
    """Folders that these lie in, and how many in each, but for those that are called as splits."""
    folders = Counter(PurePosixPath(name).parent for name in names)
    return Counter({folder: n for folder, n in folders.items() if folder.name and not split_meant(folder.name)})


def _instead(chosen: list[PictureFile], source: str) -> str:
    """How to learn from class folders, where the pictures lie in several; the table given alone has no source."""
    folders = sorted({shown(folder.name) for folder in _class_folders(file.name for file in chosen)})
    if len(folders) < 2:
        return ""
    how = "target=folder" if source else "penjing train FOLDER target=folder"
    return f"; or {how}  learns the class folders ({listed(folders)})"


def _passed_over(unnamed: list[str], named: Iterable[str], where: str) -> tuple[str, ...]:
    """Folders of pictures of which the table names none, though it names those of others."""
    known = set(_class_folders(named))
    return tuple(
        f"{shown(folder.as_posix())} ({n:,} pictures, named by no row of {where}; target=folder learns the folders)"
        for folder, n in sorted(_class_folders(unnamed).items())
        if known and folder not in known
    )


def _learned(
    table: Table, chosen: list[PictureFile], path: str, rows: list[Row], wanted: Wanted, notes: list[str]
) -> Found:
    """What the rows say about these pictures, each fact once."""
    where = " and ".join(dict.fromkeys(shown(row.table) for row in rows))
    column, given = split_column(table, where)
    given = given or _split_by_table(rows)
    pictures = [name for name, cells in table.columns.items() if all(looks_like_picture(str(cell)) for cell in cells)]
    target = target_of(table, [path, column, *pictures], wanted, where)
    values = target.truths.values
    facts = {
        (file.name, given[i] if given else "", values[i].tobytes()): i for i, file in reversed(list(enumerate(chosen)))
    }  # the same in two splits is a leak, and is told as one
    once = sorted(facts.values())
    if len(once) < len(chosen):
        notes.append(f"left out, rows that say the same of a picture again: {len(chosen) - len(once):,}")
    return Found(
        pictures=[chosen[i] for i in once],
        truths=values[once],
        truth=target.truths.kind,
        classes=tuple(shown(name) for name in target.truths.classes),
        given=[given[i] for i in once] if given else (),
        columns={name: [str(cells[i]) for i in once] for name, cells in table.columns.items()},
        notes=(*notes, *target.truths.notes),
        is_sequence=True,
    )


def _tables(names: list[str]) -> list[str]:
    """The tables that are meant: metadata, one or one a split; else the only one there is."""
    tables = [name for name in names if is_table(name)]
    metadata = [name for name in tables if PurePosixPath(name).name.lower() in METADATA]
    if len(metadata) > 1 and all(split_meant(PurePosixPath(name).parent.name) for name in metadata):
        return metadata
    if metadata:
        return metadata[:1]
    return tables if len(tables) == 1 else []


def _names_picture(cell: str, locator: Locator, base: str) -> bool:
    return looks_like_picture(cell) or locator.find(cell, base) is not None


def _folder_of(table: str) -> str:
    """Where the paths in it count from."""
    return PurePosixPath(table).parent.as_posix()


def _parsed(root: Path, name: str, locator: Locator) -> Table:
    return parse(read_file(root, name), shown(name), lambda cell: _names_picture(cell, locator, _folder_of(name)))


def _joined(tables: list[Table], names: list[str], where: str) -> Table:
    """Tables of several splits as one."""
    for table, name in zip(tables, names, strict=True):
        if set(table.columns) != set(tables[0].columns):
            raise stop(
                "bad-table",
                f"{shown(name)} has other columns than {shown(names[0])}: {', '.join(table.columns)}",
                where=where,
                why="what is learned in one split would be unknown in another.",
                try_=f"give both the columns {', '.join(tables[0].columns)}",
            )
    columns = {name: [cell for table in tables for cell in table.columns[name]] for name in tables[0].columns}
    lines = [line for table in tables for line in table.lines]
    return replace(tables[0], columns=columns, lines=lines)


def _split_by_table(rows: list[Row]) -> list[str]:
    """The split of each row by the folder of its own table, where there are several."""
    if len({row.table for row in rows}) == 1:
        return []
    return [split_meant(PurePosixPath(row.table).parent.name) or "" for row in rows]


def _found(listing: Listed, rows: list[Row], locator: Locator) -> list[PictureFile | Lost]:
    """What each row names in a folder or a .zip that is listed."""
    by_name: dict[str, PictureFile | Lost] = {file.name: file for file in listing.pictures}
    by_name |= {name: Lost(name, why) for name, why in listing.lost.items()}
    names = [locator.find(row.cell, _folder_of(row.table)) for row in rows]
    return [
        by_name[name] if name is not None else Lost(row.cell, NOT_FOUND) for row, name in zip(rows, names, strict=True)
    ]


def _found_alone(root: Path, rows: list[Row], locator: Locator) -> list[PictureFile | Lost]:
    """Files that a table given by itself names: where it says, else among those below its folder."""
    cells = [row.cell.replace("\\", "/") for row in rows]
    known = _at(root, [cell for cell in cells if cell])
    elsewhere = {
        cell: name for cell, one in known.items() if isinstance(one, Lost) and (name := locator.find(cell)) is not None
    }
    found = _at(root, elsewhere.values())
    known |= {cell: found[name] for cell, name in elsewhere.items()}
    return [known.get(cell, Lost(cell, NOT_FOUND)) for cell in cells]


def _at(root: Path, names: Iterable[str]) -> dict[str, PictureFile | Lost]:
    present, lost = files_named(root, names)
    return {file.name: file for file in present} | {name: Lost(name, why) for name, why in lost.items()}


def _such_as(lost: list[tuple[Row, Lost]]) -> str:
    return "such as " + listed([f"{shown(row.cell) or '(empty)'} ({one.why})" for row, one in lost])


def _missing_files(lost: list[tuple[Row, Lost]], n: int) -> PenjingError:
    first = lost[0][0]
    return stop(
        "missing-files",
        f"{len(lost):,} of {n:,} rows name pictures that are not there or cannot be read, {_such_as(lost)}",
        where=f"{shown(first.table)}, line {', '.join(str(row.line) for row, _ in lost[:5])}",
        why="what they should show would be missing without a word.",
        try_="put them where the table says, from its own folder on, and check their permissions; "
        "or --skip-broken leaves those rows out",
        evidence={
            "missing": [{"line": row.line, "path": shown(row.cell), "why": one.why} for row, one in lost[:10_000]]
        },
    )


def _only(table: Table, kept: list[int]) -> Table:
    columns = {name: [cells[i] for i in kept] for name, cells in table.columns.items()}
    return replace(table, columns=columns, lines=[table.lines[i] for i in kept])
