"""Rule: an id, a severity, what it needs to see, and a pure function of that evidence.

Each rule is one file whose docstring is its documentation page: what it sees, why it hurts, how to mend, what it cannot
see, its threshold and source.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from penjing.findings import Finding, Severity


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the catalogue."""

    id: str  # "PJ101"
    name: str  # the fault, not the remedy: "loss-at-start"
    severity: Severity
    needs: type[Any]  # the evidence, a frozen struct; its `of` reads it from a trace or a data set
    check: Callable[[Any], Finding | None]
