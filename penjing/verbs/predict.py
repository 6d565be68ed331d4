"""predict: answers of a file, or of a run, to raw inputs. A file needs no torch."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from penjing.findings import stop
from penjing.verbs.outcome import Outcome
from penjing.verbs.words import CONTEXT, parse


def predict(source: str | Path, *inputs: Any, settings: Mapping[str, Any] | None = None) -> list[Any]:
    """Answer raw inputs.

    Args:
        source: an artifact's file, or a run's folder (with torch).
        inputs: paths of pictures, prompts, observations: what the pipeline opens.
        settings: parameters of its steps to change, such as {"temperature": 0.8}.
    """
    if Path(source).is_dir():
        from penjing.runtime.pipeline import Predictor
        from penjing.verbs.opened import open_for_judging

        pipeline, engine = open_for_judging(source).predictor
        return Predictor(pipeline.with_settings(settings or {}), engine)(inputs)
    from penjing.runtime.artifact import Artifact

    return Artifact(source).predict(*inputs, settings=settings)


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
    answers = predict(sources[0], *inputs, settings=settings)
    pairs = list(zip(inputs, answers, strict=True))
    return Outcome(
        result=[{"input": value, "answer": answer} for value, answer in pairs],
        show=lambda console: console.print("\n".join(f"{value}  {answer}" for value, answer in pairs), markup=False),
    )
