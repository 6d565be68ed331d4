"""ImageNet's layout in miniature: validation truths from each of the lists it comes with."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from penjing.config import Data
from penjing.data.dataset import Dataset
from penjing.data.readers import image_folder, imagenet, reader_of
from penjing.findings import PenjingError
from tests.pictures import packed, tree

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


@pytest.mark.parametrize("lists", ["solution", "devkit"])
def test_lists_that_lack_a_picture_are_refused(tmp_path: Path, lists: str) -> None:
    root = flat(trained(tmp_path), lists)
    tree(root, ["val/ILSVRC2012_val_00000005.JPEG"])
    with pytest.raises(PenjingError) as caught:
        read(root)
    assert caught.value.finding.rule == "bad-ground-truth"
