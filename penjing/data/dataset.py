"""Dataset: what a reader makes of a source, divided into train, validation and test. No torch."""

import functools
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from penjing.data.picture_files import PictureFile

Form = Literal["pictures", "text", "world"]
Truth = Literal["class", "labels", "number", "input"]  # what stands beside an input; "input": nothing but itself
SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class Split:
    """Raw inputs with their truths, one each: what a pipeline is given and what its answers are held against.

    pictures: inputs (N, H, W, C) uint8, perhaps a memory map; before they are decoded N `PictureFile`s. Truths (N,)
    int64 classes, (N, K) bool labels of which several can hold, or (N,) float32 numbers. text: inputs N strings, truths
    the same. world: inputs (N,) int64 seeds of episodes, truths the same.
    """

    inputs: Sequence[Any] | np.ndarray
    truths: Sequence[Any] | np.ndarray
    names: Sequence[str] = ()  # where each example comes from, for people: a file, or `sklearn:digits #12`
    groups: np.ndarray | None = None  # (N,) integers, equal where `group` held examples together; None: nothing did
    composed_of: "Split | None" = None  # what a task composed these examples from, to compose more while training

    def __len__(self) -> int:
        return len(self.inputs)

    def name(self, index: int) -> str:
        """How to point a person to one example."""
        return self.names[index] if len(self.names) else f"#{index}"


@dataclass(frozen=True)
class Dataset:
    """A source, read."""

    source: str
    form: Form
    splits: dict[str, Split]
    classes: tuple[str, ...] = ()  # of truths that are classes or labels; names of the numbers otherwise
    truth: Truth = "class"
    is_numbered: bool = False  # whether classes are called by their numbers, as the source has no names for them
    world: Any = None  # of form `world`: what is played, see data/worlds
    notes: tuple[str, ...] = field(default=())  # what the reader decided, for people
    broken: tuple[str, ...] = ()  # pictures left out as they do not open, each with why
    passed_over: tuple[str, ...] = ()  # class folders that are not read, or not whole, each with why
    cut_groups: tuple[str, ...] = ()  # by `group`, that the source's own splits cut: two pictures of each
    own_splits: tuple[str, ...] = ()  # validation, test: those that the source brings, and that no setting divides
    as_listed: str = ""  # the fingerprint before pictures were decoded: another size is not another example

    @functools.cached_property
    def fingerprint(self) -> str:
        """16 hexadecimal digits that change when any input, truth, group or division changes."""
        if self.as_listed:
            return self.as_listed
        digest = hashlib.sha256()
        for name in SPLITS:
            digest.update(name.encode())
            split = self.splits[name]
            for values in (split.inputs, split.truths, *([] if split.groups is None else [split.groups])):
                digest.update(_bytes_of(values))
        return digest.hexdigest()[:16]


def _bytes_of(values: Sequence[Any] | np.ndarray) -> bytes:
    if isinstance(values, np.ndarray) and values.dtype != object:
        return f"{values.shape}{values.dtype}".encode() + np.ascontiguousarray(values).tobytes()
    return b"".join(_bytes_of(value) if isinstance(value, np.ndarray) else _words_of(value) for value in values)


def _words_of(value: Any) -> bytes:
    words = value.identity if isinstance(value, PictureFile) else repr(value)
    return words.encode("utf-8", "surrogateescape")
