"""PJ402 map-ignores-the-weights: a network with shuffled weights gives much the same maps.

What it sees: Spearman's rank correlation of each test picture's map with that of the same network after the entries of
    every weight tensor were shuffled; the mean over pictures with its 95 % interval.
Why it hurts: a map that does not need what was learned tells of the picture (its edges, its ink), not of the network.
How to mend: use another method or another baseline picture; a map that is multiplied with the picture itself, as with a
    black baseline, resembles the picture whatever the weights are.
What it cannot see: whether the map is right; only that it depends on what was learned.
Threshold: the interval's upper end is not below 0.5. Source: Adebayo et al., "Sanity checks for saliency maps",
    NeurIPS 2018 (with fresh weights in place of shuffled ones); the 0.5 is ours: sound maps of small networks gave less
    than 0.1, an edge detector gives 1.
"""

import msgspec

from penjing.findings import Finding
from penjing.rules.rule import Rule

MOST = 0.5


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """Mean rank correlation of maps before and after the weights were shuffled."""

    method: str
    correlation: float
    low: float
    high: float
    pictures: int


def check(seen: Evidence) -> Finding | None:
    """Say so unless the maps are clearly unlike."""
    if seen.high < MOST:
        return None
    return Finding(
        rule=RULE.id,
        severity=RULE.severity,
        what="the maps hardly change when the weights are shuffled: rank correlation "
        f"{seen.correlation:.2f} [{seen.low:.2f}, {seen.high:.2f}]",
        where=f"{seen.method}, {seen.pictures} test pictures",
        why="such maps tell of the pictures, not of what the network has learned.",
        try_="do not argue from these maps; was the network trained at all?  penjing evaluate RUN",
        evidence=msgspec.structs.asdict(seen),
    )


RULE = Rule(id="PJ402", name="map-ignores-the-weights", severity="warning", needs=Evidence, check=check)
