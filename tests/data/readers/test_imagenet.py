"""ImageNet's layout in miniature: validation truths from each of the lists it comes with."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from penjing.config import Data
from penjing.data.dataset import Dataset
from penjing.data.readers import image_folder, imagenet, reader_of
from penjing.findings import PenjingError
from tests.pictures import packed, png, tree

SYNSETS = {"n01440764": "tench, Tinca tinca", "n02012849": "crane", "n03126707": "crane"}
TRUE = ["n03126707", "n01440764", "n02012849", "n01440764"]
FLAT = [f"ILSVRC2012_val_{i:08d}" for i in range(1, 5)]


def trained(root: Path, inside: str = "") -> Path:
    """The training part, a test part without truths, and names of the synsets."""
    names = [f"train/{synset}/{synset}_{i}.JPEG" for synset in SYNSETS for i in range(5)]
    tree(root, [f"{inside}{name}" for name in [*names, "test/ILSVRC2012_test_00000001.JPEG"]])
    (root / "LOC_synset_mapping.txt").write_text("".join(f"{synset} {words}\n" for synset, words in SYNSETS.items()))
    return root


def flat(root: Path, lists: str, inside: str = "") -> Path:
    tree(root, [f"{inside}val/{name}.JPEG" for name in FLAT])
    if lists == "solution":
        rows = [f"{name},{synset} 1 2 3 4 \n" for name, synset in zip(FLAT, TRUE, strict=True)]
        (root / "LOC_val_solution.csv").write_text("ImageId,PredictionString\n" + "".join(rows))
    else:
        numbers = {synset: i for i, synset in enumerate(reversed(SYNSETS), 1)}  # not in the order of the synsets
        kind = [("ILSVRC2012_ID", "f8"), ("WNID", "O"), ("words", "O")]
        table = np.array([(i, synset, SYNSETS[synset]) for synset, i in numbers.items()], dtype=kind)
        data = root / "ILSVRC2012_devkit_t12" / "data"
        data.mkdir(parents=True)
        savemat(data / "meta.mat", {"synsets": table})
        (data / "ILSVRC2012_validation_ground_truth.txt").write_text("".join(f"{numbers[one]}\n" for one in TRUE))
    return root


def read(source: Path) -> Dataset:
    assert reader_of(str(source)) is imagenet
    return imagenet.read(Data(source=str(source)))


def truths_of_test(data: Dataset) -> list[str]:
    names = {Path(file.name).stem: i for i, file in enumerate(data.splits["test"].inputs)}
    truths = np.asarray(data.splits["test"].truths)
    return [data.classes[truths[names[name]]] for name in FLAT]


@pytest.mark.parametrize("lists", ["solution", "devkit"])
@pytest.mark.parametrize("inside", ["", "ILSVRC/Data/CLS-LOC/"])
def test_flat_validation_pictures_have_the_truths_of_the_lists(tmp_path: Path, lists: str, inside: str) -> None:
    root = flat(trained(tmp_path / "x", inside), lists, inside)
    for source in (root, packed(root)):
        data = read(source)
        assert data.classes == ("tench", "crane (n02012849)", "crane (n03126707)")
        assert truths_of_test(data) == ["crane (n03126707)", "tench", "crane (n02012849)", "tench"]
        assert len(data.splits["train"]) + len(data.splits["validation"]) == 15
        assert any("published truth such as those of test: 1" in note for note in data.notes)


def test_validation_in_synset_folders(tmp_path: Path) -> None:
    root = tree(trained(tmp_path), [f"val/{synset}/{i}.JPEG" for i, synset in enumerate(TRUE)])
    data = read(root)
    assert np.bincount(data.splits["test"].truths).tolist() == [2, 1, 1]


@pytest.mark.parametrize("name", ["words.txt", "imagenet_class_index.json"])
def test_names_come_from_whichever_list_there_is(tmp_path: Path, name: str) -> None:
    root = flat(trained(tmp_path), "solution")
    (root / "LOC_synset_mapping.txt").unlink()
    if name == "words.txt":
        (root / name).write_text("n00001740\tentity\n" + "".join(f"{key}\t{words}\n" for key, words in SYNSETS.items()))
    else:
        (root / name).write_text(json.dumps({str(i): [key, SYNSETS[key]] for i, key in enumerate(SYNSETS)}))
    assert read(root).classes[0].startswith("tench")


MALFORMED = {
    "imagenet_class_index.json": (b'{"0": ["n01440764"', b"[]", b'{"0": ["n01440764"]}'),
    "LOC_synset_mapping.txt": (b"", b"<html>not found</html>", b"\xff\xfe\n\0"),
}


@pytest.mark.parametrize(("name", "content"), [(name, one) for name, several in MALFORMED.items() for one in several])
def test_names_that_cannot_be_read_are_refused(tmp_path: Path, name: str, content: bytes) -> None:
    root = flat(trained(tmp_path), "solution")
    (root / "LOC_synset_mapping.txt").unlink()
    (root / name).write_bytes(content)
    with pytest.raises(PenjingError) as caught:
        read(root)
    assert caught.value.finding.rule == "bad-names"
    assert name in caught.value.finding.what


def test_synsets_that_the_list_does_not_name_are_called_by_themselves_and_counted(tmp_path: Path) -> None:
    root = flat(trained(tmp_path), "solution")
    (root / "LOC_synset_mapping.txt").write_text("n01440764 tench, Tinca tinca\n")
    data = read(root)
    assert data.classes == ("tench", "n02012849", "n03126707")
    assert "names of 1 of 3 synsets from LOC_synset_mapping.txt" in data.notes


def test_tiny_imagenet(tmp_path: Path) -> None:
    names = [f"train/{synset}/images/{synset}_{i}.JPEG" for synset in SYNSETS for i in range(5)]
    root = tree(tmp_path, [*names, *(f"val/images/val_{i}.JPEG" for i in range(4))])
    (root / "words.txt").write_text("".join(f"{key}\t{words}\n" for key, words in SYNSETS.items()))
    rows = [f"val_{i}.JPEG\t{synset}\t0\t0\t9\t9\n" for i, synset in enumerate(TRUE)]
    (root / "val").joinpath("val_annotations.txt").write_text("".join(rows))
    assert np.bincount(read(root).splits["test"].truths).tolist() == [2, 1, 1]


def test_synset_folders_without_lists_are_class_folders(tmp_path: Path) -> None:
    root = trained(tmp_path)
    (root / "LOC_synset_mapping.txt").unlink()
    (root / "test" / "ILSVRC2012_test_00000001.JPEG").unlink()
    assert reader_of(str(root)) is image_folder
    assert image_folder.read(Data(source=str(root))).classes == tuple(SYNSETS)


def test_flat_pictures_without_truths_are_refused(tmp_path: Path) -> None:
    root = flat(trained(tmp_path), "solution")
    (root / "LOC_val_solution.csv").unlink()
    with pytest.raises(PenjingError) as caught:
        read(root)
    assert caught.value.finding.rule == "no-ground-truth"
    assert "LOC_val_solution.csv" in caught.value.finding.try_


def mat(**variables: object) -> bytes:
    file = io.BytesIO()
    savemat(file, variables)
    return file.getvalue()


DEVKIT = "ILSVRC2012_devkit_t12/data"


@pytest.mark.parametrize(
    ("lists", "name", "content"),
    [
        ("solution", "val/ILSVRC2012_val_00000005.JPEG", png(0)),
        ("devkit", "val/ILSVRC2012_val_00000005.JPEG", png(0)),
        ("devkit", "val/ILSVRC2012_val_00000000.JPEG", png(0)),
        ("solution", "LOC_val_solution.csv", b"<html>"),
        ("solution", "LOC_val_solution.csv", "".join(f"{name},tench\n" for name in FLAT).encode()),
        ("devkit", f"{DEVKIT}/ILSVRC2012_validation_ground_truth.txt", b"1\n2\nthree\n1\n"),
        ("devkit", f"{DEVKIT}/meta.mat", b""),
        ("devkit", f"{DEVKIT}/meta.mat", b"no file of MATLAB" * 20),
        ("devkit", f"{DEVKIT}/meta.mat", mat(synsets=np.ones(3))),
        ("devkit", f"{DEVKIT}/meta.mat", mat(other=np.ones(3))),
        ("devkit", f"{DEVKIT}/meta.mat", mat(synsets=np.ones(300))[:-90]),
    ],
    ids=lambda value: "" if isinstance(value, bytes) else value,
)
def test_lists_that_lack_a_picture_or_are_damaged_are_refused(
    tmp_path: Path, lists: str, name: str, content: bytes
) -> None:
    root = flat(trained(tmp_path), lists)
    (root / name).write_bytes(content)
    with pytest.raises(PenjingError) as caught:
        read(root)
    assert caught.value.finding.rule == "bad-ground-truth"


def test_junk_is_counted(tmp_path: Path) -> None:
    root = tree(flat(trained(tmp_path), "solution"), ["train/.DS_Store", "train/n01440764/._1.JPEG"])
    assert any("hidden files): 2" in note for note in read(root).notes)
