"""Findings of several runs: what more than one of them has is told once."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from penjing.findings import Finding
from penjing.rules import in_order


class Found(NamedTuple):
    """A finding, with its figures in the first run that has it."""

    finding: Finding
    runs: list[str]


def across_runs(findings: Mapping[str, Iterable[Finding]]) -> list[Found]:
    """By rule and place, in order of importance; figures differ between runs that have the same fault.

    Args:
        findings: of each run, by its name.
    """
    found: dict[tuple[str, str], Found] = {}
    for run, of_run in findings.items():
        for finding in of_run:
            runs = found.setdefault((finding.rule, finding.where), Found(finding, [])).runs
            if run not in runs:
                runs.append(run)
    order = in_order(one.finding for one in found.values())
    return [found[finding.rule, finding.where] for finding in order]
