"""Every rule can be imported, and its docstring is a whole page."""

import importlib
import inspect
import subprocess
import sys

import pytest

from penjing.findings import PenjingError
from penjing.rules import RULES, in_order, load
from penjing.rules.rule import Rule

HEADINGS = ("What it sees: ", "Why it hurts: ", "How to mend: ", "What it cannot see: ", "Threshold: ")


@pytest.mark.parametrize("id", RULES)
def test_a_rule_is_what_its_module_is_called(id: str) -> None:
    rule = load(id)
    assert isinstance(rule, Rule)
    assert rule.id == id
    assert rule.name.replace("-", "_") == RULES[id]
    assert rule.severity in ("error", "warning", "note")


@pytest.mark.parametrize("id", RULES)
def test_a_page_has_its_headings_in_order_and_a_source(id: str) -> None:
    page = inspect.getdoc(importlib.import_module(f"penjing.rules.{RULES[id]}")) or ""
    assert page.startswith(f"{id} {load(id).name}: ")
    places = [page.find(f"\n{heading}") for heading in HEADINGS]
    assert -1 not in places
    assert places == sorted(places)
    assert " Source: " in " ".join(page[places[-1] :].split())


@pytest.mark.parametrize("id", RULES)
def test_a_rule_needs_no_torch(id: str) -> None:
    """Rules are pure functions: only observing needs PyTorch."""
    module = importlib.import_module(f"penjing.rules.{RULES[id]}")
    assert "torch" not in vars(module)


def test_all_rules_load_without_torch() -> None:
    load_all = "import sys; from penjing.rules import RULES, load; [load(id) for id in RULES]"
    code = f"{load_all}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_unknown_rule_is_answered_with_the_nearest() -> None:
    with pytest.raises(PenjingError) as caught:
        load("PJ1022")
    assert caught.value.finding.rule == "unknown-rule"
    assert "`PJ102`" in caught.value.finding.try_


def test_causes_stand_before_symptoms_and_errors_before_warnings() -> None:
    from penjing.findings import Finding

    found = [
        Finding(rule=rule, severity=severity, what="", where="", why="", try_="")
        for rule, severity in (("PJ101", "warning"), ("PJ201", "error"), ("PJ005", "note"), ("PJ202", "error"))
    ]
    assert [one.rule for one in in_order(found)] == ["PJ202", "PJ201", "PJ101", "PJ005"]
