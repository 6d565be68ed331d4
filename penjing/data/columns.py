"""Which column of a table holds the path, the split and what is to be learned, and what that is. No torch."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from penjing.config import TargetType
from penjing.data.array_pictures import Truths, as_float32
from penjing.data.split_names import split_meant
from penjing.data.table import Table
from penjing.findings import did_you_mean, listed, stop

PATHS = (
    *("path", "file", "file_name", "filename", "filepath", "image", "img", "image_path", "img_path", "image_file"),
    *("picture", "photo", "center", "id", "image_id"),
)
TARGETS = (
    *("label", "labels", "class", "classes", "target", "targets", "category", "categories", "tag", "tags", "y"),
    *("steering", "angle", "score", "value"),
)
SPLIT = ("split", "set", "subset", "partition", "usage", "phase")
PLURALS = frozenset(("labels", "classes", "targets", "categories", "tags", "attributes"))
NUMBERED = {"0": "train", "1": "validation", "2": "test"}  # CelebA's list_eval_partition
MARKS = ("|", ";")  # between several labels of a cell
MOST = 0.9  # share of cells from which on all are meant to be numbers, or all are different
FEW = 10  # cells, up to which all may differ by chance
Cells = Sequence[Any]


class Wanted(NamedTuple):
    """What is asked for, and what could be learned in its place."""

    target: str = "auto"  # a column, or several with commas between
    kind: TargetType = "auto"
    folders: str = ""  # how to learn from class folders, where pictures lie in such; to stand behind another advice


class Target(NamedTuple):
    """What is learned, from one column or several of zeros and ones."""

    truths: Truths
    columns: tuple[str, ...]


def path_column(table: Table, is_picture: Callable[[str], bool], where: str) -> str:
    """The column whose cells name pictures: of several the first by its name, then by its place.

    Raises:
        PenjingError: `no-path-column`.
    """
    others = [name for name in table.columns if name.lower() not in TARGETS]  # class 1 is not the picture 1.png
    named = sorted(others, key=lambda name: PATHS.index(name.lower()) if name.lower() in PATHS else len(PATHS))
    for name in named:
        cells = table.columns[name][:100]
        if 2 * sum(isinstance(cell, str) and is_picture(cell) for cell in cells) >= len(cells):
            return name
    if named and named[0].lower() in PATHS:
        return named[0]
    raise stop(
        "no-path-column",
        f"no column of {where} names pictures: there are {', '.join(table.columns)}",
        where=where,
        why="nothing says which picture a row is about.",
        try_="a column called path, with paths that begin where the table lies",
    )


def split_column(table: Table, where: str) -> tuple[str, list[str]]:
    """The column that divides, and the split of each row; "" and nothing where there is none.

    Raises:
        PenjingError: `unknown-split` where a column called split holds other words.
    """
    for name in sorted(table.columns, key=lambda name: name.lower() != "split"):
        if name.lower() not in SPLIT:
            continue
        cells = [str(cell) for cell in table.columns[name]]
        meant = [split_meant(cell) or (NUMBERED.get(cell) if name.lower() == "partition" else None) for cell in cells]
        given = [split for split in meant if split is not None]
        if len(given) == len(cells):
            return name, given
        if name.lower() == "split":
            i = meant.index(None)
            raise stop(
                "unknown-split",
                f"`{cells[i]}` is no split, among {len(cells) - len(given):,} such rows",
                where=f"{where}, line {table.lines[i]}, column {name}",
                why="such rows would be trained on or tested without your word.",
                try_="train, val or test; or call the column otherwise",
            )
    return "", []


def target_of(table: Table, used: Sequence[str], wanted: Wanted, where: str) -> Target:
    """What is learned.

    Args:
        table: all columns.
        used: columns of paths and splits, which are not learned.
        wanted: which column, and what it should hold.
        where: the table's name.

    Raises:
        PenjingError: `unknown-target`, `which-target`, `empty-targets`, `not-numbers`, `not-finite`, `too-fine`,
            `all-different`.
    """
    rest = {name: cells for name, cells in table.columns.items() if name not in used}
    chosen = _asked(rest, wanted.target, where) if wanted.target != "auto" else _chosen(rest, wanted, where)
    if len(chosen) > 1:
        return Target(_of_flags({name: rest[name] for name in chosen}, wanted.kind, where), chosen)
    (name,) = chosen
    others = [other for other in rest if other != name]
    return Target(_of_column(name, table, wanted, others, where), chosen)


def _asked(rest: Mapping[str, Cells], asked: str, where: str) -> tuple[str, ...]:
    names = (asked,) if asked in rest else tuple(name.strip() for name in asked.split(","))
    unknown = [name for name in names if name not in rest]
    if unknown:
        raise stop(
            "unknown-target",
            f"{where} has no column `{unknown[0]}` to learn",
            where=f"target={asked}",
            why="there is nothing to learn from.",
            try_=did_you_mean(unknown[0], rest, otherwise=f"it may be {', '.join(rest)}"),
        )
    return names


def _chosen(rest: Mapping[str, Cells], wanted: Wanted, where: str) -> tuple[str, ...]:
    by_name = sorted((name for name in rest if name.lower() in TARGETS), key=lambda name: TARGETS.index(name.lower()))
    flags = [name for name, cells in rest.items() if _are_flags(cells)]
    if by_name:
        return (by_name[0],)
    if len(flags) > 1 and len(flags) == len(rest) and wanted.kind != "number":
        return tuple(flags)
    if len(rest) == 1:
        return tuple(rest)
    raise stop(
        "which-target",
        f"several columns of {where} could be learned: {', '.join(rest)}" if rest else f"{where} has only paths",
        where=where,
        why="learning another one than you mean would look as if it worked." if rest else "there is nothing to learn.",
        try_=(
            f"target={next(iter(rest))}; target={','.join(flags[:3])} learns several labels"
            if len(flags) > 1
            else f"target={next(iter(rest), 'COLUMN')}"
        )
        + wanted.folders,
    )


def _are_flags(cells: Cells) -> bool:
    return all(str(cell) in ("0", "1", "0.0", "1.0", "True", "False") for cell in cells)


def _of_flags(columns: Mapping[str, Cells], kind: TargetType, where: str) -> Truths:
    if kind == "number":
        raise stop(
            "unknown-target",
            f"{len(columns):,} columns are no single number: {', '.join(columns)}",
            where=f"target={','.join(columns)}, target_type=number",
            why="one number a picture is learned.",
            try_=f"target={next(iter(columns))}; without target_type they are labels",
        )
    other = [name for name, cells in columns.items() if not _are_flags(cells)]
    if other:
        raise stop(
            "unknown-target",
            f"column `{other[0]}` of {where} holds more than 0 and 1",
            where=f"target={','.join(columns)}",
            why="of several columns each says whether a label holds.",
            try_="target=COLUMN  learns a single one",
        )
    values = np.array([[str(cell) in ("1", "1.0", "True") for cell in cells] for cells in columns.values()]).T
    if (values.sum(axis=1) == 1).all():
        note = f"of {', '.join(columns)} a single one is 1 in each row: the class is its column"
        return Truths(values.argmax(axis=1).astype(np.int64), "class", tuple(columns), (note,))
    return Truths(values, "labels", tuple(columns), (f"learning {len(columns)} labels, of which several can hold",))


def _of_column(name: str, table: Table, wanted: Wanted, others: list[str], where: str) -> Truths:
    another, cells = "target=COLUMN chooses another", table.columns[name]
    labels = _several(name, cells) if wanted.kind != "number" else None
    if labels is not None:
        different = sorted({label for row in labels for label in row})
        values = np.array([[label in row for label in different] for row in labels], dtype=bool)
        note = f"learning {name}, {len(different):,} labels of which several can hold; {another}"
        return Truths(values.reshape(len(cells), -1), "labels", tuple(different), (note,))
    words = [str(cell).strip() for cell in cells]
    _refuse_empty(name, words, table.lines, where)
    numbers = [_number(word, comma=table.has_decimal_commas) for word in words]
    is_numeric = _are_most(numbers)
    has_fractions = is_numeric and any(re.search(r"[^\d+-]", word) for word in words)
    if wanted.kind == "number" or (wanted.kind == "auto" and is_numeric):
        _refuse_no_numbers(name, words, numbers, table.lines, where)
    if wanted.kind == "number" or (wanted.kind == "auto" and has_fractions):
        array = np.array(numbers, dtype=np.float64)
        _refuse_not_finite(name, array, table.lines, where)
        return Truths(
            as_float32(array, f"{where}: {name}"),
            "number",
            (name,),
            (f"learning {name}, a number: regression; {another}",),
        )
    classes = sorted(set(words), key=_rank)
    if not is_numeric:
        _refuse_all_different(name, words, classes, wanted, others, where)
    at = {word: k for k, word in enumerate(classes)}
    kind = " of numbers" if has_fractions else " of integers (target_type=number learns a number)" if is_numeric else ""
    note = f"learning {name}, {len(classes):,} classes{kind}; {another}"
    return Truths(np.array([at[word] for word in words]), "class", tuple(classes), (note,))


def _several(name: str, cells: Cells) -> list[frozenset[str]] | None:
    """The labels of each row where cells hold several; None where each is one."""
    if any(isinstance(cell, list) for cell in cells):
        lists = [cell if isinstance(cell, list) else [cell] for cell in cells]
        return [frozenset(str(label) for label in labels if label not in (None, "")) for labels in lists]
    words = [str(cell) for cell in cells]
    mark = next((mark for mark in MARKS if any(mark in word for word in words)), None)
    if mark is None and name.lower() in PLURALS:
        mark = next((mark for mark in (",", " ") if _is_between(mark, words)), None)
    if mark is None:
        return None
    return [frozenset(part.strip() for part in word.split(mark) if part.strip()) for word in words]


def _is_between(mark: str, words: list[str]) -> bool:
    """Whether cells are lists: their parts also stand alone, or are fewer than the different cells."""
    several = {part.strip() for word in words if mark in word for part in word.split(mark) if part.strip()}
    alone = {word for word in words if word and mark not in word}
    return bool(several & alone) or (bool(several) and len(several | alone) < len(set(words)))


def _number(word: str, *, comma: bool = False) -> float | None:
    """What a cell writes; with `comma` also 0,25."""
    if comma and re.fullmatch(r"[+-]?\d*,\d+([eE][+-]?\d+)?", word):
        word = word.replace(",", ".")
    try:
        return float(word) if "_" not in word else None  # 1_0 is a number to Python alone
    except ValueError:
        return None


def _are_most(numbers: list[float | None]) -> bool:
    return sum(number is not None for number in numbers) >= MOST * len(numbers)


def _rank(word: str) -> tuple[bool, float, str]:
    """Sorts 2 before 10, and numbers before names."""
    number = _number(word)
    is_number = number is not None and math.isfinite(number)
    return not is_number, number if number is not None and is_number else 0.0, word


def _refuse_empty(name: str, words: list[str], lines: list[int], where: str) -> None:
    empty = [line for word, line in zip(words, lines, strict=True) if not word]
    if empty:
        raise stop(
            "empty-targets",
            f"{len(empty):,} of {len(words):,} rows have no `{name}`",
            where=f"{where}, line {', '.join(map(str, empty[:5]))}",
            why="nothing says what those pictures show.",
            try_="fill them in or take those rows out; target=COLUMN chooses another column",
            evidence={"lines": empty[:1000]},
        )


def _refuse_not_finite(name: str, values: np.ndarray, lines: list[int], where: str) -> None:
    wrong = [line for value, line in zip(values.tolist(), lines, strict=True) if not math.isfinite(value)]
    if wrong:
        raise stop(
            "not-finite",
            f"{len(wrong):,} values of `{name}` are NaN or infinite",
            where=f"{where}, line {', '.join(map(str, wrong[:5]))}",
            why="a truth that is no number cannot be learned.",
            try_="fill them in or take those rows out",
            evidence={"lines": wrong[:1000]},
        )


def _refuse_no_numbers(name: str, words: list[str], numbers: list[float | None], lines: list[int], where: str) -> None:
    wrong = [i for i, number in enumerate(numbers) if number is None]
    if wrong:
        raise stop(
            "not-numbers",
            f"{len(wrong):,} of {len(words):,} values of `{name}` are no numbers: "
            + listed([f"`{word}`" for word in dict.fromkeys(words[i] for i in wrong)]),
            where=f"{where}, line {', '.join(str(lines[i]) for i in wrong[:5])}",
            why="a number cannot be learned from them, and as classes each number would be a class of its own.",
            try_="write numbers there or take those rows out; target_type=class learns classes, target=COLUMN another",
            evidence={"lines": [lines[i] for i in wrong[:1000]]},
        )


def _refuse_all_different(
    name: str, words: list[str], classes: list[str], wanted: Wanted, others: list[str], where: str
) -> None:
    """Refuse a column of captions or names, of which (nearly) each stands once."""
    if len(words) <= FEW or len(classes) < MOST * len(words):
        return
    another = f"target={others[0]}, of {', '.join(others)}" if others else "a column that says the same of several"
    raise stop(
        "all-different",
        f"{len(classes):,} of {len(words):,} values of `{name}` are different, such as `{words[0]}`",
        where=f"{where}, column {name}",
        why="of a class with a single picture nothing can be learned and tested.",
        try_=another + wanted.folders,
    )
