"""Which version is worth its name: only one that is no worse, and whose gain is real."""

from collections.abc import Sequence
from typing import Literal, TypeGuard

import msgspec

from penjing.compression.latency import Speedup
from penjing.evaluation.scores import Difference, Score
from penjing.findings import Finding
from penjing.rules import int8_slower, score_lost
from penjing.runtime.steps.name_class import Classification

Goal = Literal["size", "speed"]
GAIN = 1.05  # times smaller or faster; less is not worth another file


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a run, judged on the validation split and timed on this machine beside fp32."""

    name: str  # "fp32", "folded", "int8"
    how: str
    size_bytes: int
    score: Score
    less_fp32: Difference  # of the score, paired; positive where this version is better
    agreement: (
        float | None
    )  # share of examples with fp32's answer, the sharper figure; None where answers are not names
    milliseconds: dict[int, float]  # by batch size, the median
    speedup: dict[int, Speedup]  # over fp32, by batch size


def choose(candidates: Sequence[Candidate], goal: Goal) -> tuple[Candidate, list[Finding]]:
    """The best version for the goal, and what speaks against the others.

    Args:
        candidates: fp32 first.
        goal: `size` takes the smallest file, `speed` the fastest answer to one input.
    """
    fp32, others = candidates[0], candidates[1:]
    lost = {candidate.name: _score_lost(candidate, fp32) for candidate in others}
    slower = [_int8_slower(candidate) for candidate in others if candidate.name == "int8"]
    worthy = [c for c in others if lost[c.name] is None and _gain(c, fp32, goal) >= GAIN]
    chosen = max(worthy, key=lambda c: _gain(c, fp32, goal), default=fp32)
    return chosen, [finding for finding in (*lost.values(), *slower) if finding is not None]


def agreement(answers: Sequence[object], fp32: Sequence[object]) -> float | None:
    """The share of examples that get fp32's label; None where the answers are not classifications."""
    labels = [(a.label, b.label) for a, b in zip(answers, fp32, strict=True) if _named(a) and _named(b)]
    return sum(a == b for a, b in labels) / len(labels) if labels else None


def _named(answer: object) -> TypeGuard[Classification]:
    return isinstance(answer, Classification)


def _gain(candidate: Candidate, fp32: Candidate, goal: Goal) -> float:
    """Times smaller, or the least that the interval allows of times faster."""
    return fp32.size_bytes / candidate.size_bytes if goal == "size" else candidate.speedup[1].low


def _score_lost(candidate: Candidate, fp32: Candidate) -> Finding | None:
    return score_lost.check(
        score_lost.Evidence(
            version=candidate.name,
            score=candidate.score.name,
            fp32=fp32.score.value,
            difference=candidate.less_fp32.value,
            low=candidate.less_fp32.low,
            high=candidate.less_fp32.high,
            examples=candidate.score.n,
        )
    )


def _int8_slower(candidate: Candidate) -> Finding | None:
    one = candidate.speedup[1]
    return int8_slower.check(int8_slower.Evidence(speedup=one.value, low=one.low, high=one.high))
