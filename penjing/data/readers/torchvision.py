"""`torchvision:CIFAR10`: a data set of torchvision by its class's name, fetched only with `--download`.

Read are those that hold arrays (MNIST, FashionMNIST, KMNIST, CIFAR10, CIFAR100, SVHN, ...) or lists of files with their
classes. Files lie in the cache, in a folder of their own.
"""

import importlib
import inspect
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from penjing import cache
from penjing.config import Data
from penjing.data.array_pictures import as_pictures, as_truths, expect_counts, join
from penjing.data.dataset import Dataset, Form
from penjing.data.division import Found, divided
from penjing.data.picture_files import PictureFile, files_named
from penjing.findings import PenjingError, did_you_mean, stop

form: Form = "pictures"
heeds = frozenset(("group",))
PREFIX = "torchvision:"
SPLITS = {"train": "train", "val": "validation", "valid": "validation", "test": "test"}  # torchvision's word: ours


class Part(NamedTuple):
    """One split of a data set."""

    split: str
    dataset: Any  # torchvision's


def recognizes(source: str) -> bool:
    """`torchvision:` and a name."""
    return source.startswith(PREFIX)


def read(settings: Data) -> Dataset:
    """Pictures (N, H, W, C) uint8 or files, with classes.

    Raises:
        PenjingError: `not-installed`, `no-such-path`, `not-downloaded`, `not-readable-here`.
    """
    name = settings.source.removeprefix(PREFIX)
    kind = _class_of(name, settings.source)
    parts = list(_parts(kind, settings))
    classes = getattr(parts[0].dataset, "classes", ())  # of some each is a tuple of words for the same
    names = tuple(str(name[0] if isinstance(name, tuple) else name) for name in classes)
    truths = as_truths(
        join([_truths(part.dataset, settings.source) for part in parts], settings.source), settings.source, names=names
    )
    pictures: np.ndarray | list[PictureFile]
    notes: list[str] = []
    if all(hasattr(part.dataset, "data") for part in parts):
        arrays = join([np.asarray(part.dataset.data) for part in parts], settings.source)
        pictures, notes = as_pictures(arrays, settings.source)
    else:
        pictures = [file for part in parts for file in _files(part.dataset, settings.source)]
    expect_counts(len(pictures), len(truths.values), settings.source)
    given = [part.split for part in parts for _ in range(len(_truths(part.dataset, settings.source)))]
    return divided(
        Found(
            pictures=pictures,
            truths=truths.values,
            truth=truths.kind,
            classes=truths.classes,
            is_numbered=truths.is_numbered,
            given=given if len(parts) > 1 else (),
            notes=(*notes, *truths.notes),
        ),
        settings,
    )


def _class_of(name: str, source: str) -> Any:
    try:
        datasets = importlib.import_module("torchvision.datasets")
    except ImportError as error:
        raise stop(
            "not-installed",
            f"torchvision is not here: {error}",
            where=source,
            why="it knows where its data sets are fetched from and how they are packed.",
            try_="pip install torchvision; or give the data as a folder, IDX files or a .npz: penjing list readers",
        ) from error
    kind = getattr(datasets, name, None)
    if not inspect.isclass(kind):
        known = [known for known, value in vars(datasets).items() if inspect.isclass(value)]
        raise stop(
            "no-such-path",
            f"torchvision has no data set `{name}`",
            where=source,
            why="there is nothing to learn from.",
            try_=did_you_mean(name, known, otherwise="torchvision:CIFAR10, torchvision:MNIST"),
        )
    return kind


def _parts(kind: Any, settings: Data) -> Iterator[Part]:
    """Each split that the class knows."""
    parameters = inspect.signature(kind).parameters
    root = cache.folder() / "torchvision"
    extra = {"download": settings.download} if "download" in parameters else {}
    if "train" in parameters:
        for is_train in (True, False):
            yield Part("train" if is_train else "test", _made(kind, root, settings, {"train": is_train, **extra}))
    elif "split" in parameters:
        yield from _by_word(kind, root, settings, extra)
    else:
        yield Part("", _made(kind, root, settings, extra))


def _by_word(kind: Any, root: Path, settings: Data, extra: dict[str, Any]) -> Iterator[Part]:
    """By the words that this class knows: one that it refuses as a value is no split of it."""
    refusal: ValueError | None = None
    found = []
    for word, split in SPLITS.items():
        try:
            found.append(Part(split, _made(kind, root, settings, {"split": word, **extra})))
        except ValueError as error:
            refusal = error
    if not found:
        raise _unknown_form(kind, settings.source, f"it knows none of {', '.join(SPLITS)}: {refusal}")
    yield from found


def _made(kind: Any, root: Path, settings: Data, words: dict[str, Any]) -> Any:
    try:
        root.mkdir(parents=True, exist_ok=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torchvision's own, about numpy and about its checksums
            return kind(str(root), **words)
    except TypeError as error:
        raise _unknown_form(kind, settings.source, str(error)) from error
    except (RuntimeError, OSError) as error:  # it is not there, damaged, or cannot be fetched
        raise stop(
            "not-downloaded",
            f"{kind.__name__} is not there whole: {str(error).splitlines()[0] if str(error) else type(error).__name__}",
            where=str(root),
            why="fetching needs your word." if not settings.download else "what was fetched cannot be read.",
            try_=f"{'--download fetches it; or ' if not settings.download else ''}put its files in {root}"
            + (f", from {sources}" if (sources := _addresses(kind)) else ""),
        ) from error


def _addresses(kind: Any) -> str:
    """Where torchvision says that its files are."""
    files = [str(entry[0]) for entry in getattr(kind, "resources", ())]
    mirrors = getattr(kind, "mirrors", ())
    if mirrors and files:
        return f"{mirrors[-1]} ({', '.join(files)})"
    splits = getattr(kind, "split_list", {})
    several = [str(entry[0]) for entry in splits.values()] if isinstance(splits, dict) else []
    return ", ".join([*([kind.url] if isinstance(getattr(kind, "url", None), str) else []), *several])


def _truths(dataset: Any, source: str) -> np.ndarray:
    for name in ("targets", "labels", "_labels"):
        if hasattr(dataset, name):
            return np.asarray(getattr(dataset, name))
    if hasattr(dataset, "samples"):
        return np.asarray([truth for _, truth in dataset.samples])
    raise _unknown_form(type(dataset), source, "it has neither targets nor labels")


def _files(dataset: Any, source: str) -> Sequence[PictureFile]:
    for name in ("samples", "imgs", "_image_files", "_images"):
        entries = getattr(dataset, name, None)
        if entries is not None:
            paths = [str(Path(entry[0] if isinstance(entry, tuple) else entry).resolve()) for entry in entries]
            by_name = {file.name: file for file in files_named(Path("/"), paths)[0]}
            return [by_name[path] for path in paths if path in by_name]
    raise _unknown_form(type(dataset), source, "it has neither data nor a list of files")


def _unknown_form(kind: Any, source: str, error: str) -> PenjingError:
    return stop(
        "not-readable-here",
        f"{kind.__name__} is no data set of pictures with classes that Penjing reads: {error}",
        where=source,
        why="guessing at what stands for what would learn something else than you mean.",
        try_="save it as folders of classes or as .npz; penjing list readers",
    )
