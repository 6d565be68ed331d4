"""ILSVRC's ImageNet layout: synset folders to train from, validation pictures flat with a list of their truths.

    imagenet/                                           also under ILSVRC/Data/CLS-LOC/, and in a .zip
        train/n01440764/*.JPEG
        val/ILSVRC2012_val_00000001.JPEG                or  val/n01440764/*.JPEG
        LOC_val_solution.csv                            or  ILSVRC2012_validation_ground_truth.txt with meta.mat
        LOC_synset_mapping.txt                          or  words.txt, imagenet_class_index.json: the synsets' names

Synset folders without any of these lists are read as a folder of class folders. The validation part is the test split;
pictures of a test part, whose truths were never published, are left out (Russakovsky et al., IJCV 2015).
"""

import io
import re
from collections import Counter
from pathlib import Path, PurePosixPath

import msgspec
import numpy as np

from penjing.config import Data
from penjing.data.archive import DAMAGED
from penjing.data.dataset import Dataset, Form
from penjing.data.division import Found, divided
from penjing.data.picture_files import PictureFile, list_files, names_in
from penjing.data.picture_files import read as read_file
from penjing.files import shown
from penjing.findings import PenjingError, stop

form: Form = "pictures"
heeds = frozenset(("group",))
SYNSET = re.compile(r"n\d{8}")
TRAIN = re.compile(r"(?:^|/)train/(n\d{8})/")
VALIDATION = re.compile(r"(?:^|/)val/(?:(n\d{8})/)?")
NAMES = ("LOC_synset_mapping.txt", "words.txt", "imagenet_class_index.json")
SOLUTION, TRUTHS, META = "LOC_val_solution.csv", "ILSVRC2012_validation_ground_truth.txt", "meta.mat"
TINY = "val_annotations.txt"  # of Tiny ImageNet: name, synset, box
FLAT = re.compile(r"(?:^|/)(?:ILSVRC2012_val_\d{8}|val_\d+)\.JPEG$")
PLACES = ("", "Data/CLS-LOC/", "ILSVRC/Data/CLS-LOC/", "*/", "*/Data/CLS-LOC/")  # of train, below the source
LISTS = ("", "*/", "*/data/")  # folders of the lists, the last that of the development kit


def recognizes(source: str) -> bool:
    """A folder or .zip with synset folders below train, and one of ImageNet's lists."""
    path = Path(source)
    known = (SOLUTION, TRUTHS, TINY, *NAMES)
    if path.is_dir():
        folders = (folder.name for place in PLACES for folder in path.glob(f"{place}train/n*"))
        return any(map(SYNSET.fullmatch, folders)) and any(
            True for place in LISTS for name in known for _ in path.glob(place + name)
        )
    names = names_in(path, depth=1)  # of a .zip all
    return any(TRAIN.search(name) for name in names) and any(PurePosixPath(name).name in known for name in names)


def read(settings: Data) -> Dataset:
    """Pictures as files; the classes are the synsets' names, in the order of the synsets.

    Raises:
        PenjingError: `no-ground-truth`, `bad-ground-truth`, `bad-names`; those of listing.
    """
    root = Path(settings.source)
    listed = list_files(root, skip_broken=settings.skip_broken)
    lists = {PurePosixPath(name).name: name for name in reversed(listed.others)}
    chosen: list[tuple[PictureFile, str, str]] = []  # with synset and split
    flat = []
    for file in listed.pictures:
        train, validation = TRAIN.search(file.name), VALIDATION.search(file.name)
        if train:
            chosen.append((file, train[1], "train"))
        elif validation and validation[1]:
            chosen.append((file, validation[1], "validation"))
        elif FLAT.search(file.name):
            flat.append(file)
    if flat:
        truths = _ground_truth(root, lists, flat, settings.source)
        chosen += [(file, synset, "validation") for file, synset in zip(flat, truths, strict=True)]
    synsets = sorted({synset for _, synset, _ in chosen})
    at = {synset: k for k, synset in enumerate(synsets)}
    names, note = _names(root, lists, synsets, settings.source)
    outside = len(listed.pictures) - len(chosen)
    left = [f"left out, without a published truth such as those of test: {outside:,}"] if outside else []
    return divided(
        Found(
            pictures=[file for file, _, _ in chosen],
            truths=np.array([at[synset] for _, synset, _ in chosen], dtype=np.int64),
            truth="class",
            classes=names,
            given=[split for _, _, split in chosen],
            notes=(note, *left, *listed.notes),
            broken=listed.broken,
        ),
        settings,
    )


def _ground_truth(root: Path, lists: dict[str, str], flat: list[PictureFile], source: str) -> list[str]:
    """The synset of each flat validation picture."""
    by_name = SOLUTION if SOLUTION in lists else TINY
    if by_name in lists:
        words = [re.split(r'[,\s"]+', line) for line in _text(root, lists[by_name]).splitlines()]
        synset_of = {row[0].removesuffix(".JPEG"): row[1] for row in words if len(row) > 1 and SYNSET.fullmatch(row[1])}
        lost = [file.name for file in flat if PurePosixPath(file.name).stem not in synset_of]
        if lost:
            raise _bad_truth(f"{by_name} has no synset for {len(lost):,} of {len(flat):,} pictures: {lost[0]}", source)
        return [synset_of[PurePosixPath(file.name).stem] for file in flat]
    if TRUTHS not in lists or META not in lists:
        raise stop(
            "no-ground-truth",
            f"{len(flat):,} pictures of val lie flat, and there is no {SOLUTION}, nor {TRUTHS} with {META} beside it",
            where=source,
            why="nothing says what they show.",
            try_=f"copy {SOLUTION}, or the development kit's data folder (both files), into {Path(source).name}",
        )
    synset_of = _numbered(read_file(root, lists[META]), source)
    numbers = _text(root, lists[TRUTHS]).split()
    at = [int(PurePosixPath(file.name).stem.rpartition("_")[2]) - 1 for file in flat]
    wrong = [i for i in at if not 0 <= i < len(numbers) or numbers[i] not in synset_of]
    if wrong:
        raise _bad_truth(f"{TRUTHS} has no known synset in line {wrong[0] + 1:,}, of {len(numbers):,}", source)
    return [synset_of[numbers[i]] for i in at]


def _numbered(content: bytes, source: str) -> dict[str, str]:
    """The synset of each number that the ground truth uses, which is not their order."""
    from scipy.io import loadmat

    try:
        synsets = loadmat(io.BytesIO(content), squeeze_me=True)["synsets"]
        return {str(int(one["ILSVRC2012_ID"])): str(one["WNID"]) for one in np.atleast_1d(synsets)}
    except DAMAGED as error:
        raise _bad_truth(f"{META} is not that of the development kit: {error}", source) from error


def _names(root: Path, lists: dict[str, str], synsets: list[str], source: str) -> tuple[tuple[str, ...], str]:
    """The first name of each synset, made unique: `crane` is a bird and a machine."""
    listed = next((name for name in NAMES if name in lists), "")
    if not listed:
        return tuple(synsets), "classes are called as their synsets"
    words = _words(read_file(root, lists[listed]), listed, source)
    found = [words.get(synset, "") for synset in synsets]
    if not any(found):
        raise _bad_names(f"{listed} names none of the {len(synsets):,} synsets", source)
    counts = Counter(found)
    names = [
        synset if not word else word if counts[word] == 1 else f"{word} ({synset})"
        for word, synset in zip(found, synsets, strict=True)
    ]
    return tuple(names), f"names of {len(synsets) - counts['']:,} of {len(synsets):,} synsets from {listed}"


def _words(content: bytes, name: str, source: str) -> dict[str, str]:
    """The first name of each synset that a list of names holds."""
    if not name.endswith(".json"):
        lines = [line.replace("\t", " ").partition(" ") for line in content.decode("utf-8", "replace").splitlines()]
        return {synset: words.partition(",")[0].strip() for synset, _, words in lines}
    try:
        index = msgspec.json.decode(content, type=dict[str, tuple[str, str]])
    except msgspec.DecodeError as error:
        raise _bad_names(f"{name} is no index of synsets and names: {error}", source) from error
    return {synset: words.replace("_", " ") for synset, words in index.values()}


def _text(root: Path, name: str) -> str:
    return read_file(root, name).decode("utf-8", "replace")


def _bad_truth(what: str, source: str) -> PenjingError:
    return stop(
        "bad-ground-truth",
        shown(what),
        where=source,
        why="a picture would be held against another's truth.",
        try_="copy the list anew from where the pictures came from",
    )


def _bad_names(what: str, source: str) -> PenjingError:
    return stop(
        "bad-names",
        shown(what),
        where=source,
        why="classes would be called otherwise than you expect.",
        try_="copy the list anew from where the pictures came from; or remove it, to call classes as their synsets",
    )
