"""Examples: wrong ones first, few enough, and no more of the split answered than it takes to find them."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from penjing.data.dataset import Split
from penjing.evaluation.drawing import Drawing
from penjing.reports.examples import LOOKED_AT, MOST_BYTES, SHOWN, Examples, examples


def drawn(rights: Sequence[bool | None], *, svg: str = "<svg/>") -> Examples:
    """A task whose example i is right where `rights` says so."""

    def answers(predictor: Any, split: Split) -> tuple[list[int], list[int]]:
        return list(split.inputs), list(split.truths)

    def draw(example: int, answer: int, truth: int, spec: Any) -> Drawing:
        assert example == answer == truth
        return Drawing(svg, f"answer {example}", rights[example])

    task: Any = SimpleNamespace(answers=answers, draw=draw)
    numbers = list(range(len(rights)))
    split = Split(numbers, numbers, [f"file {i}" for i in numbers])
    no_predictor: Any = None
    return examples(task, no_predictor, None, "test", split)


def captions(found: Examples) -> list[list[str]]:
    return [[example.drawing.caption for example in kind] for kind in found.kinds]


def test_wrong_ones_come_first() -> None:
    found = drawn([True, False, True, False])
    assert captions(found) == [["answer 1", "answer 3"], ["answer 0", "answer 2"]]
    assert found.kinds[0][0].name == "file 1"


def test_a_split_that_is_sorted_by_class_is_shown_across_its_classes() -> None:
    found = drawn([None] * 600)
    shown = [int(caption.removeprefix("answer ")) for caption in captions(found)[0]]
    assert min(shown) < 200 < 400 < max(shown)


def test_rare_mistakes_are_looked_for_through_the_split() -> None:
    found = drawn([i != 400 for i in range(450)])
    assert captions(found)[0] == ["answer 400"]
    assert found.looked_at == 450
    assert found.shown == 1 + SHOWN


@pytest.mark.parametrize(
    ("rights", "looked_at"),
    [([None] * 300, SHOWN), ([False] * 300, SHOWN), ([True] * 2000, LOOKED_AT), ([True] * 3, 3), ([], 0)],
    ids=["neither", "all wrong", "all right", "few", "none"],
)
def test_no_more_is_answered_than_needed(rights: list[bool | None], looked_at: int) -> None:
    found = drawn(rights)
    assert found.looked_at == looked_at
    assert all(len(kind) <= SHOWN for kind in found.kinds)


def test_drawings_stay_within_the_page() -> None:
    found = drawn([False] * 6 + [True] * 6, svg="x" * 250_000)
    assert 0 < sum(len(example.drawing.svg) for kind in found.kinds for example in kind) <= MOST_BYTES
