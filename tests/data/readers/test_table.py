"""The table reader: the path and what is to be learned are found, and what is missing is told at once."""

from pathlib import Path

import numpy as np
import pytest

from penjing.config import Data
from penjing.data.dataset import Dataset
from penjing.data.readers import image_folder, reader_of, table
from penjing.data.store import decoded
from penjing.findings import PenjingError
from penjing.rules import class_folder_passed_over
from penjing.rules.on_data import check_data
from tests.conftest import REAL_DATA
from tests.pictures import class_folders, packed, refuse_to_read, tree

NAMES = [f"img/{i}.png" for i in range(20)]
CLASSES = [("cat", "dog")[i % 2] for i in range(20)]


def written(root: Path, header: str, rows: list[str], name: str = "list.csv") -> Path:
    """A folder with twenty pictures and a table."""
    tree(root, NAMES)
    (root / name).write_text("\n".join([header, *rows] if header else rows), encoding="utf-8")
    return root


def read(source: Path, **settings: object) -> Dataset:
    assert reader_of(str(source)) is table
    return table.read(Data(source=str(source), **settings))  # type: ignore[arg-type]


def truth_of(data: Dataset) -> dict[str, object]:
    """By the picture's number, over all splits."""
    return {
        Path(file.name).stem: truth
        for split in data.splits.values()
        for file, truth in zip(split.inputs, np.asarray(split.truths).tolist(), strict=True)
    }


BOXES = [
    "path,xmin,ymin,xmax,ymax,class",
    "filename,x,y,w,h,label",
    "image_id,Roi.X1,Roi.Y1,Roi.X2,Roi.Y2,category",
]


@pytest.mark.parametrize("header", BOXES)
def test_several_boxes_in_a_picture_are_no_classes_unless_a_column_is_asked_for(tmp_path: Path, header: str) -> None:
    rows = [f"img/{i // 2}.png,{i},1,9,9,{name}" for i, name in enumerate(CLASSES)]
    root = written(tmp_path / "x", header, rows)
    with pytest.raises(PenjingError, match="boxes, which are not read yet") as caught:
        read(root)
    assert (caught.value.finding.rule, "2 rows of img/" in caught.value.finding.what) == ("not-read-yet", True)
    assert read(root, target=header.split(",")[-1]).classes == ("cat", "dog")


@pytest.mark.parametrize("header", BOXES)
def test_a_box_in_each_picture_may_stand_beside_its_class(tmp_path: Path, header: str) -> None:
    rows = [f"img/{i}.png,{i},1,9,9,{name}" for i, name in enumerate(CLASSES)]
    assert read(written(tmp_path / "x", header, [*rows, rows[0]])).classes == ("cat", "dog")


@pytest.mark.parametrize(
    ("header", "cell"),
    [
        ("path,label", "img/{}.png"),
        ("image_id,breed", "{}"),
        ("", "img/{}.png"),
        ("id,label", "{}.png"),
        ("filename,class", r"D:\photos\img\{}.png"),
    ],
    ids=["plain", "stems", "no-header", "names", "another-machine"],
)
def test_a_folder_a_zip_and_the_table_itself_say_the_same(tmp_path: Path, header: str, cell: str) -> None:
    rows = [f"{cell.format(i)},{name}" for i, name in enumerate(CLASSES)]
    root = written(tmp_path / "x", header, rows)
    for source in (root, packed(root), root / "list.csv"):
        data = read(source)
        assert (data.truth, data.classes) == ("class", ("cat", "dog"))
        assert truth_of(data) == {str(i): i % 2 for i in range(20)}


def test_a_table_finds_pictures_above_it_and_by_whole_paths(tmp_path: Path) -> None:
    root = tree(tmp_path / "x", NAMES)
    (root / "lists").mkdir()
    rows = [f"{'../' if i % 2 else str(root) + '/'}{name},{i % 2}" for i, name in enumerate(NAMES)]
    (root / "lists" / "a.csv").write_text("path,label\n" + "\n".join(rows))
    assert truth_of(read(root / "lists" / "a.csv")) == {str(i): i % 2 for i in range(20)}


def test_floats_are_a_number_and_integers_are_classes(tmp_path: Path) -> None:
    root = written(tmp_path, "path,age,angle", [f"{name},{i % 3},{i / 10}" for i, name in enumerate(NAMES)])
    number, classes = read(root), read(root, target="age")
    assert (number.truth, number.classes) == ("number", ("angle",))
    assert truth_of(number)["7"] == pytest.approx(0.7)
    assert "regression" in number.notes[0]
    assert (classes.truth, classes.classes) == ("class", ("0", "1", "2"))


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        ("path,tags", [f"{name},{'a|b' if i % 2 else 'b'}" for i, name in enumerate(NAMES)]),
        ("path,tags", [f"{name},{'a b' if i % 2 else 'b'}" for i, name in enumerate(NAMES)]),
        ("path,tags", [f'{name},"{"a, b" if i % 2 else "b"}"' for i, name in enumerate(NAMES)]),
        ("path,what", [f"{name},{'a;b' if i % 2 else 'b'}" for i, name in enumerate(NAMES)]),
        ("path,a,b", [f"{name},{i % 2},1" for i, name in enumerate(NAMES)]),
    ],
    ids=["bar", "space", "comma", "semicolon", "columns"],
)
def test_several_labels_of_a_picture(tmp_path: Path, header: str, rows: list[str]) -> None:
    data = read(written(tmp_path, header, rows))
    assert (data.truth, data.classes) == ("labels", ("a", "b"))
    assert truth_of(data) == {str(i): [i % 2 == 1, True] for i in range(20)}


def test_lists_in_metadata_of_hugging_face(tmp_path: Path) -> None:
    root = tmp_path / "x"
    for split in ("train", "test"):
        tree(root / split, [f"{i}.png" for i in range(10)])
        lines = [f'{{"file_name": "{i}.png", "labels": {"[]" if i == 3 else f"[{i % 2}, 2]"}}}' for i in range(10)]
        (root / split / "metadata.jsonl").write_text("\n".join(lines))
    for source in (root, packed(root)):
        data = read(source)
        assert (data.truth, data.classes, len(data.splits["test"])) == ("labels", ("0", "1", "2"), 10)
        assert np.asarray(data.splits["test"].truths)[3].tolist() == [False, False, False]


def test_metadata_of_each_split_of_hugging_face(tmp_path: Path) -> None:
    root = tmp_path / "x"
    for split, name in (("train", "cat"), ("train", "dog"), ("test", "dog")):
        tree(root / split, [f"{name}{i}.png" for i in range(10)])
        rows = [f"{path.name},{path.name[:3]}" for path in sorted((root / split).glob("*.png"))]
        (root / split / "metadata.csv").write_text("\n".join(["file_name,label", *rows]))
    for source in (root, packed(root)):
        data = read(source, validation=0)
        assert (data.truth, data.classes, data.own_splits) == ("class", ("cat", "dog"), ("test",))
        assert [len(data.splits[split]) for split in ("train", "test")] == [20, 10]
        assert all(truth == (number[:3] == "dog") for number, truth in truth_of(data).items())


def test_paths_in_metadata_count_from_its_own_folder(tmp_path: Path) -> None:
    """Seen from above, each of these names could mean a picture of either split."""
    root = tmp_path / "x"
    for split in ("train", "test"):
        tree(root / split, [f"{i}.png" for i in range(20)])
        rows = [f"{i},{'cat' if i % 2 else 'dog'}" for i in range(20)]
        (root / split / "metadata.csv").write_text("\n".join(["name,label", *rows]))
    for source in (root, packed(root)):
        data = read(source, validation=0)
        assert (data.classes, [len(data.splits[split]) for split in ("train", "test")]) == (("cat", "dog"), [20, 20])


def test_null_is_no_class_and_no_label(tmp_path: Path) -> None:
    root = tree(tmp_path, NAMES)
    lines = [f'{{"path": "{name}", "labels": {"[null]" if i % 2 else f"[{i % 4}]"}}}' for i, name in enumerate(NAMES)]
    (root / "list.jsonl").write_text("\n".join(lines))
    assert read(root).classes == ("0", "2")
    (root / "list.jsonl").write_text("\n".join(lines).replace("[", "").replace("]", ""))
    with pytest.raises(PenjingError) as caught:
        read(root)
    assert caught.value.finding.rule == "empty-targets"


def test_one_hot_columns_are_classes(tmp_path: Path) -> None:
    data = read(written(tmp_path, "path,cat,dog", [f"{name},{1 - i % 2},{i % 2}" for i, name in enumerate(NAMES)]))
    assert (data.truth, data.classes) == ("class", ("cat", "dog"))
    assert truth_of(data) == {str(i): i % 2 for i in range(20)}


def test_a_split_column_divides(tmp_path: Path) -> None:
    splits = ["Train"] * 12 + ["valid"] * 4 + ["TEST"] * 4
    rows = [f"{name},{cls},{split}" for name, cls, split in zip(NAMES, CLASSES, splits, strict=True)]
    data = read(written(tmp_path, "path,label,split", rows))
    assert [len(data.splits[split]) for split in ("train", "validation", "test")] == [12, 4, 4]


def test_groups_by_a_column(tmp_path: Path) -> None:
    rows = [f"{name},{cls},p{i // 2}" for i, (name, cls) in enumerate(zip(NAMES, CLASSES, strict=True))]
    data = read(written(tmp_path, "path,label,patient", rows), group="patient")
    held = [{int(Path(file.name).stem) // 2 for file in split.inputs} for split in data.splits.values()]
    assert not (held[0] & held[1] or held[0] & held[2] or held[1] & held[2])


def test_a_row_said_twice_counts_once(tmp_path: Path) -> None:
    rows = [f"{name},{cls}" for name, cls in zip(NAMES, CLASSES, strict=True)]
    data = read(written(tmp_path, "path,label", [*rows, *rows[:5]]))
    assert sum(map(len, data.splits.values())) == 20
    assert any("again: 5" in note for note in data.notes)


def test_a_picture_in_two_splits_stays_in_both_and_is_told_as_a_leak(tmp_path: Path) -> None:
    splits = ["train"] * 12 + ["val"] * 4 + ["test"] * 4
    rows = [f"{name},{cls},{split}" for name, cls, split in zip(NAMES, CLASSES, splits, strict=True)]
    data = read(written(tmp_path, "path,label,split", [*rows, rows[0].replace("train", "test"), rows[1]]))
    assert [len(split) for split in data.splits.values()] == [12, 4, 5]
    assert any("again: 1" in note for note in data.notes)
    assert "PJ002" in {finding.rule for finding in check_data(decoded(data, Data(source="x", size=8)))}


def test_all_missing_files_are_told_at_once_or_left_out(tmp_path: Path) -> None:
    rows = [f"{name},{cls}" for name, cls in zip(NAMES, CLASSES, strict=True)]
    root = written(tmp_path, "path,label", rows)
    for i in (3, 8, 9):
        (root / NAMES[i]).unlink()
    with pytest.raises(PenjingError) as caught:
        read(root)
    finding = caught.value.finding
    assert finding.rule == "missing-files"
    assert [one["line"] for one in finding.evidence["missing"]] == [5, 10, 11]
    data = read(root, skip_broken=True)
    assert sum(map(len, data.splits.values())) == 17
    assert any("cannot be read: 3" in note for note in data.notes)
    assert [words.partition(":")[0] for words in data.broken] == [NAMES[i] for i in (3, 8, 9)]


@pytest.mark.parametrize("is_alone", [False, True], ids=["folder", "table"])
def test_pictures_that_cannot_be_read_are_told_from_those_that_are_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_alone: bool
) -> None:
    root = written(tmp_path, "path,label", [f"{name},{cls}" for name, cls in zip(NAMES, CLASSES, strict=True)])
    for i in (3, 8):
        (root / NAMES[i]).unlink()
    (root / NAMES[8]).mkdir()
    refuse_to_read(monkeypatch, Path(NAMES[9]).name)
    (root / "img" / "unnamed.png").symlink_to(root / "gone.png")
    source = root / "list.csv" if is_alone else root
    if is_alone:
        with pytest.raises(PenjingError) as caught:
            read(source)
        told = {one["path"]: one["why"] for one in caught.value.finding.evidence["missing"]}
        assert told == {NAMES[3]: "not there", NAMES[8]: "a folder, no file", NAMES[9]: "Permission denied"}
    data = read(source, skip_broken=True)
    assert sum(map(len, data.splits.values())) == 17
    told = dict(words.rsplit(": ", 1) for words in data.broken)
    assert told[NAMES[9]] == "Permission denied"
    assert told[NAMES[3]].startswith("not there")
    assert len(told) == (3 if is_alone else 4)
    assert any("cannot be read: 3, such as img/3.png (not there" in note for note in data.notes)


def test_what_else_lies_beside_the_table_is_counted(tmp_path: Path) -> None:
    root = written(tmp_path, "path,label", [f"{name},{cls}" for name, cls in zip(NAMES, CLASSES, strict=True)])
    (root / "list.csv").rename(root / "metadata.csv")
    (root / "img" / "metadata.csv").write_text("path,label\n0.png,a\n")
    tree(root, ["img/.DS_Store", "Thumbs.db", "LICENSE"])
    notes = " ".join(read(root).notes)
    assert "the table that is read: 2, such as img/metadata.csv" in notes
    assert "hidden files): 2" in notes


@pytest.mark.parametrize(
    ("header", "row", "settings", "rule", "says"),
    [
        ("path,label", "{name},", {}, "empty-targets", "20 of 20"),
        ("path,x,z", "{name},{i},q", {}, "which-target", "target=x"),
        ("path", "{name}", {}, "which-target", "only paths"),
        ("path,label", "{name},{i}", {"target": "lable"}, "unknown-target", "`label`"),
        ("path,a,b", "{name},{i},1", {"target": "a,b"}, "unknown-target", "`a`"),
        ("path,angle", "{name},nan", {}, "not-finite", "20 values"),
        ("path,label,split", "{name},{i},foo", {}, "unknown-split", "`foo`"),
        ("path,label", "{name},cat", {}, "one-class", "cat"),
        ("path,label", "gone/{i}.png,{i}", {}, "missing-files", "20 of 20"),
        ("foo,label", "{i}x,{i}", {}, "no-path-column", "foo"),
    ],
)
def test_what_cannot_be_learned_is_refused(
    tmp_path: Path, header: str, row: str, settings: dict[str, str], rule: str, says: str
) -> None:
    root = written(tmp_path, header, [row.format(name=name, i=i) for i, name in enumerate(NAMES)])
    with pytest.raises(PenjingError) as caught:
        read(root / "list.csv", **settings)
    assert caught.value.finding.rule == rule
    assert says in str(caught.value)


def test_decimal_commas_are_numbers_where_semicolons_separate(tmp_path: Path) -> None:
    data = read(written(tmp_path, "path;angle", [f"{name};-{i // 10},{i % 10}" for i, name in enumerate(NAMES)]))
    assert (data.truth, data.classes) == ("number", ("angle",))
    assert truth_of(data)["17"] == pytest.approx(-1.7)


def beside_class_folders(root: Path, cells: str) -> Path:
    """Class folders a and b, and a table of all in them."""
    tree(root, class_folders())
    rows = [f"{name},{cells.format(i)}" for i, name in enumerate(class_folders())]
    (root / "list.csv").write_text("\n".join(["path,label,breed", *rows]))
    return root


def test_a_column_of_captions_is_refused_and_others_are_named(tmp_path: Path) -> None:
    root = beside_class_folders(tmp_path, "a photograph of no. {},pug")
    for source, how in ((root, "target=folder"), (root / "list.csv", "penjing train FOLDER target=folder")):
        with pytest.raises(PenjingError) as caught:
            read(source)
        assert caught.value.finding.rule == "all-different"
        assert caught.value.finding.try_ == f"target=breed, of breed; or {how}  learns the class folders (a, b)"


def test_class_folders_beside_a_table_are_learned_where_that_is_said(tmp_path: Path) -> None:
    root = beside_class_folders(tmp_path / "x", "cat,pug")
    for source in (root, packed(root)):
        data = read(source, target="folder")
        assert (data.truth, data.classes, sum(map(len, data.splits.values()))) == ("class", ("a", "b"), 20)


def test_a_column_that_is_called_folder_is_a_column(tmp_path: Path) -> None:
    rows = [f"{name},{cls},x" for name, cls in zip(NAMES, CLASSES, strict=True)]
    assert read(written(tmp_path, "path,folder,label", rows), target="folder").classes == ("cat", "dog")


def test_folders_that_the_table_passes_over_are_named(tmp_path: Path) -> None:
    root = written(tmp_path, "path,label", [f"{name},{cls}" for name, cls in zip(NAMES, CLASSES, strict=True)])
    tree(root, ["more/bird/1.png", "more/bird/2.png", "img/unnamed.png"])
    data = read(root)
    assert data.passed_over == (
        "more/bird (2 pictures, named by no row of list.csv; target=folder learns the folders)",
    )
    assert any("named by no row of list.csv: 3" in note for note in data.notes)
    finding = class_folder_passed_over.check(class_folder_passed_over.Evidence.of(data))
    assert finding is not None
    assert "more/bird" in finding.where


@pytest.mark.parametrize("line", ["img/0.png,cat,dog", 'img/0.png,"cat'], ids=["a-cell-more", "an-open-quote"])
def test_a_broken_table_that_names_most_pictures_is_told_and_not_passed_over(tmp_path: Path, line: str) -> None:
    rows = [f"{name},{cls}" for name, cls in zip(NAMES, CLASSES, strict=True)]
    root = written(tmp_path, "path,label", [*rows, line])
    assert reader_of(str(root)) is table
    with pytest.raises(PenjingError) as caught:
        read(root)
    assert caught.value.finding.rule == "bad-table"
    assert f"line {len(rows) + 2}" in caught.value.finding.where


@pytest.mark.parametrize(
    "content",
    ["class,count\na,10\nb,10\n", "id,label\n1,0\n2,0\n", "id,label\n1\n2,0,0\n"],
    ids=["about-classes", "sample-submission", "no-table"],
)
def test_class_folders_win_over_a_table_that_is_about_something_else(tmp_path: Path, content: str) -> None:
    root = tree(tmp_path, class_folders())
    (root / "other.csv").write_text(content)
    assert reader_of(str(root)) is image_folder


@pytest.mark.data
@pytest.mark.skipif(not (REAL_DATA / "driving_track.zip").exists(), reason="the real data is not beside the checkout")
@pytest.mark.parametrize("group", ["", "time"])
def test_the_driving_track_is_a_regression_of_steering(group: str) -> None:
    data = read(REAL_DATA / "driving_track.zip", group=group)
    assert (data.truth, data.classes) == ("number", ("steering",))
    assert [len(split) for split in data.splits.values()] == [1944, 278, 556]
    steering = np.concatenate([np.asarray(split.truths) for split in data.splits.values()])
    assert np.mean(steering == 0) == pytest.approx(0.72, abs=0.01)  # as the data's own page says
    assert steering.std() == pytest.approx(0.217, abs=0.001)
