"""Rules: Karpathy's "Recipe for Training Neural Networks" as pure functions of evidence, one file each."""

import importlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from penjing.findings import Finding, did_you_mean, stop

if TYPE_CHECKING:
    from penjing.rules.rule import Rule

RULES: dict[str, str] = {  # id: module in this folder; the order is that of importance: causes before their symptoms
    "PJ203": "never_stepped",
    "PJ204": "loss_cut_off",
    "PJ202": "step_before_backward",
    "PJ227": "cleared_before_step",
    "PJ106": "parameter_not_in_optimizer",
    "PJ102": "softmax_before_cross_entropy",
    "PJ001": "unreadable_file",
    "PJ029": "class_folder_passed_over",
    "PJ027": "class_names_alike",
    "PJ002": "duplicate_across_splits",
    "PJ015": "group_across_splits",
    "PJ004": "contradicting_labels",
    "PJ007": "class_missing_from_split",
    "PJ030": "constant_label",
    "PJ006": "likely_wrong_labels",
    "PJ110": "training_in_eval_mode",
    "PJ111": "evaluating_in_train_mode",
    "PJ101": "loss_at_start",
    "PJ201": "gradients_not_cleared",
    "PJ205": "not_a_number",
    "PJ009": "imbalance",
    "PJ025": "test_too_small",
    "PJ005": "duplicates_within_split",
    "PJ301": "difference_within_noise",
    "PJ401": "map_no_better_than_random",
    "PJ402": "map_ignores_the_weights",
    "PJ412": "score_lost",
    "PJ411": "int8_slower",
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
