"""Reading with the truth forced, held against the formula."""

import numpy as np
import pytest

from penjing.runtime.steps import read_text as read_text_step
from penjing.runtime.steps.open_prompt import encode
from penjing.runtime.steps.read_text import Reading, read_text
from tests.runtime.writers import CHARACTERS, BigramEngine, writer

TEXTS = encode(["ab\n", "n\n", "ban", "\n"], CHARACTERS)


def test_a_text_costs_the_sum_over_its_characters_the_end_included() -> None:
    engine = BigramEngine()
    log_p = engine.logits - np.log(np.exp(engine.logits).sum(axis=1, keepdims=True))
    for text, reading in zip(TEXTS, read_text(TEXTS, writer(), engine), strict=True):
        expected = -sum(log_p[before, after] for before, after in zip([0, *text[:-1]], text, strict=True))
        assert np.isclose(reading.nats, expected, rtol=1e-6)
        assert reading.characters == len(text)


def test_texts_of_any_length_are_read_together_and_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = BigramEngine()
    together = read_text(TEXTS, writer(), engine)
    assert engine.batches == [4, 3, 2]
    assert [read_text([text], writer(), BigramEngine())[0] for text in TEXTS] == together
    monkeypatch.setattr(read_text_step, "BATCH", 2)
    assert read_text(TEXTS, writer(), BigramEngine()) == together


def test_no_text_is_no_reading() -> None:
    assert read_text([], writer(), BigramEngine()) == list[Reading]()
