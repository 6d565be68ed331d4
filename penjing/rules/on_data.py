"""The rules of the data, asked of a data set that was read and divided."""

from typing import Any

from penjing.data.dataset import Dataset
from penjing.findings import Finding
from penjing.rules import RULES, in_order, load


def check_data(data: Dataset, options: Any = None) -> list[Finding]:
    """What the rules of the data find, the one to mend first in front.

    Args:
        data: as it was read.
        options: the task's own, of a training on it; what they mend already is not told.
    """
    rules = [load(id) for id in RULES if id.startswith("PJ0") and id not in _mended(options)]
    found = [rule.check(rule.needs.of(data)) for rule in rules]
    return in_order(finding for finding in found if finding is not None)


def _mended(options: Any) -> list[str]:
    """Ids of rules whose remedy is in use."""
    return ["PJ009"] if getattr(options, "balance", "none") != "none" else []
