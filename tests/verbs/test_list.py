"""list: each list is its table, whole."""

import importlib

import pytest

from penjing import config
from penjing.data.readers import READERS
from penjing.findings import PenjingError
from penjing.models import MODELS
from penjing.rules import RULES
from penjing.tasks import TASKS, classify
from penjing.verbs.list import listing, rule_in_brief


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
    assert [row[0] for row in listing("settings").rows] == common
    assert [row[0] for row in listing("settings", "classify").rows] == [*common, *classify.Options.__struct_fields__]


def test_every_setting_says_what_it_is() -> None:
    for name in TASKS:
        assert [row[0] for row in listing("settings", name).rows if not row[3]] == []


def test_an_unknown_kind_is_answered_with_the_nearest() -> None:
    with pytest.raises(PenjingError) as caught:
        listing("ruls")
    assert "`rules`" in caught.value.finding.try_
