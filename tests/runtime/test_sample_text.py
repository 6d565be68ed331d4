"""Sampling: seeded, as often as the network expects, and independent of what else is asked."""

import numpy as np
import pytest

from penjing.runtime.steps.open_prompt import encode
from tests.runtime.writers import CHARACTERS, BigramEngine, writer

PROMPTS = encode(["ab", "", "n"], CHARACTERS)


def test_the_same_seed_writes_the_same_and_another_does_not() -> None:
    first, again = (writer(samples=20, seed=3)(PROMPTS, BigramEngine()) for _ in range(2))
    assert first == again
    assert writer(samples=20, seed=4)(PROMPTS, BigramEngine()) != first


def test_what_is_written_does_not_depend_on_what_else_is_asked() -> None:
    together = writer(samples=20)(PROMPTS, BigramEngine())
    alone = [writer(samples=20)([prompt], BigramEngine())[0] for prompt in PROMPTS]
    assert together == alone
    assert writer(samples=5)(PROMPTS[:1], BigramEngine())[0].texts == alone[0].texts[:5]


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_characters_come_as_often_as_their_probabilities_say(temperature: float) -> None:
    engine = BigramEngine()
    (text,) = writer(samples=4000, length=1, end="", temperature=temperature)(PROMPTS[:1], engine)
    weights = np.exp(engine.logits[3, 1:].astype(np.float64) / temperature)  # after "ab"; UNKNOWN is never written
    p = weights / weights.sum()
    counts = np.array([sum(sample == f"ab{character}" for sample in text.texts) for character in CHARACTERS[1:]])
    assert counts.sum() == 4000
    chi_squared = ((counts - 4000 * p) ** 2 / (4000 * p)).sum()
    assert chi_squared < 16.3  # 99.9 % of draws from p stay below, 3 degrees of freedom


def test_temperature_zero_takes_the_likeliest() -> None:
    engine = BigramEngine()
    (text,) = writer(temperature=0, length=1, end="")(PROMPTS[:1], engine)
    assert text.texts[0] == "ab" + CHARACTERS[1 + engine.logits[3, 1:].argmax()]


def test_a_text_stops_at_the_end_character_or_at_its_length() -> None:
    for text in writer(samples=50)(PROMPTS, BigramEngine()):
        assert all(len(sample) <= 4 and "\n" not in sample for sample in text.texts)
    (text,) = writer(length=2, samples=50)(PROMPTS[:1], BigramEngine())
    assert max(map(len, text.texts)) == 4  # the prompt and two


def test_prompts_and_samples_share_each_call_of_the_graph() -> None:
    engine = BigramEngine()
    writer(samples=10)(PROMPTS, engine)
    assert engine.batches[0] == 30
    assert len(engine.batches) == 5  # four characters and the end
    assert sorted(engine.batches, reverse=True) == engine.batches  # those at their end are left out


def test_nothing_asked_is_nothing_written() -> None:
    assert writer()([], BigramEngine()) == []


def test_a_person_sees_samples_one_a_line() -> None:
    (one, *_), (several, *_) = (writer(samples=n)(PROMPTS, BigramEngine()) for n in (1, 3))
    assert str(one) == one.texts[0]
    assert str(several) == "\n" + "\n".join(several.texts)
