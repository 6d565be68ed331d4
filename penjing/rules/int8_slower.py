"""PJ411 int8-slower: the int8 version answers no faster than fp32 on this machine.

What it sees: the time of an fp32 answer over that of an int8 answer, one input at a time, in interleaved rounds, with
    the 95 % interval of its median.
Why it hurts: int8 is chosen for its speed, yet turning numbers to bytes and back costs time of its own; on layers of
    few channels or pictures of few pixels this is more than the integer products save.
How to mend: keep fp32, unless the smaller file is what is wanted (--goal size).
What it cannot see: other machines, above all those without VNNI or with other kernels; other batch sizes.
Threshold: the interval's lower end lies below 1.05 times faster. Source: ours; the 5 % is what a busy machine's median
    moves by from one measurement to the next.
"""

import msgspec

from penjing.findings import Finding
from penjing.rules.rule import Rule

LEAST = 1.05


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """fp32's time over int8's for one input."""

    speedup: float
    low: float
    high: float


def check(seen: Evidence) -> Finding | None:
    """Say so unless int8 is clearly faster."""
    if seen.low >= LEAST:
        return None
    how = "is slower than fp32" if seen.high < 1 else "is not clearly faster than fp32"
    return Finding(
        rule=RULE.id,
        severity=RULE.severity,
        what=f"int8 {how} here: {seen.speedup:.2f} times as fast [{seen.low:.2f}, {seen.high:.2f}]",
        where="this machine, one input at a time, ONNX Runtime",
        why="turning numbers to bytes and back costs more than the integer products save.",
        try_="keep fp32 where speed is the aim; int8 still is the smaller file (--goal size)",
        evidence=msgspec.structs.asdict(seen),
    )


RULE = Rule(id="PJ411", name="int8-slower", severity="note", needs=Evidence, check=check)
