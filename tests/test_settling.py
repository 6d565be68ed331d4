"""Settings: who wins, where each value came from, and what is refused."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta

from penjing import settling
from penjing.config import SAID_OTHERWISE, Choice, Config, Train, settings_of
from penjing.findings import PenjingError
from penjing.verbs.list import listing
from penjing.verbs.train import command as train


class Options(msgspec.Struct, frozen=True):
    """A task's own."""

    depth: Annotated[int, Meta(ge=1, description="of the net")] = 8
    kind: Annotated[Literal["auto", "weights"], Meta(description="of balance")] = "auto"
    sides: Annotated[tuple[Annotated[float, Meta(gt=0)], ...], Meta(description="of the nets")] = ()


CHOICES = {"model": Choice("cnn", "default", "small"), "lr": Choice(0.5, "found in the data", "it is so")}
OF_MUON = {
    name: Choice(value, "default", "by trial")
    for name, value in {"model": "cnn", "optimizer": "muon", "lr": 0.01, "weight_decay": 0.05, "momentum": 0.8}.items()
} | {"warmup": Choice(0.1, "default", "by trial")}


def settle(typed: dict[str, Any], file: Path | None = None, choices: Mapping[str, Choice] = CHOICES) -> Config[Options]:
    said = settling.asked(typed, file)
    return settling.settle("task", Options, "somewhere", data_fingerprint="f", choices=choices, asked=said)


def test_typed_beats_file_beats_choice_beats_default(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("lr = 0.1\nwarmup = 0.2\ndepth = 3\n")
    settled = settle({"lr": "0.01"}, tmp_path / "a.toml")
    origins = {name: settled.origins[name].origin for name in ("lr", "warmup", "depth", "model", "clip")}
    assert (settled.train.lr, settled.train.warmup, settled.options.depth) == (0.01, 0.2, 3)
    assert origins == {"lr": "typed", "warmup": "file", "depth": "file", "model": "default", "clip": "default"}
    assert settle({}).origins["lr"] == Choice(0.5, "found in the data", "it is so")


def test_a_typed_auto_leaves_to_the_task_what_the_task_chooses() -> None:
    choices = CHOICES | {
        "size": Choice("32x32", "found in the data", "the size they have"),
        "kind": Choice("weights", "found in the data", "`a` has 40 training pictures, `b` 9"),
        "budget": Choice("60epochs", "default", "flat from there"),
    }
    settled = settle({"size": "auto", "kind": "auto", "color": "auto", "budget": "auto"}, choices=choices)
    assert settled.origins["size"] == choices["size"]
    assert settled.origins["kind"] == choices["kind"]
    assert (settled.origins["color"].value, settled.origins["color"].origin) == ("auto", "typed")  # nothing is chosen
    assert settled.train.budget == "auto"  # of it that means: as measured


def test_every_setting_has_a_value_an_origin_and_a_reason() -> None:
    settled = settle({})
    assert all(choice.why for choice in settled.origins.values())
    groups = (settled.train, settled.data, settled.model, settled.options)
    values = {key: value for group in groups for key, value in msgspec.structs.asdict(group).items()}
    assert {name: choice.value for name, choice in settled.origins.items() if name != "seed"} == values


def test_all_unknown_keys_are_named_with_their_nearest() -> None:
    with pytest.raises(PenjingError) as caught:
        settling.refuse_unknown(settling.asked({"bacth_size": 1, "dpeth": 2, "lr": 3}), Options)
    assert "`bacth_size`, `dpeth`" in caught.value.finding.what
    assert "`batch_size`" in caught.value.finding.try_
    assert "`depth`" in caught.value.finding.try_


@pytest.mark.parametrize(
    ("key", "value"),
    [("lr", "fast"), ("lr", "-1"), ("optimizer", "adma"), ("test", "1.5"), ("depth", "0"), ("seed", "-1")],
)
def test_a_value_that_does_not_fit_is_refused_by_name(key: str, value: str) -> None:
    with pytest.raises(PenjingError) as caught:
        settle({key: value})
    assert caught.value.finding.rule == "bad-setting"
    assert f"`{key}`" in caught.value.finding.what


@pytest.mark.parametrize(
    ("said", "value"),
    [(".3", 0.3), ("3.", 3.0), ("5.e-1", 0.5), (".5E2", 50.0), ("1e-3", 1e-3), ("2", 2.0)],
)
def test_a_number_is_taken_however_python_spells_it(said: str, value: float) -> None:
    assert settle({"lr": said}).train.lr == value == float(said)


def test_a_number_below_zero_is_told_as_such_however_it_is_spelled() -> None:
    with pytest.raises(PenjingError, match=r"`lr` cannot be '-.5e2': it is a number above 0"):
        settle({"lr": "-.5e2"})


class Bounded(Options, frozen=True):
    """Options of which some do not go together."""

    def __post_init__(self) -> None:
        if self.depth > 3 and self.sides:
            raise ValueError("deep nets have no sides")


def test_what_does_not_go_together_is_told_in_the_tasks_own_words() -> None:
    typed = settling.asked({"depth": "4", "sides": "1"})
    with pytest.raises(PenjingError, match="deep nets have no sides") as caught:
        settling.settle("task", Bounded, "somewhere", data_fingerprint="f", choices=CHOICES, asked=typed)
    assert (caught.value.finding.rule, caught.value.finding.where) == ("bad-setting", "depth=4, sides=('1',)")


@pytest.mark.parametrize("key", SAID_OTHERWISE)
def test_what_is_said_otherwise_is_told_how(key: str) -> None:
    with pytest.raises(PenjingError) as caught:
        settling.refuse_unknown(settling.asked({key: "x"}), Options)
    assert caught.value.finding.try_ == f"`{key}` is given as {SAID_OTHERWISE[key]}"


def test_every_option_of_train_is_a_setting_or_said_otherwise() -> None:
    options = [name for option in train.params for name in option.opts if name.startswith("--")]
    words = {name.removeprefix("--").replace("-", "_") for name in options}
    assert words - {row[0] for row in listing("settings").rows} == {"task", *SAID_OTHERWISE} - {"source"}


def unknown(said: Mapping[str, Choice]) -> None:
    settling.refuse_unknown(said, Options)


def unfit(said: Mapping[str, Choice]) -> None:
    settling.settle("task", Options, "somewhere", data_fingerprint="f", choices=CHOICES, asked=said)


@pytest.mark.parametrize(
    ("table", "rule", "refuse"), [("train", "unknown-setting", unknown), ("model", "bad-setting", unfit)]
)
def test_a_table_of_toml_is_named_as_such(
    tmp_path: Path, table: str, rule: str, refuse: Callable[[Mapping[str, Choice]], None]
) -> None:
    (tmp_path / "a.toml").write_text(f"[{table}]\nlr = 0.1\n")
    said = settling.asked({}, tmp_path / "a.toml")
    with pytest.raises(PenjingError, match=re.escape(f"without the line [{table}]")) as caught:
        refuse(said)
    assert (caught.value.finding.rule, caught.value.finding.where) == (rule, f"[{table}]")


def test_the_parts_of_a_list_are_numbers_as_any() -> None:
    assert settle({"schedule": "step", "milestones": ".3,.7"}).train.milestones == (0.3, 0.7)


@pytest.mark.parametrize("said", [".", "+.5", "-.", "e3", ".e3", "0.3.", "..3", "0,3", "1_0.", " .3x"])
def test_what_is_no_number_stays_none(said: str) -> None:
    with pytest.raises(PenjingError) as caught:
        settle({"lr": said})
    assert caught.value.finding.rule == "bad-setting"


@pytest.mark.parametrize("said", [".5", "5.", "-.5e2"])
def test_a_word_that_looks_like_a_number_stays_a_word(said: str) -> None:
    assert settle({"group": said}).data.group == said


def test_a_word_that_is_none_of_its_setting_is_answered_with_all_and_the_nearest() -> None:
    with pytest.raises(PenjingError) as caught:
        settle({"optimizer": "adma"})
    assert caught.value.finding.what == "`optimizer` cannot be 'adma': it is one of adamw, adam, sgd, adagrad, muon"
    assert caught.value.finding.try_ == "did you mean `adam`?  optimizer=adamw|adam|sgd|adagrad|muon"


def test_rows_of_settings_show_the_words_that_a_setting_may_be() -> None:
    rows = {row.name: row for row in settings_of(Train)}
    assert rows["keep"].meaning == f"last, best: {rows['keep'].description}"
    assert rows["lr"].meaning == rows["lr"].description


@pytest.mark.parametrize("typed", [{}, {"optimizer": "muon"}])
def test_what_goes_with_the_optimizer_of_the_task_stays(typed: dict[str, Any]) -> None:
    settled = settle(typed, choices=OF_MUON)
    assert (settled.train.lr, settled.train.weight_decay, settled.train.momentum) == (0.01, 0.05, 0.8)


@pytest.mark.parametrize(
    ("optimizer", "usual"),
    [("sgd", (0.1, 1e-4, 0.9)), ("adamw", (1e-3, 0.01, 0.9)), ("adam", (1e-3, 0, 0.9)), ("adagrad", (0.01, 0, 0.9))],
)
def test_another_optimizer_takes_what_it_usually_takes(optimizer: str, usual: tuple[float, ...]) -> None:
    settled = settle({"optimizer": optimizer}, choices=OF_MUON)
    assert (settled.train.lr, settled.train.weight_decay, settled.train.momentum) == usual
    assert settled.origins["weight_decay"] == Choice(usual[1], "default", f"what {optimizer} usually takes")
    assert settle({"optimizer": optimizer, "weight_decay": 0.3}, choices=OF_MUON).train.weight_decay == 0.3
    assert settled.train.warmup == 0.1  # has nothing to do with the optimizer


@pytest.mark.parametrize("said", ["PJ002,PJ006", ("PJ002", "PJ006"), ["PJ002", "PJ006"]])
def test_rules_to_ignore_are_typed_or_listed(said: Any) -> None:
    assert settle({"ignore": said}).train.ignore == ("PJ002", "PJ006")


def test_a_list_of_any_group_is_typed_with_commas() -> None:
    assert settle({"sides": ".5,2."}).options.sides == (0.5, 2.0)
    assert settle({"milestones": ".25,.5", "schedule": "step"}).train.milestones == (0.25, 0.5)


def test_a_config_survives_json() -> None:
    settled = settle({"ignore": "PJ002,PJ006"})
    assert settled.train.ignore == ("PJ002", "PJ006")
    again = msgspec.json.decode(msgspec.json.encode(settled), type=Config[Options])
    assert (again.train, again.options, again.data) == (settled.train, settled.options, settled.data)


def test_what_was_chosen_is_told_apart_from_plain_defaults() -> None:
    assert set(settling.chosen(settle({"clip": "2"}).origins)) == {"lr", "model", "clip", "source"}
