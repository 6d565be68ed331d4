"""Texts are read with the truth forced: what each character cost, by the very graph that writes."""

from collections.abc import Sequence

import msgspec
import numpy as np

from penjing.runtime.engine import Engine
from penjing.runtime.steps.sample_text import SampleText

BATCH = 512  # texts that go through the graph together


class Reading(msgspec.Struct, frozen=True):
    """How well a text was foreseen."""

    nats: float  # sum over its characters, the one that ends it included
    characters: int


def read_text(texts: Sequence[np.ndarray], writer: SampleText, engine: Engine) -> list[Reading]:
    """Read each text from a fresh state, many at a time.

    Args:
        texts: the numbers of their characters, (n,) int64 each.
        writer: whose graph reads.
        engine: runs it.
    """
    readings = [Reading(0.0, 0)] * len(texts)
    longest_first = sorted(range(len(texts)), key=lambda i: -len(texts[i]))  # so that those still going come first
    for start in range(0, len(texts), BATCH):
        at = longest_first[start : start + BATCH]
        for i, nats in zip(at, _nats([texts[i] for i in at], writer, engine), strict=True):
            readings[i] = Reading(float(nats), len(texts[i]))
    return readings


def _nats(texts: Sequence[np.ndarray], writer: SampleText, engine: Engine) -> np.ndarray:
    """The cost of each text (B,) float64; the longest come first."""
    lengths = np.array([len(text) for text in texts])
    nats = np.zeros(len(texts))
    before = np.zeros(len(texts), dtype=np.int64)  # UNKNOWN stands before each text
    state = np.zeros((len(texts), writer.layers, writer.width), dtype=np.float32)
    for t in range(lengths.max()):
        n = int((lengths > t).sum())  # texts that have a character here
        outputs = engine.run(writer.graph, {"characters": before[:n], "state": state[:n]})
        logits, state = outputs["logits"].astype(np.float64), outputs["next_state"]
        before = np.array([text[t] for text in texts[:n]])
        largest = logits.max(axis=1)
        log_sum = largest + np.log(np.exp(logits - largest[:, None]).sum(axis=1))
        nats[:n] += log_sum - logits[np.arange(n), before]
    return nats
