"""PJ401 map-no-better-than-random: removing what the map calls important changes the answer no faster than chance.

What it sees: for each test picture, the mean probability of the answer while pixels are removed in random order, less
    the same in the map's order, most important first; the mean over pictures with its 95 % interval.
Why it hurts: such a map shows pixels that did not move the answer. A person who believes it mends the wrong thing.
How to mend: look at more pictures; train longer; a network that answers by chance has nothing to be explained.
What it cannot see: whether pictures with pixels removed still are such as the network knows (Hooker et al., 2019).
Threshold: the interval's lower end is not above 0. Source: the deletion test of Petsiuk, Das and Saenko, "RISE", BMVC
    2018; Samek et al., "Evaluating the visualization of what a deep neural network has learned", TNNLS 2017.
"""

import msgspec

from penjing.findings import Finding
from penjing.rules.rule import Rule


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """Probability kept under random deletion less that under the map's, positive where the map is better."""

    method: str
    difference: float
    low: float
    high: float
    pictures: int


def check(seen: Evidence) -> Finding | None:
    """Say so unless the map is clearly better than chance."""
    if seen.low > 0:
        return None
    return Finding(
        rule=RULE.id,
        severity=RULE.severity,
        what="removing the most important pixels first lowers the answer's probability no faster than any pixels: "
        f"by {seen.difference:+.3f} [{seen.low:+.3f}, {seen.high:+.3f}] more",
        where=f"{seen.method}, {seen.pictures} test pictures",
        why="the maps show pixels that did not move the answer.",
        try_="do not argue from these maps; penjing evaluate RUN  tells whether there is an answer to explain",
        evidence=msgspec.structs.asdict(seen),
    )


RULE = Rule(id="PJ401", name="map-no-better-than-random", severity="warning", needs=Evidence, check=check)
