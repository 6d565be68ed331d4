"""The verdict: one sentence that claims no more than the interval allows; and what to read before it."""

from collections import Counter
from collections.abc import Iterable

from penjing.evaluation.record import Baseline, Evaluation
from penjing.findings import Finding


def verdict(evaluation: Evaluation) -> str:
    """The score against the best baseline: clearly better, clearly worse, or within noise."""
    primary = evaluation.scores.primary
    score = f"{primary.name} {primary.value_text} {primary.interval_text} on {primary.n:,} {evaluation.split} examples"
    score = score[0].upper() + score[1:]
    if not evaluation.baselines:
        return f"{score}; this task has no baseline to hold it against."
    name, best = best_baseline(evaluation)
    difference = best.ours_less_this
    claim = "within noise of"
    if difference.is_clear:
        claim = "clearly better than" if difference.value > 0 else "clearly worse than"
    against = f"the best baseline, {name} ({best.scores.primary.value_text})"
    return f"{score}: {claim} {against}; the paired difference is {difference}."


def best_baseline(evaluation: Evaluation) -> tuple[str, Baseline]:
    """The baseline that is hardest to beat."""
    return min(evaluation.baselines.items(), key=lambda item: item[1].ours_less_this.value)


def caution(findings: Iterable[Finding]) -> str | None:
    """What to read before the score, or None where nothing is wrong; notes are no reason for doubt."""
    counts = Counter(finding.severity for finding in findings)
    found = [
        f"{counts[severity]} {severity}{'s' if counts[severity] > 1 else ''}"
        for severity in ("error", "warning")
        if counts[severity]
    ]
    them = "it" if sum(counts[severity] for severity in ("error", "warning")) == 1 else "them"
    return f"{' and '.join(found)} found: read {them} before the score." if found else None
