"""list: each list is its table, whole; a model is a table of its layers."""

import importlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from penjing import config
from penjing.data.readers import READERS
from penjing.findings import PenjingError
from penjing.models import MODELS
from penjing.rules import RULES
from penjing.tasks import TASKS, classify
from penjing.verbs.layer_table import model_layers
from penjing.verbs.list import listing, rule_in_brief
from tests.conftest import Said


@pytest.mark.parametrize(
    ("kind", "table"), [("tasks", TASKS), ("models", MODELS), ("rules", RULES), ("readers", READERS)]
)
def test_every_name_of_the_table_is_listed(kind: str, table: dict[str, object]) -> None:
    assert [row[0] for row in listing(kind).rows] == list(table)


@pytest.mark.parametrize("id", RULES)
def test_a_rule_read_as_text_is_what_it_is_when_imported(id: str) -> None:
    """The oracle is the imported module."""
    module = importlib.import_module(f"penjing.rules.{RULES[id]}")
    name, severity, finds = rule_in_brief(RULES[id])
    assert (id, name, severity) == (module.RULE.id, module.RULE.name, module.RULE.severity)
    assert module.__doc__.startswith(f"{id} {name}: {finds}")


def test_settings_are_those_of_the_groups_and_of_the_task() -> None:
    common = [
        field for group in (config.Data, config.Model, config.Train, config.Seed) for field in group.__struct_fields__
    ]
    common.remove("source")  # the first word, and no KEY=VALUE
    assert [row[0] for row in listing("settings").rows] == common
    assert [row[0] for row in listing("settings", "classify").rows] == [*common, *classify.Options.__struct_fields__]


def test_every_setting_says_what_it_is() -> None:
    for name in TASKS:
        assert [row[0] for row in listing("settings", name).rows if not row[3]] == []


def test_an_unknown_kind_is_answered_with_the_nearest() -> None:
    with pytest.raises(PenjingError) as caught:
        listing("ruls")
    assert "`rules`" in caught.value.finding.try_


def test_a_list_needs_no_torch() -> None:
    code = "import sys; sys.modules['torch'] = None; from penjing.verbs.list import listing; print(listing('models'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert "resnet18" in done.stdout


def test_a_models_layers_are_a_table_with_its_sums(cli: Callable[..., Said], monkeypatch: pytest.MonkeyPatch) -> None:
    """VGG-16 of its paper: 138 million weights; 15.5 thousand million multiply-adds; 212 pixels (Araujo et al.)."""
    monkeypatch.setenv("COLUMNS", "140")
    said = cli("list", "models", "vgg16", "--size", "224", "--channels", "3", "--classes", "1000")
    assert said.code == 0
    lines = [line.split() for line in said.out.splitlines()]
    assert lines[0] == ["layer", "kind", "kernel", "stride", "padding", "output", "sees", "parameters", "MACs"]
    assert ["features.30", "MaxPool2d", "2x2", "2", "0", "512x7x7", "212x212", "0", "0"] in lines
    assert ["classifier.6", "Linear", "1000", "all", "4,097,000", "4,096,000"] in lines
    assert ["total", "138,357,544", "15,470,264,320"] in lines
    assert "objects larger than 212 pixels are never seen whole" in said.err


def test_the_names_of_layers_are_whole_in_a_narrow_terminal(
    cli: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = [line.rstrip() for line in cli("list", "models", "resnet20").out.splitlines()]
    at = lines.index("stages.0.conv1")
    assert lines[at + 1].split() == ["Conv2d", "3x3", "1", "1", "16x32x32", "5x5", "2,304", "2,359,296"]
    assert max(map(len, lines)) <= 80


def test_a_network_that_there_is_not_is_no_training_that_failed(cli: Callable[..., Said]) -> None:
    (finding,) = cli("list", "models", "resnet5O", "--json").json["findings"]
    assert "nothing to train" not in finding["why"]
    assert finding["where"] == "penjing list models resnet5O"
    assert "`resnet5" in finding["try"]


def test_a_models_layers_are_json_too(cli: Callable[..., Said]) -> None:
    said = cli("list", "models", "cnn", "--size", "20x30", "--channels", "3", "--json").json
    assert said["ok"]
    assert [finding["rule"] for finding in said["findings"]] == ["small-receptive-field"]
    layers = said["result"]["layers"]
    assert layers["picture"] == [3, 20, 30]
    first = layers["rows"][0]
    assert (first["name"], first["kind"], first["parameters"]) == ("stages.0.conv", "Conv2d", 3 * 32 * 9)
    assert first["macs"] == 3 * 32 * 9 * 20 * 30
    assert [first[side] for side in ("kernel", "stride", "padding", "dilation")] == [[3, 3], [1, 1], [1, 1], [1, 1]]
    assert (first["output"], first["receptive_field"]) == ([32, 20, 30], [3, 3])
    assert first["padding_share"] == pytest.approx(1 - (58 * 88) / (3 * 20 * 3 * 30))
    assert layers["macs"] == sum(row["macs"] for row in layers["rows"])


def test_a_network_of_the_users_own_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "looked_nets.py").write_text(
        "from torch import nn\n"
        "def small(spec):\n"
        "    return nn.Sequential(nn.Conv2d(spec.channels, 4, 5, dilation=2), nn.Flatten(), nn.Linear(256, 3))\n"
    )
    found = model_layers("looked_nets.py:small", size=16, channels=1, classes=3)
    assert [(row.kind, row.receptive_field) for row in found.layers.rows] == [
        ("Conv2d", (9, 9)),
        ("Flatten", "all"),
        ("Linear", "all"),
    ]
    with pytest.raises(PenjingError) as caught:
        model_layers("looked_nets.py:small", size=17, channels=1, classes=3)
    assert caught.value.finding.rule == "model-fails"


def test_a_network_of_torchvisions_is_looked_at(torchvision_models: object) -> None:
    """Its own figure for ResNet-18: 11,689,512 weights; 435 pixels by the formula."""
    found = model_layers("torchvision:resnet18")
    assert found.layers.parameters == 11_689_512
    assert found.layers.rows[-3].receptive_field == (435, 435)
    assert found.findings == ()


@pytest.mark.parametrize(
    ("words", "rule", "says"),
    [
        (("models", "resnet5O"), "unknown-model", "did you mean"),
        (("models", "nosuch"), "unknown-model", "penjing list models  shows all"),
        (("models", "char_gru"), "other-task", "penjing list models"),
        (("models", "cnn", "mlp"), "usage", "penjing list models"),
        (("models", "--size", "32"), "usage", "penjing list models"),
        (("settings", "classify", "--classes", "3"), "usage", "penjing list models"),
        (("models", "cnn", "--size", "big"), "bad-setting", "size=96"),
        (("models", "fast", "--size", "1"), "model-fails", "--size"),
    ],
)
def test_what_cannot_be_listed_is_one_finding(
    cli: Callable[..., Said], words: tuple[str, ...], rule: str, says: str
) -> None:
    said = cli("list", *words, "--json")
    assert said.code == 2
    (finding,) = said.json["findings"]
    assert finding["rule"] == rule
    assert says in finding["try"]
