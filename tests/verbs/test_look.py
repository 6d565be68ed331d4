"""penjing look and penjing rule: counts held against scikit-learn's own, pages against the modules."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFile
from sklearn.datasets import load_digits

from penjing.findings import PenjingError
from penjing.verbs.look import look
from penjing.verbs.rule import rule
from tests.conftest import Said
from tests.pictures import class_folders, tree


def test_counts_of_digits_are_scikit_learns() -> None:
    seen = look("sklearn:digits")
    truth = Counter(load_digits().target.tolist())
    assert {name: sum(counts.values()) for name, counts in seen.classes.items()} == {
        str(k): truth[k] for k in range(10)
    }
    assert seen.splits == {"train": 1259, "validation": 179, "test": 359}
    assert seen.facts["width x height"] == "8x8 (1,797)"
    assert seen.copies == 0


def test_a_setting_of_the_division_counts() -> None:
    assert look("sklearn:digits", settings={"test": "0.5"}).splits["test"] == pytest.approx(1797 / 2, abs=6)


def test_a_text_is_counted_in_lines_characters_and_vocabulary(tmp_path: Path) -> None:
    text = "\n".join([f"name {i}" for i in range(50)] + ["name 1"]) + "\n"
    (tmp_path / "names.txt").write_text(text)
    seen = look(tmp_path / "names.txt")
    assert seen.form == "text"
    assert seen.facts["lines"] == 51
    assert seen.facts["characters"] == len(text)
    assert seen.facts["vocabulary (different characters)"] == len(set(text))
    assert seen.copies == 1


def test_a_world_says_what_is_seen_and_done() -> None:
    seen = look("cartpole")
    assert seen.facts["actions"] == ["left", "right"]
    assert len(seen.facts["observation"]) == 4


def test_look_by_command_ends_in_what_to_type_next(penjing: Callable[..., Said], tmp_path: Path) -> None:
    said = penjing("look", "sklearn:digits", cwd=tmp_path)
    assert said.code == 0
    assert said.out.rstrip().endswith("next    penjing check sklearn:digits")
    assert "1,259" in said.out


def test_a_size_has_no_effect_where_nothing_is_decoded() -> None:
    with pytest.raises(PenjingError) as caught:
        look("sklearn:digits", settings={"size": "3"})
    assert caught.value.finding.rule == "unknown-setting"


def test_an_empty_split_is_counted_like_the_others(penjing: Callable[..., Said], tmp_path: Path) -> None:
    lines = penjing("look", tree(tmp_path, class_folders(2))).out.splitlines()
    (heading,) = [line for line in lines if "train" in line]
    (total,) = [line for line in lines if line.split()[:1] == ["all"]]
    assert heading.split() == ["class", "train", "validation", "test"]
    assert total.split() == ["all", "4", "0", "0"]


def test_a_page_is_shown_whole(penjing: Callable[..., Said]) -> None:
    said = penjing("rule", "pj102", COLUMNS="60")
    page = rule("PJ102").page
    assert said.code == 0
    missing = set(page.split()) - set(said.out.split())
    assert missing == {"sees:", "hurts:", "mend:", "see:", "Threshold:"}  # headings stand without their colon


def test_an_unknown_rule_exits_with_2(penjing: Callable[..., Said]) -> None:
    said = penjing("rule", "PJ1022", "--json")
    assert said.code == 2
    assert said.json["findings"][0]["rule"] == "unknown-rule"


def test_files_are_told_by_their_headers_copies_by_their_content(tmp_path: Path) -> None:
    tree(tmp_path, class_folders(20))
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("L", (30, 20)).save(tmp_path / "a/turned.jpg", exif=exif)
    (tmp_path / "b/copy.png").write_bytes((tmp_path / "a/3.png").read_bytes())
    (tmp_path / "b/text.png").write_text("no picture")
    seen = look(tmp_path)
    assert seen.facts["width x height"] == "8x8 (41), 20x30 (1)"
    assert seen.facts["mode"] == "RGB (41), L (1)"
    assert seen.facts["format"] == "PNG (41), JPEG (1)"
    assert seen.facts["turned by EXIF"] == "1"
    assert seen.facts["bytes"] == f"{sum(file.stat().st_size for file in tmp_path.rglob('*.*')):,}"
    assert seen.facts["do not open"] == f"1: {tmp_path.name}/b/text.png"
    assert seen.copies == 1
    assert {name: sum(counts.values()) for name, counts in seen.classes.items()} == {"a": 21, "b": 22}


def test_no_picture_is_decoded_to_be_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def decode(self: ImageFile.ImageFile) -> None:
        raise AssertionError

    tree(tmp_path, class_folders())
    monkeypatch.setattr(ImageFile.ImageFile, "load", decode)
    assert look(tmp_path).facts["width x height"] == "8x8 (20)"


def table_of(tmp_path: Path, rows: list[str]) -> Path:
    tree(tmp_path, [f"{i}.png" for i in range(len(rows) - 1)])
    (tmp_path / "table.csv").write_text("\n".join(rows) + "\n")
    return tmp_path


def test_numbers_are_told_by_mean_spread_and_what_is_most_frequent(tmp_path: Path) -> None:
    values = [0.5 * (i % 4 == 0) + 0.01 * i * (i % 2) for i in range(40)]
    source = table_of(tmp_path, ["path,steering", *(f"{i}.png,{value:.3f}" for i, value in enumerate(values))])
    facts = look(source).facts
    rounded = np.array([float(f"{value:.3f}") for value in values])
    assert facts["learned"] == "steering"
    assert facts["mean and spread"] == f"{rounded.mean():.4g}, {rounded.std():.4g}"
    assert facts["smallest, median, largest"] == f"0, {np.median(rounded):.4g}, 0.5"
    assert facts["most frequent value"] == "0 (25.0% of all)"


def test_labels_of_which_several_hold_are_counted_each(penjing: Callable[..., Said], tmp_path: Path) -> None:
    labels = ["red", "red|round", "round|soft", "red|round|soft"]
    source = table_of(tmp_path, ["path,labels", *(f"{i}.png,{labels[i % 4]}" for i in range(40))])
    seen = look(source)
    assert {name: sum(counts.values()) for name, counts in seen.classes.items()} == {"red": 30, "round": 30, "soft": 20}
    assert seen.facts["labels an example"] == "1 (10), 2 (20), 3 (10)"
    assert "label" in penjing("look", source).out.split()
