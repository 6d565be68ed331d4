"""`torchvision:CIFAR10`: a data set of torchvision by its class's name, fetched only with `--download`.

Read are those that hold arrays (MNIST, FashionMNIST, KMNIST, CIFAR10, CIFAR100, SVHN, ...) or lists of files with their
classes (Flowers102, OxfordIIITPet, Places365, ...), in their parts to train, validate and test on; parts beside these,
such as SVHN's `extra`, are not. Files lie in the cache, in a folder of their own.
"""

import importlib
import inspect
import warnings
from collections.abc import Iterator
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
NUMERALS = {"SVHN": tuple("0123456789")}  # classes that torchvision does not name, though they are what is shown
SAMPLES = ("samples", "_samples")  # attributes that hold pairs of file and class
WORDS = {  # what torchvision's classes call each split: the first that a class knows is meant
    "train": ("train", "trainval", "train-standard"),
    "validation": ("val", "valid"),
    "test": ("test",),
}


class Part(NamedTuple):
    """One split of a data set."""

    split: str  # "" where the class has none
    dataset: Any  # torchvision's
    truths: np.ndarray

    @property
    def is_without_truths(self) -> bool:
        """Whether they were never published."""
        return self.truths.dtype == object and all(truth is None for truth in self.truths)


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
    found = [Part(split, data, _truths(data, settings.source)) for split, data in _datasets(kind, settings)]
    parts = [part for part in found if not part.is_without_truths]
    if not parts:
        raise _unknown_form(kind, settings.source, "nothing says what its pictures show")
    notes = [
        f"left out, as nothing says what they show: the {len(part.truths):,} pictures of its {part.split} part"
        for part in found
        if part.is_without_truths
    ]
    classes = getattr(found[0].dataset, "classes", NUMERALS.get(name, ()))
    names = tuple(str(one[0] if isinstance(one, tuple) else one) for one in classes)  # of some each is several words
    truths = as_truths(join([part.truths for part in parts], settings.source), settings.source, names=names)
    pictures, more = _pictures(parts, settings)
    expect_counts(len(pictures), len(truths.values), settings.source)
    given = [part.split for part in parts for _ in range(len(part.truths))]
    return divided(
        Found(
            pictures=pictures,
            truths=truths.values,
            truth=truths.kind,
            classes=truths.classes,
            is_numbered=truths.is_numbered,
            given=given if len(parts) > 1 else (),
            notes=(*notes, *more, *truths.notes),
        ),
        settings,
    )


def _class_of(name: str, source: str) -> Any:
    try:
        datasets = importlib.import_module("torchvision.datasets")
    except (ImportError, OSError, RuntimeError) as error:  # it is not here, or was built for another PyTorch
        raise stop(
            "not-installed",
            f"torchvision does not load: {error}",
            where=source,
            why="it knows where its data sets are fetched from and how they are packed.",
            try_="pip install torchvision, built for the PyTorch that is here (penjing doctor); "
            "or give the data as a folder, IDX files or a .npz: penjing list readers",
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


def _datasets(kind: Any, settings: Data) -> Iterator[tuple[str, Any]]:
    """Each split that the class knows, the one to train on first; "" where it has none."""
    parameters = inspect.signature(kind).parameters
    root = cache.folder() / "torchvision"
    extra = {"download": settings.download} if "download" in parameters else {}
    if "train" in parameters:
        for is_train in (True, False):
            yield "train" if is_train else "test", _made(kind, root, settings, {"train": is_train, **extra})
    elif "split" in parameters:
        yield from _by_word(kind, root, settings, extra)
    else:
        yield "", _made(kind, root, settings, extra)


def _by_word(kind: Any, root: Path, settings: Data, extra: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """By the words that this class knows: one that it refuses as a value is no split of it."""
    for split, words in WORDS.items():
        refusal: ValueError | None = None
        for word in words:
            try:
                dataset = _made(kind, root, settings, {"split": word, **extra})
            except ValueError as error:
                refusal = error
                continue
            yield split, dataset
            break
        else:
            if split == "train":
                raise _unknown_form(kind, settings.source, f"no part to train on is known: {refusal}")


def _made(kind: Any, root: Path, settings: Data, words: dict[str, Any]) -> Any:
    try:
        root.mkdir(parents=True, exist_ok=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torchvision's own, about numpy and about its checksums
            return kind(str(root), **words)
    except (TypeError, ImportError) as error:  # it needs other words, or another package
        raise _unknown_form(kind, settings.source, str(error)) from error
    except (RuntimeError, OSError) as error:  # it is not there, damaged, or cannot be fetched
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise _not_whole(kind, why, settings) from error


def _not_whole(kind: Any, why: str, settings: Data) -> PenjingError:
    root = cache.folder() / "torchvision"
    return stop(
        "not-downloaded",
        f"{kind.__name__} is not there whole: {why}",
        where=str(root),
        why="fetching needs your word." if not settings.download else "what was fetched cannot be read.",
        try_=f"{'--download fetches it; or ' if not settings.download else ''}put its files in {root}"
        + (f", from {sources}" if (sources := _addresses(kind)) else ""),
    )


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
    for name in SAMPLES:
        if hasattr(dataset, name):
            return np.asarray([truth for _, truth in getattr(dataset, name)])
    raise _unknown_form(type(dataset), source, "it has neither targets nor labels")


def _pictures(parts: list[Part], settings: Data) -> tuple[np.ndarray | list[PictureFile], list[str]]:
    """Those of all parts, as arrays or as files, and what was decided."""
    arrays = [np.asarray(getattr(part.dataset, "data", None)) for part in parts]
    if any(array.dtype.kind in "OU" for array in arrays):  # there is none, or it is names of files
        return [file for part in parts for file in _files(part.dataset, settings)], []
    return as_pictures(join(arrays, settings.source), settings.source)


def _files(dataset: Any, settings: Data) -> list[PictureFile]:
    for name in (*SAMPLES, "imgs", "_image_files", "_images", "data"):
        entries = [entry[0] if isinstance(entry, tuple) else entry for entry in getattr(dataset, name, ())]
        if entries and all(isinstance(entry, str | Path) for entry in entries):
            paths = [str(Path(entry).resolve()) for entry in entries]
            found, lost = files_named(Path("/"), paths)
            if lost:
                first, why = next(iter(lost.items()))
                n = f"{len(lost):,} of its {len(paths):,} pictures"
                raise _not_whole(type(dataset), f"{n} cannot be read, such as {first} ({why})", settings)
            by_name = {file.name: file for file in found}
            return [by_name[path] for path in paths]
    raise _unknown_form(type(dataset), settings.source, "it has neither arrays nor a list of files")


def _unknown_form(kind: Any, source: str, error: str) -> PenjingError:
    return stop(
        "not-readable-here",
        f"{kind.__name__} is no data set of pictures with classes that Penjing reads: {error}",
        where=source,
        why="guessing at what stands for what would learn something else than you mean.",
        try_="save it as folders of classes or as .npz; penjing list readers",
    )
