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
    is_whole: bool = True  # False where a part of what was asked for could not be done, as a finding says

    @property
    def ok(self) -> bool:
        """Nothing of severity error was found."""
        return not has_error(self.findings)

    @property
    def exit_code(self) -> int:
        """0 done and nothing wrong; 1 done, and the answer is no; 2 not done, or not all of it."""
        return 2 if not self.is_whole else 0 if self.ok else 1
