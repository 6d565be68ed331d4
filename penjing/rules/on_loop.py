"""The rules of a training loop, asked of what was seen of it."""

from penjing.findings import Finding
from penjing.rules import RULES, load
from penjing.rules.trace import Trace

ON_LOOPS = ("PJ1", "PJ2")  # how the ids of these rules begin


def check_loop(trace: Trace) -> list[Finding]:
    """What the rules of a loop find, in the order of the catalogue."""
    rules = [load(id) for id in RULES if id.startswith(ON_LOOPS)]
    found = [rule.check(rule.needs.of(trace)) for rule in rules]
    return [finding for finding in found if finding is not None]
