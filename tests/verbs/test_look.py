"""penjing look and penjing rule: counts held against scikit-learn's own, pages against the modules."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from sklearn.datasets import load_digits

from penjing.findings import PenjingError
from penjing.verbs.look import look
from penjing.verbs.rule import rule
from tests.conftest import Said


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


def test_a_setting_without_effect_is_refused() -> None:
    with pytest.raises(PenjingError) as caught:
        look("sklearn:digits", settings={"lr": "3"})
    assert caught.value.finding.rule == "unknown-setting"


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
