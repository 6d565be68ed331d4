"""Readers: one file a form of source. The first that recognizes a source reads it."""

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from penjing import files
from penjing.config import Choice, Data
from penjing.files import shown
from penjing.findings import did_you_mean, stop

if TYPE_CHECKING:  # numpy comes with it, and `penjing list readers` needs none
    from penjing.data.dataset import Dataset, Form

READERS = {  # name: what it reads; each is the module of that name in this folder
    "sklearn": "pictures that come with scikit-learn: sklearn:digits",
    "text": "a .txt file: a list of lines, such as names, or running text",
    "world": "a world to act in: cartpole",
    "torchvision": "a data set of torchvision: torchvision:CIFAR10; fetched only with --download",
    "idx": "MNIST's IDX files, gzipped or not: a folder, a .zip, or a file of pictures with its labels beside it",
    "npz": "a .npz of arrays: x and y, x_train and y_train, images and labels",
    "imagenet": "ILSVRC's ImageNet: train/n01440764/, val with its ground truth, names of synsets",
    "table": "a .csv, .tsv or .jsonl of paths and classes, labels or a number; or a folder or .zip that holds it",
    "image_folder": "a folder of class folders, or a .zip of one; train, val and test above them or not",
}

HEEDED = {  # settings that not every source has a use for: where they have one
    "group": "pictures of files, tables and arrays have groups",
    "target": "a table of pictures has columns to choose from",
    "target_type": "tables and .npz files hold targets that may be meant in two ways",
    "text": "a .txt file holds lines or running text",
    "size": "pictures are brought to a size",
    "color": "pictures have channels",
}
OF_PICTURES = frozenset(("size", "color"))  # those that every source of pictures has a use for, where it is decoded


class Reader(Protocol):
    """A module with these names."""

    form: "Form"  # of what it reads
    heeds: frozenset[str]  # of the settings that not every source has a use for: which it has, beside `OF_PICTURES`

    def recognizes(self, source: str) -> bool:
        """Say whether this reader is meant: by the source's name, or those of files in it; no picture is opened."""
        ...

    def read(self, settings: Data) -> "Dataset":
        """Read and divide."""
        ...


def refuse_unheeded(reader: Reader, asked: Mapping[str, Choice], source: str) -> None:
    """Stop at a setting that says how to read, of which this source has no use.

    Raises:
        PenjingError: `unused-setting`.
    """
    heeded = reader.heeds | (OF_PICTURES if reader.form == "pictures" else frozenset())
    for name in HEEDED:
        if name in asked and name not in heeded:
            raise stop(
                "unused-setting",
                f"`{name}` has no use with {shown(source)}",
                where=f"{name}={asked[name].value}",
                why="a setting that changes nothing would be believed to have been heeded.",
                try_=f"leave `{name}` out; {HEEDED[name]}",
            )


def reader_of(source: str) -> Reader:
    """The reader that recognizes a source.

    Raises:
        PenjingError: `no-such-path`, `empty-folder`, `unknown-source`, `unwritable-name`, `not-fetched`.
    """
    if any("\ud800" <= letter <= "\udfff" for letter in source):
        raise stop(
            "unwritable-name",
            f"the path {shown(source)} holds bytes that are no UTF-8",
            where=shown(source),
            why="a run's config.json could not say what it was trained on.",
            try_="rename it; names inside it may be any",
        )
    for name in READERS:
        reader: Reader = importlib.import_module(f"penjing.data.readers.{name}")
        if reader.recognizes(source):
            return reader
    if "://" in source:
        raise stop(
            "not-fetched",
            f"{source} is an address, and nothing is fetched from one",
            where=source,
            why="what lies there may be another thing tomorrow, and no training could be done again.",
            try_="fetch it yourself, and give the file; penjing list readers",
        )
    path = Path(source)
    known = ["cartpole", "sklearn:digits"]
    if not path.exists():
        if path.suffix or path.parent != Path():
            raise files.no_such_path(path)
        raise stop(
            "no-such-path",
            f"`{source}` is no file, folder, data set or world",
            where=source,
            why="there is nothing to learn from.",
            try_=did_you_mean(source, known, otherwise="penjing list readers"),
        )
    if path.is_dir() and not any(path.iterdir()):
        raise stop(
            "empty-folder",
            f"the folder {source} is empty",
            where=source,
            why="there is nothing to learn from.",
            try_="give a folder or file that holds data; penjing list readers",
        )
    raise stop(
        "unknown-source",
        f"no reader recognizes {source}",
        where=source,
        why="guessing at a format would train on something else than you mean.",
        try_="penjing list readers  shows what can be read",
    )
