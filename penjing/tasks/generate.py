"""Generate: what comes next in a text, one character after the other.

    text (n,) -> network -> logits (n, V) of the character after each -> drawn, one by one

Training sees whole texts at once; the one exported graph, `step`, reads a single character with the state before it,
and both writing and scoring call it. The functions stand in the order of a training; see `tasks/task.py`.
"""

import math
import textwrap
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated

import msgspec
import numpy as np
import torch
import torch.nn.functional as F
from msgspec import Meta
from torch import Tensor, nn

from penjing.config import Choice, Config
from penjing.data.batches import Share, Shuffled
from penjing.data.dataset import Dataset, Form, Split, Truth
from penjing.evaluation.drawing import Drawing, text_svg
from penjing.evaluation.intervals import Groups
from penjing.evaluation.ngram import NGram
from penjing.evaluation.scores import Scores, bootstrapped
from penjing.findings import stop
from penjing.models.char_gru import CharGRU
from penjing.runtime.pipeline import Pipeline, Predictor
from penjing.runtime.steps.open_prompt import UNKNOWN, OpenPrompt, encode
from penjing.runtime.steps.read_text import Reading, read_text
from penjing.runtime.steps.sample_text import SampleText, Text
from penjing.tasks import networks
from penjing.tasks.task import Graph, Loss, Signature, Stream, expect_shape, keep, nothing, uncalibrated
from penjing.tasks.texts import PADDING, Batch, Texts

form: Form = "text"
truths: tuple[Truth, ...] = ("input",)
WIDTH = 256  # units of each layer where `width` does not say


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What only this task can be told."""

    layers: Annotated[int, Meta(ge=1, description="layers above each other")] = 1


class Spec(msgspec.Struct, frozen=True):
    """What the data fixes, and the shape of the state."""

    characters: str  # the vocabulary: UNKNOWN, then each character of the train split
    are_lines: bool  # each text is one line and ends with it; otherwise texts are blocks of a longer one
    longest: int  # characters of the longest text in the train split
    layers: int
    width: int


def choices(data: Dataset) -> Mapping[str, Choice]:
    """Where this task starts from: many short texts a step, or few long ones."""
    texts = data.splits["train"].inputs
    are_short = sum(map(len, texts)) < 64 * len(texts)
    batch_size, steps = (256, 500) if are_short else (32, 400)
    return {
        "model": Choice("char_gru", "default", "its state is all that writing has to carry on"),
        "batch_size": Choice(batch_size, "found in the data", f"the texts are {'short' if are_short else 'long'}"),
        "budget": Choice(f"{steps}steps", "default", "well past a trigram; a long text still gains from more"),
        "lr": Choice(8e-3, "default", "the lowest validation score of those tried on names"),
        "keep": Choice("best", "default", "a small text is soon known by heart"),
    }


prepare = keep


def describe(data: Dataset, config: Config[Options]) -> Spec:
    """The vocabulary of the train split, and whether its texts are lines."""
    texts = data.splits["train"].inputs
    return Spec(
        characters=UNKNOWN + "".join(sorted(set("".join(texts)) - {UNKNOWN})),
        are_lines=all(text.find("\n") == len(text) - 1 for text in texts),
        longest=max(len(text) for text in texts),
        layers=config.options.layers,
        width=config.model.width or WIDTH,
    )


def network(spec: Spec, config: Config[Options]) -> nn.Module:
    """A GRU, or the user's: x (B, T) int64 -> logits (B, T, V), and a method `step` as in `models/char_gru.py`."""
    gru = partial(CharGRU, len(spec.characters), width=spec.width, layers=spec.layers, dropout=0.2)
    picked = networks.pick(config.model, {"char_gru": gru}, spec)
    if not hasattr(picked, "step"):
        raise stop(
            "not-a-network",
            f"`{config.model.model}` has no method `step`",
            where=f"model={config.model.model}",
            why="a text is written one character at a time, each from the state that the one before it left.",
            try_="def step(self, x, state): ...  (B,), (B, layers, width) -> logits (B, V), the next state",
        )
    return picked


def stream(split: Split, network: nn.Module, spec: Spec, config: Config[Options], share: Share) -> Stream:
    """Batches of a split."""
    texts = [torch.from_numpy(text) for text in encode(split.inputs, spec.characters)]
    return Texts(texts, Shuffled(len(split), config.train.batch_size, config.seed, share))


def loss(network: nn.Module, batch: Batch, spec: Spec, config: Config[Options]) -> Loss:
    """Cross-entropy in nats per character, the mean over the characters of the batch."""
    logits = network(batch.x)  # (B, T, V)
    expect_shape("logits", logits, (*batch.y.shape, len(spec.characters)))
    return Loss(F.cross_entropy(logits.flatten(0, 1), batch.y.flatten(), ignore_index=PADDING))


after_step = nothing
calibrate = uncalibrated


def start_loss(spec: Spec) -> float:
    """What an untrained network gives: ln V nats."""
    return math.log(len(spec.characters))


class Step(nn.Module):
    """One character further: what is exported."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, characters: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """(B,) int64 and (B, L, D) float32 -> logits (B, V) of the next character, and the state after this one."""
        return self.network.step(characters, state)  # type: ignore[operator]


def graphs(network: nn.Module, spec: Spec) -> Mapping[str, Graph]:
    """One graph, called once a character."""
    inputs = {
        "characters": Signature(("batch",), "int64"),
        "state": Signature(("batch", spec.layers, spec.width), "float32"),
    }
    return {"step": Graph(Step(network), inputs, ("logits", "next_state"))}


def pipeline(spec: Spec) -> Pipeline:
    """Open a prompt, and go on with it: to the end of a line, or for some lines of prose."""
    writer = SampleText(
        "step",
        spec.characters,
        end="\n" if spec.are_lines else "",
        layers=spec.layers,
        width=spec.width,
        length=2 * spec.longest if spec.are_lines else 200,
    )
    return Pipeline((OpenPrompt(spec.characters, lowercase=spec.characters == spec.characters.lower()), writer))


def samples(data: Dataset, spec: Spec) -> Sequence[str]:
    """The empty prompt, and the beginnings of test texts that the vocabulary covers."""
    texts = [text for text in data.splits["test"].inputs if set(text) <= set(spec.characters[1:])]
    return ["", *(text[:length] for text, length in zip(texts, (1, 2, 3, 5), strict=False))]


def answers(predictor: Predictor, split: Split) -> tuple[Sequence[Reading], Sequence[str]]:
    """Each text read with the truth forced, through the graph that writes."""
    (writer,) = (step for step in predictor.pipeline.steps if isinstance(step, SampleText))
    return read_text(encode(split.inputs, writer.characters), writer, predictor.engine), list(split.truths)


def score(answers: Sequence[Reading], truths: Sequence[str], spec: Spec, groups: Groups = None) -> Scores:
    """Bits per character over all texts, the ends of lines included."""
    bits = np.array([answer.nats for answer in answers]) / math.log(2)
    characters = np.array([answer.characters for answer in answers])

    def ratio(at: np.ndarray) -> float:
        return float(bits[at].sum() / characters[at].sum())

    primary, draws = bootstrapped("bits per character", len(answers), ratio, higher_is_better=False, groups=groups)
    return Scores(primary=primary, draws=tuple(draws.tolist()), details={"characters": int(characters.sum())})


def baselines(data: Dataset, spec: Spec, split: Split) -> Mapping[str, Sequence[Reading]]:
    """N-gram models of the train split."""
    train, texts = encode(data.splits["train"].inputs, spec.characters), encode(split.inputs, spec.characters)
    models = {name: NGram(train, n, len(spec.characters)) for n, name in enumerate(("unigram", "bigram", "trigram"), 1)}
    return {name: list(map(Reading, model.nats(texts).tolist(), map(len, texts))) for name, model in models.items()}


def draw(example: str, answer: Reading | Text, truth: str, spec: Spec) -> Drawing:
    """The text with what it cost; or, where the answer was written to a prompt, what was written."""
    if isinstance(answer, Text):
        return Drawing(_lines("\n".join(answer.texts)), f"written after {example!r}")
    bits = answer.nats / answer.characters / math.log(2)
    return Drawing(_lines(example), f"{bits:.2f} bits per character")


def _lines(text: str) -> str:
    return text_svg([row for line in text.splitlines() for row in textwrap.wrap(line, 40) or [""]])
