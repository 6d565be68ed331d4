"""Prompts: characters that the network knows, or a finding that names those it does not."""

import numpy as np
import pytest

from penjing.findings import PenjingError
from penjing.runtime.steps.open_prompt import UNKNOWN, OpenPrompt, decode, encode
from tests.runtime.writers import NO_ENGINE

OPEN = OpenPrompt(UNKNOWN + "\nabn", lowercase=True)


def test_each_character_becomes_its_place_in_the_vocabulary() -> None:
    first, empty = OPEN(["ban", ""], NO_ENGINE)
    assert first.tolist() == [3, 2, 4]
    assert (empty.shape, empty.dtype) == ((0,), np.int64)


def test_capitals_are_lowered_only_where_the_vocabulary_has_none() -> None:
    assert OPEN(["An"], NO_ENGINE)[0].tolist() == OPEN(["an"], NO_ENGINE)[0].tolist()
    (kept,) = OpenPrompt(UNKNOWN + "Aan", lowercase=False)(["An"], NO_ENGINE)
    assert kept.tolist() == [1, 3]


@pytest.mark.parametrize("prompt", ["naxb?", "NaXb?", f"a{UNKNOWN}"])
def test_unknown_characters_are_named(prompt: str) -> None:
    with pytest.raises(PenjingError) as caught:
        OPEN(["ab", prompt], NO_ENGINE)
    assert caught.value.finding.rule == "unknown-character"
    assert all(repr(character) in caught.value.finding.what for character in set(prompt.lower()) - set("abn"))


def test_what_is_not_text_is_refused() -> None:
    with pytest.raises(PenjingError) as caught:
        OPEN([3], NO_ENGINE)
    assert caught.value.finding.rule == "not-text"


def test_encoding_is_undone_and_strangers_become_the_unknown() -> None:
    (numbers,) = encode(["banzn"], OPEN.characters)
    assert decode(numbers, OPEN.characters) == f"ban{UNKNOWN}n"
