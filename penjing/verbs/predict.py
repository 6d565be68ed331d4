"""predict: answers of a file, or of a run, to raw inputs. A file needs no torch."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from penjing.findings import Finding, PenjingError, stop
from penjing.verbs.outcome import Outcome
from penjing.verbs.words import CONTEXT, parse

if TYPE_CHECKING:
    from penjing.runtime.pipeline import Predictor


def predict(source: str | Path, *inputs: Any, settings: Mapping[str, Any] | None = None) -> list[Any]:
    """Answer raw inputs.

    Args:
        source: an artifact's file, or a run's folder (with torch).
        inputs: paths of pictures, prompts, observations: what the pipeline opens.
        settings: parameters of its steps to change, such as {"temperature": 0.8}.
    """
    return _predictor(source).with_settings(settings or {})(inputs)


def _predictor(source: str | Path) -> "Predictor":
    if Path(source).is_dir():
        from penjing.verbs.opened import open_for_judging

        return open_for_judging(source).predictor
    from penjing.runtime.artifact import Artifact

    return Artifact(source).predictor


@click.command(context_settings=CONTEXT)
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="FILE|RUN INPUT ... [KEY=VALUE ...]")
@click.option("--prompt", multiple=True, metavar="TEXT", help="A text input; the same as an INPUT.")
def command(words: tuple[str, ...], prompt: tuple[str, ...]) -> Outcome:
    """Answer inputs: pictures, prompts, observations. Parameters of the pipeline are KEY=VALUE."""
    sources, settings = parse(words)
    if not sources or not (inputs := [*sources[1:], *prompt]):
        raise stop(
            "usage",
            "predict needs a file or run, and at least one input",
            where="penjing predict",
            why="nothing was done.",
            try_="penjing predict digits.onnx a.png;  penjing predict names.onnx --prompt An",
        )
    answers = _predictor(sources[0]).with_settings(settings).answer_what_opens(inputs)
    refused = {value: error for value, error in zip(inputs, answers, strict=True) if isinstance(error, PenjingError)}
    if len(inputs) == len(refused) == 1:
        raise refused[inputs[0]]
    pairs = [(value, answer) for value, answer in zip(inputs, answers, strict=True) if value not in refused]
    found = (_not_opened(refused, len(inputs)),) if refused else ()
    if not pairs:
        raise PenjingError(*found)
    return Outcome(
        result=[{"input": value, "answer": answer} for value, answer in pairs],
        show=lambda console: console.print("\n".join(f"{value}  {answer}" for value, answer in pairs), markup=False),
        findings=found,
        is_whole=not refused,
    )


def _not_opened(refused: Mapping[str, PenjingError], count: int) -> Finding:
    """All inputs that could not be opened, in one finding."""
    reasons = {value: error.finding.what for value, error in refused.items()}
    tries = dict.fromkeys(error.finding.try_ for error in refused.values())
    return Finding(
        rule="not-opened",
        severity="error",
        what=f"{len(refused):,} of {count:,} inputs cannot be opened"
        + ("; the others are answered" if len(refused) < count else ""),
        where="\n".join(f"{value}: {reason}" for value, reason in reasons.items()),
        why="what cannot be opened has no answer.",
        try_="; ".join(tries),
        evidence={"not_opened": reasons},
    )
