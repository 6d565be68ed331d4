"""predict: what opens is answered, and what does not is told whole, in one finding."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

import penjing
from penjing.findings import PenjingError
from tests.conftest import Said


@pytest.fixture
def mixed(tmp_path: Path) -> list[Path]:
    """Two pictures, and between them a text and a file that is not there."""
    names = [tmp_path / name for name in ("three.png", "text.png", "none.png", "four.png")]
    for name, index in ((names[0], 3), (names[3], 4)):
        Image.fromarray((load_digits().images[index] * 15.9).astype(np.uint8)).save(name)
    names[1].write_text("no picture")
    return names


@pytest.mark.parametrize("kind", ["file", "run"])
def test_what_opens_is_answered_and_all_others_are_one_finding(
    cli: Callable[..., Said], digits_run: Path, digits_file: Path, mixed: list[Path], kind: str
) -> None:
    source = digits_run if kind == "run" else digits_file
    said = cli("predict", source, *mixed, "--json")
    [finding] = said.json["findings"]
    alone = cli("predict", source, mixed[0], mixed[3], "--json").json
    assert (said.code, said.json["ok"], alone["ok"]) == (2, False, True)
    assert said.json["result"] == alone["result"]
    assert [answer["input"] for answer in alone["result"]] == [str(mixed[0]), str(mixed[3])]
    assert list(finding["evidence"]["not_opened"]) == [str(mixed[1]), str(mixed[2])]
    assert (finding["rule"], finding["severity"], finding["what"][:6]) == ("not-opened", "error", "2 of 4")


def test_a_person_sees_answers_and_each_reason(cli: Callable[..., Said], digits_file: Path, mixed: list[Path]) -> None:
    said = cli("predict", digits_file, *mixed)
    answered = "".join(said.out.split())  # a long path is folded
    assert said.code == 2
    assert [str(path) in answered for path in mixed] == [True, False, False, True]
    assert f"{mixed[1]}:thisisnotapicture" in "".join(said.err.split())


def test_where_nothing_opens_nothing_is_answered(
    cli: Callable[..., Said], digits_file: Path, mixed: list[Path]
) -> None:
    several, one = cli("predict", digits_file, *mixed[1:3], "--json"), cli("predict", digits_file, mixed[2], "--json")
    assert (several.code, several.json["result"], one.code, one.json["result"]) == (2, None, 2, None)
    assert several.json["findings"][0]["rule"] == "not-opened"
    assert one.json["findings"][0]["rule"] == "no-such-path"


def test_python_is_told_of_the_first(digits_file: Path, mixed: list[Path]) -> None:
    with pytest.raises(PenjingError, match=r"text\.png"):
        penjing.predict(digits_file, *mixed)
