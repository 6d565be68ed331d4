"""A prompt, a string, becomes the numbers of its characters."""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from penjing.findings import stop
from penjing.runtime.engine import Engine

UNKNOWN = "\ufffd"  # first of every vocabulary: what stands before a text, and any character that training never saw


class OpenPrompt(msgspec.Struct, frozen=True, tag="open-prompt"):
    """Reads a prompt character by character, after lowering its case where the vocabulary has no capitals."""

    characters: str  # the vocabulary, UNKNOWN first
    lowercase: bool

    def __call__(self, values: list[Any], engine: Engine) -> list[np.ndarray]:
        """Each string, which may be empty, to (n,) int64.

        Raises:
            PenjingError: `not-text`, or `unknown-character` with all that the network never saw.
        """
        return encode([self._known(value) for value in values], self.characters)

    def _known(self, value: Any) -> str:
        if not isinstance(value, str):
            raise stop(
                "not-text",
                f"a prompt is text, not {type(value).__name__}",
                where=repr(value)[:60],
                why="this network goes on with characters.",
                try_="penjing predict FILE --prompt An",
            )
        text = value.lower() if self.lowercase else value
        unknown = sorted(set(text) - set(self.characters[1:]))
        if unknown:
            raise stop(
                "unknown-character",
                f"the network never saw {', '.join(repr(character) for character in unknown)}",
                where=f"prompt {value!r}",
                why="what it would write after a character it cannot read means nothing.",
                try_=f"use these: {''.join(c for c in self.characters[1:] if c.isprintable())}",
            )
        return text


def encode(texts: Sequence[str] | np.ndarray, characters: str) -> list[np.ndarray]:
    """Texts to the numbers of their characters, (n,) int64 each; UNKNOWN's, 0, for those not in the vocabulary."""
    number = {character: i for i, character in enumerate(characters)}
    return [np.array([number.get(character, 0) for character in text], dtype=np.int64) for text in texts]


def decode(numbers: np.ndarray, characters: str) -> str:
    """What `encode` encoded."""
    return "".join(characters[i] for i in numbers)
