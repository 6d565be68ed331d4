"""Outcome: what a verb gives to the command line, which shows it to a person or as one JSON object."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from penjing.findings import Finding, has_error

if TYPE_CHECKING:
    from rich.console import Console


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The result, what was found on the way, and how a person is shown it."""

    result: Any  # JSON, or a struct
    show: Callable[["Console"], None]  # prints the result for people; findings are printed by the command line
    findings: tuple[Finding, ...] = ()

    @property
    def ok(self) -> bool:
        """Nothing of severity error was found."""
        return not has_error(self.findings)
