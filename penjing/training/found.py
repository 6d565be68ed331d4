"""What is found of one training, from its data to its end: each finding once, as the run keeps them."""

from collections.abc import Iterable

from penjing.findings import Finding
from penjing.rules import in_order
from penjing.run import Run


class Found:
    """Gathers findings of whoever has any: rules, settings, observers that failed, a checkpoint of before.

    Args:
        run: that keeps them, whenever `write` is called.
        findings: known already.
    """

    def __init__(self, run: Run, findings: Iterable[Finding]) -> None:
        self._run = run
        self._findings: list[Finding] = []
        self.add(*findings)

    def add(self, *findings: Finding) -> None:
        """Take in what is new."""
        for finding in findings:
            if finding not in self._findings:
                self._findings.append(finding)

    def in_order(self) -> list[Finding]:
        """The one to mend first in front."""
        return in_order(self._findings)

    def write(self) -> None:
        """Into the run."""
        self._run.write_findings(self.in_order())
