"""The rules of the data, asked of a data set that was read and divided."""

from penjing.data.dataset import Dataset
from penjing.findings import Finding
from penjing.rules import RULES, in_order, load


def check_data(data: Dataset) -> list[Finding]:
    """What the rules of the data find, the one to mend first in front."""
    rules = [load(id) for id in RULES if id.startswith("PJ0")]
    found = [rule.check(rule.needs.of(data)) for rule in rules]
    return in_order(finding for finding in found if finding is not None)
