"""Finding: the one way in which Penjing says that something is wrong or worth knowing.

A data fault, a training rule that fired, an artifact that does not match, a mistyped word: all are findings. Raised, a
finding is `PenjingError` (exit code 2, no traceback); listed, it is a row; in `--json` it is an object with these keys.
"""

import difflib
from collections.abc import Iterable, Sequence
from typing import Any, Literal

import msgspec

CLOSE = 0.65  # of difflib: `cnm` is close to `cnn`, and `nope.png` is not to `nets.py`
Severity = Literal["error", "warning", "note"]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong, where, why it hurts and what to try; never less than all four."""

    rule: str  # "PJ101", or a kebab-case name such as "unknown-setting" where no rule of the catalogue applies
    severity: Severity
    what: str  # with the figure
    where: str  # file, line, module, batch
    why: str  # why it hurts, one sentence
    try_: str = msgspec.field(name="try")  # a command or a line of code where possible
    evidence: dict[str, Any] = {}  # JSON


class PenjingError(Exception):
    """A finding that ends the work: the command line shows it and leaves with exit code 2."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(f"{finding.what} ({finding.where}). {finding.why} Try: {finding.try_}")
        self.finding = finding


def stop(
    rule: str, what: str, *, where: str, why: str, try_: str, evidence: dict[str, Any] | None = None
) -> PenjingError:
    """Make the error to raise: `raise stop("no-such-path", ...)`. Severity is always error."""
    return PenjingError(
        Finding(rule=rule, severity="error", what=what, where=where, why=why, try_=try_, evidence=evidence or {})
    )


def has_error(findings: Iterable[Finding]) -> bool:
    """Say whether any finding is an error, so that the answer of the command is no (exit code 1)."""
    return any(finding.severity == "error" for finding in findings)


def listed(names: Sequence[str], most: int = 3) -> str:
    """The first few names, and how many more there are."""
    return ", ".join(names[:most]) + (f" and {len(names) - most:,} more" if len(names) > most else "")


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like the one typed, whatever the case, or None where nothing is near."""
    by_lower = {one.lower(): one for one in known}
    turned = [one for one in by_lower if sorted(one) == sorted(word.lower())]  # the same letters in another order
    matches = turned or difflib.get_close_matches(word.lower(), list(by_lower), n=1, cutoff=CLOSE)
    return by_lower[matches[0]] if matches else None


def did_you_mean(word: str, known: Iterable[str], *, otherwise: str) -> str:
    """The sentence for `try`: the nearest known word where there is one, and `otherwise` in any case."""
    match = nearest(word, known)
    return f"did you mean `{match}`?  {otherwise}" if match else otherwise
