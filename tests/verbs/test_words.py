"""Words behind a verb: which are inputs and which are settings, however they are spelled."""

from pathlib import Path

import pytest

from penjing.findings import PenjingError
from penjing.verbs.words import one_source, parse


@pytest.mark.parametrize("spelled", [["lr=0.1"], ["--lr", "0.1"], ["--lr=0.1"]])
@pytest.mark.parametrize("is_first", [True, False])
def test_a_setting_is_spelled_in_three_ways_before_or_behind_the_source(spelled: list[str], is_first: bool) -> None:
    words = [*spelled, "photos"] if is_first else ["photos", *spelled]
    assert parse(words) == (["photos"], {"lr": "0.1"})


@pytest.mark.parametrize("name", ["weight_decay", "weight-decay"])
def test_dashes_are_underscores_in_names_alone(name: str) -> None:
    for words in ([f"{name}=1e-4"], [f"--{name}", "1e-4"], [f"--{name}=1e-4"]):
        assert parse(["a-b", *words]) == (["a-b"], {"weight_decay": "1e-4"})


@pytest.mark.parametrize("flag", ["skip-broken", "skip_broken", "download", "find-lr", "mirror", "upside-down"])
@pytest.mark.parametrize(("value", "meant"), [([], "true"), (["true"], "true"), (["false"], "false")])
def test_what_is_true_or_false_may_stand_alone(flag: str, value: list[str], meant: str) -> None:
    settings = {flag.replace("-", "_"): meant}
    assert parse([f"--{flag}", *value, "photos"]) == (["photos"], settings)
    assert parse(["photos", f"--{flag}", *value]) == (["photos"], settings)
    assert parse(["photos", f"{flag}={meant}"]) == (["photos"], settings)


def test_a_file_that_exists_is_an_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lr=0.1").mkdir()
    assert parse(["lr=0.1"]) == (["lr=0.1"], {})


def test_values_keep_what_follows_the_first_equals_sign() -> None:
    assert parse(["group=^(a=b)", "--target=x=y"]) == ([], {"group": "^(a=b)", "target": "x=y"})


@pytest.mark.parametrize("words", [["--lr"], ["x", "lr=1", "--lr", "2"], ["weight-decay=1", "weight_decay=2"]])
def test_no_value_and_two_are_refused(words: list[str]) -> None:
    with pytest.raises(PenjingError) as caught:
        parse(words)
    assert caught.value.finding.rule == "usage"


@pytest.mark.parametrize("inputs", [[], ["a", "b"]])
def test_one_source_is_one(inputs: list[str]) -> None:
    with pytest.raises(PenjingError, match=f"one source is needed, {len(inputs)} were given"):
        one_source(inputs)
