"""A `.txt` file in UTF-8: a list of lines such as names, or running text such as a play.

Lines: each is an example, its line end included; they are shuffled and divided, equal lines never on both sides.
Prose: blocks cut at line ends, divided by position: train first, then validation, then test, so that a score is about
pages that come after those that were learned.
`text=auto` takes a file for lines where no line between the first and the last is blank and nine in ten have at most
40 characters; `text=lines` and `text=prose` say so outright.
"""

from pathlib import Path

import numpy as np

from penjing import files
from penjing.config import Data
from penjing.data.dataset import SPLITS, Dataset, Form, Split
from penjing.data.splits import equal_groups, stratified
from penjing.data.utf8 import decode
from penjing.findings import stop

form: Form = "text"
heeds = frozenset(("text",))
SHORT = 40  # characters of a line in a list; a printed page has 60 to 80
BLOCK = 256  # a block of prose ends with the line that its 256th character stands in ...
LONGEST = 1024  # ... or here, where that line has no end


def recognizes(source: str) -> bool:
    """A file name that ends in .txt."""
    return Path(source).suffix.lower() == ".txt"


def read(settings: Data) -> Dataset:
    """Texts as strings; inputs and truths are the same.

    Raises:
        PenjingError: `no-such-path`, `not-utf8`, `empty-file`, `too-short`.
    """
    path = Path(settings.source)
    text = _decode(path)
    lines = text.removesuffix("\n").split("\n")
    as_lines = settings.text == "lines" or (settings.text == "auto" and _is_list(lines))
    numbered = [(line + "\n", i) for i, line in enumerate(lines, 1) if line.strip()] if as_lines else _blocks(text)
    texts, numbers = [text for text, _ in numbered], [number for _, number in numbered]
    if as_lines:
        splits = stratified(np.zeros(len(texts), dtype=np.int64), equal_groups(texts), settings)
    else:
        splits = _by_position(len(texts), settings)
    _expect_examples(splits, settings, as_lines=as_lines)
    return Dataset(
        source=settings.source,
        form=form,
        truth="input",
        splits={
            name: Split([texts[i] for i in at], [texts[i] for i in at], [f"{path.name}, line {numbers[i]}" for i in at])
            for name, at in splits.items()
        },
        notes=(_note(texts, len(lines), settings, as_lines=as_lines),),
    )


def _decode(path: Path) -> str:
    """The text without its byte order mark, each line ending as on Unix, and one line end at its own end."""
    text = decode(files.read(path), str(path))
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    if not text.strip():
        raise stop(
            "empty-file",
            f"{path.name} holds no text",
            where=str(path),
            why="there is nothing to learn from.",
            try_="give a file with a few hundred lines",
        )
    return text + "\n"


def _is_list(lines: list[str]) -> bool:
    return all(line.strip() for line in lines) and sum(len(line) <= SHORT for line in lines) >= 0.9 * len(lines)


def _blocks(text: str) -> list[tuple[str, int]]:
    """Neighbouring blocks that make up the text, each with the number of the line it begins in."""
    blocks = []
    start, line = 0, 1
    while start < len(text):
        end = min(start + LONGEST, text.find("\n", min(start + BLOCK, len(text)) - 1) + 1 or len(text))
        blocks.append((text[start:end], line))
        line += text.count("\n", start, end)
        start = end
    return blocks


def _by_position(n: int, settings: Data) -> dict[str, np.ndarray]:
    test, validation = round(n * settings.test), round(n * settings.validation)
    return dict(zip(SPLITS, np.split(np.arange(n), [n - validation - test, n - test]), strict=True))


def _expect_examples(splits: dict[str, np.ndarray], settings: Data, *, as_lines: bool) -> None:
    wanted = {"train": True, "validation": settings.validation > 0, "test": True}
    empty = [name for name, at in splits.items() if wanted[name] and not len(at)]
    if empty:
        raise stop(
            "too-short",
            f"the text gives {sum(map(len, splits.values())):,} example(s), none of them for {' and '.join(empty)}",
            where=settings.source,
            why="a score needs examples that were not trained on, and equal lines stay on one side.",
            try_="give more lines that differ" if as_lines else "give more text; or text=lines, each line for itself",
        )


def _note(texts: list[str], lines: int, settings: Data, *, as_lines: bool) -> str:
    if as_lines:
        why = (
            "you said so" if settings.text == "lines" else f"none is blank, nine in ten have at most {SHORT} characters"
        )
        blank = f"; {lines - len(texts):,} blank ones are left out" if lines > len(texts) else ""
        return f"read as lines ({why}): each is an example{blank}; text=prose reads it as running text"
    why = "you said so" if settings.text == "prose" else "blank or long lines"
    return (
        f"read as prose ({why}): {len(texts):,} blocks of about {BLOCK} characters, cut at line ends, "
        "the last ones held back; text=lines makes each line an example"
    )
