"""Findings of several runs: one that several have is told once, whatever its figures."""

from penjing.findings import Finding, Severity
from penjing.rules.across_runs import Found, across_runs


def finding(rule: str, where: str, what: str = "", severity: Severity = "warning") -> Finding:
    return Finding(rule=rule, severity=severity, what=what, where=where, why="it hurts.", try_="this")


def test_one_that_several_runs_have_is_told_once_with_the_figures_of_the_first() -> None:
    high, higher = finding("PJ101", "before the first step", "3.1"), finding("PJ101", "before the first step", "3.2")
    assert across_runs({"a": [high], "b": [], "c": [higher, higher]}) == [Found(high, ["a", "c"])]


def test_other_places_and_rules_stand_alone_in_order_of_importance() -> None:
    one, other = finding("PJ110", "net.py:3"), finding("PJ110", "net.py:7")
    note, error = finding("PJ006", "#4", severity="note"), finding("PJ205", "step 3", severity="error")
    told = across_runs({"a": [note, one], "b": [other, error]})
    assert told == [Found(error, ["b"]), Found(one, ["a"]), Found(other, ["b"]), Found(note, ["a"])]
