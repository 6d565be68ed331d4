"""What an evaluation leaves behind: a split's score with all that must stand beside it. No torch."""

from typing import Any

import msgspec

from penjing.evaluation.scores import Difference, Scores


class Baseline(msgspec.Struct, frozen=True):
    """What one gets without our network, and by how much ours is better."""

    scores: Scores
    ours_less_this: Difference


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """A split's score, never alone."""

    split: str
    scores: Scores
    baselines: dict[str, Baseline]
    cost: dict[str, Any]
    engine: str
    data_fingerprint: str
    times_scored: int  # how often this split was looked at; a test looked at forty times is no longer a test
