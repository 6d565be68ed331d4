"""A prompt is gone on with, one character after the other, each drawn from what the network expects next."""

from typing import Annotated, ClassVar

import msgspec
import numpy as np
from msgspec import Meta

from penjing.randomness import generator
from penjing.runtime.engine import Engine
from penjing.runtime.steps.open_prompt import decode


class Text(msgspec.Struct, frozen=True):
    """What was written: each sample whole, the prompt at its beginning."""

    texts: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(("", *self.texts)) if len(self.texts) > 1 else self.texts[0]


class SampleText(msgspec.Struct, frozen=True, tag="sample-text"):
    """Calls a graph `characters (B,), state (B, L, D) -> logits (B, V), next_state (B, L, D)` once a character.

    What is drawn is a function of seed, prompt and number of the sample, whatever else is asked at the same time.
    """

    adjustable: ClassVar = ("length", "samples", "temperature", "seed")

    graph: str
    characters: str  # the vocabulary, UNKNOWN first
    end: str  # the character that ends a text; empty where only `length` does
    layers: int  # L
    width: int  # D
    length: Annotated[int, Meta(ge=1, le=100_000)]  # most characters after the prompt
    samples: Annotated[int, Meta(ge=1, le=10_000)] = 1  # texts for each prompt
    temperature: Annotated[float, Meta(ge=0)] = 1.0  # 1: as the network expects; lower: safer; 0: always the likeliest
    seed: Annotated[int, Meta(ge=0)] = 0

    def __call__(self, values: list[np.ndarray], engine: Engine) -> list[Text]:
        """Prompts (n,) int64 to texts; all samples of all prompts go through the graph together."""
        rows = [(prompt, sample) for prompt in values for sample in range(self.samples)]
        texts = self._write(rows, engine) if rows else []
        return [Text(tuple(texts[i : i + self.samples])) for i in range(0, len(texts), self.samples)]

    def _write(self, rows: list[tuple[np.ndarray, int]], engine: Engine) -> list[str]:
        begins = np.array([len(prompt) for prompt, _ in rows])
        text = np.full((len(rows), begins.max() + self.length), -1)  # -1: not written yet
        for row, (prompt, _) in zip(text, rows, strict=True):
            row[: len(prompt)] = prompt
        draws = np.stack([self._draws(prompt, sample) for prompt, sample in rows])  # (N, length)
        end = self.characters.index(self.end) if self.end else -1

        going = np.arange(len(rows))  # rows that are not at their end, (B,)
        before = np.zeros(len(rows), dtype=np.int64)  # UNKNOWN stands before each text
        state = np.zeros((len(rows), self.layers, self.width), dtype=np.float32)
        for t in range(text.shape[1]):
            outputs = engine.run(self.graph, {"characters": before, "state": state})
            free = text[going, t] < 0
            mine = going[free]
            text[mine, t] = self._choose(outputs["logits"][free], draws[mine, t - begins[mine]])
            is_over = (free & (text[going, t] == end)) | (t + 1 >= begins[going] + self.length)
            going, state = going[~is_over], outputs["next_state"][~is_over]
            before = text[going, t]
            if not len(going):
                break
        return [decode(row[row >= 0], self.characters).removesuffix(self.end) for row in text]

    def _draws(self, prompt: np.ndarray, sample: int) -> np.ndarray:
        return generator(self.seed, f"sample after {decode(prompt, self.characters)}", sample).random(self.length)

    def _choose(self, logits: np.ndarray, draws: np.ndarray) -> np.ndarray:
        """The next character of each row (B,): where its draw in [0, 1) falls in the cumulated probabilities."""
        logits = logits[:, 1:].astype(np.float64)  # UNKNOWN is never written
        if self.temperature == 0:
            return 1 + logits.argmax(axis=1)
        weights = np.exp((logits - logits.max(axis=1, keepdims=True)) / self.temperature)
        cumulated = weights.cumsum(axis=1)  # (B, V - 1)
        return 1 + (cumulated <= draws[:, None] * cumulated[:, -1:]).sum(axis=1)
