"""Rules: Karpathy's "Recipe for Training Neural Networks" as pure functions of evidence, one file each."""

import importlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from penjing.findings import Finding, did_you_mean, stop

if TYPE_CHECKING:
    from penjing.rules.rule import Rule

RULES: dict[str, str] = {  # id: module in this folder; the order is that of importance: causes before their symptoms
    "PJ002": "duplicate_across_splits",
}


def load(id: str) -> "Rule":
    """A rule by its id.

    Raises:
        PenjingError: `unknown-rule` with the nearest id.
    """
    if id.upper() not in RULES:
        raise stop(
            "unknown-rule",
            f"there is no rule {id}",
            where=id,
            why="there is no page to show.",
            try_=did_you_mean(id.upper(), RULES, otherwise="penjing list rules"),
        )
    rule: Rule = importlib.import_module(f"penjing.rules.{RULES[id.upper()]}").RULE
    return rule


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """The one to mend first stands first: errors, warnings, notes, and among equals the cause before its symptom."""
    severities = ["error", "warning", "note"]
    order = list(RULES)
    place = {id: i for i, id in enumerate(order)}
    return sorted(findings, key=lambda found: (severities.index(found.severity), place.get(found.rule, len(order))))
