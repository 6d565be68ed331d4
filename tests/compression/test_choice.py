"""Only a version that is no worse and whose gain is real is chosen."""

import msgspec
import pytest

from penjing.compression.choice import Candidate, Goal, agreement, choose
from penjing.compression.latency import Speedup
from penjing.evaluation.scores import Difference, Score
from penjing.runtime.steps.name_class import Classification
from penjing.runtime.steps.read_value import Value

SAME = Difference(value=0.0, low=0.0, high=0.0)
FP32 = Candidate(
    name="fp32",
    how="fp32",
    size_bytes=1000,
    score=Score(name="accuracy", value=0.9, low=0.88, high=0.92, method="Wilson", n=500),
    less_fp32=SAME,
    agreement=1.0,
    milliseconds={1: 1.0, 32: 10.0},
    speedup={1: Speedup(1, 1, 1), 32: Speedup(1, 1, 1)},
)
FOLDED = msgspec.structs.replace(FP32, name="folded", size_bytes=900, speedup={1: Speedup(1.2, 1.1, 1.3)})
INT8 = msgspec.structs.replace(FP32, name="int8", size_bytes=300, speedup={1: Speedup(2.0, 1.9, 2.1)})
SLOW = msgspec.structs.replace(INT8, speedup={1: Speedup(0.8, 0.7, 0.9)})
UNSURE = msgspec.structs.replace(INT8, speedup={1: Speedup(1.2, 1.01, 1.4)})
WORSE = msgspec.structs.replace(INT8, less_fp32=Difference(value=-0.05, low=-0.07, high=-0.03))
PERHAPS = msgspec.structs.replace(INT8, less_fp32=Difference(value=-0.02, low=-0.04, high=0.0))


@pytest.mark.parametrize(
    ("others", "goal", "chosen", "rules"),
    [
        ([FOLDED, INT8], "size", "int8", []),
        ([FOLDED, INT8], "speed", "int8", []),
        ([FOLDED, SLOW], "speed", "folded", ["PJ411"]),
        ([SLOW], "size", "int8", ["PJ411"]),
        ([SLOW], "speed", "fp32", ["PJ411"]),
        ([UNSURE], "speed", "fp32", ["PJ411"]),
        ([FOLDED, WORSE], "size", "folded", ["PJ412"]),
        ([WORSE], "size", "fp32", ["PJ412"]),
        ([PERHAPS], "size", "fp32", ["PJ412"]),
        ([msgspec.structs.replace(FOLDED, size_bytes=990)], "size", "fp32", []),
        ([], "size", "fp32", []),
    ],
)
def test_choice(others: list[Candidate], goal: Goal, chosen: str, rules: list[str]) -> None:
    best, findings = choose([FP32, *others], goal)
    assert best.name == chosen
    assert [finding.rule for finding in findings] == rules
    assert all(finding.severity == "note" for finding in findings)  # fp32 being best is an answer, not a fault


def test_agreement_is_the_share_of_equal_labels() -> None:
    labels = [Classification(label, 1.0, (1.0,)) for label in "abcd"]
    assert agreement(labels, [*labels[:3], labels[0]]) == 0.75
    assert agreement([Value(1.0, "count")], [Value(1.0, "count")]) is None
