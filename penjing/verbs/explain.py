"""explain: what moved a classifier's answers, pixel by pixel, and whether that deserves belief."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click
import msgspec

from penjing.evaluation.scores import Score
from penjing.findings import Finding, PenjingError, stop
from penjing.verbs.outcome import Outcome
from penjing.verbs.words import one_source

if TYPE_CHECKING:
    from rich.console import Console

    from penjing.data.dataset import Split
    from penjing.explanation.belief import Belief
    from penjing.tasks.classify import Classifier
    from penjing.verbs.opened import Opened

SHOWN = 6  # test pictures, where no input is given
TESTED = 64  # test pictures, for the two tests of belief


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """One answer and its map."""

    input: str
    answer: str
    truth: str | None  # None for an input that you gave
    file: str  # the picture beside its map, a PNG
    completeness_error: float  # what the map's sum misses of the logit's change, as a share of it


class Explanations(msgspec.Struct, frozen=True, kw_only=True):
    """Maps, and whether to believe them."""

    method: str
    baseline: tuple[float, ...]  # the color of the picture that says nothing, each channel in 0..255
    explanations: tuple[Explanation, ...]
    deletion: Score  # probability kept when pixels go in random order, less that in the map's order
    shuffled: Score  # rank correlation with the maps of shuffled weights
    findings: tuple[Finding, ...]


def explain(run: str | Path, *inputs: Any) -> Explanations:
    """Explain a classifier's answers by integrated gradients, and test whether the maps deserve belief.

    The drawings are written into the run's folder `explanations`. Both tests of belief take up to 64 test pictures.

    Args:
        run: a trained run's folder.
        inputs: pictures, as paths or arrays; a few test pictures where none is given, wrongly answered ones first.

    Raises:
        PenjingError: `not-for-this-task`; `no-network` for a file or a compressed run; those of opening and reading.
    """
    from penjing import files
    from penjing.explanation.classifiers import classifier_of, explained, mean_color
    from penjing.explanation.drawing import side_by_side
    from penjing.explanation.gradients import METHOD
    from penjing.verbs.opened import open_for_judging

    opened = open_for_judging(run)
    if opened.network is None:
        raise _no_network(opened)
    classifier = classifier_of(opened.task.graphs(opened.network, opened.spec), opened.config.task)
    test = opened.data().splits["test"]
    subjects = _given(inputs) if inputs else _wrong_first(opened, test)

    pictures: Any = opened.predictor.pipeline.steps[0](  # a pipeline opens raw inputs first
        [subject.input for subject in subjects], opened.predictor.engine
    )
    answers = opened.predictor(pictures)
    x, _, maps, errors = explained(classifier, pictures)
    done = []
    for i, (subject, answer) in enumerate(zip(subjects, answers, strict=True)):
        path = opened.path / "explanations" / f"{i + 1}-{re.sub(r'[^0-9A-Za-z]+', '-', Path(subject.name).stem)}.png"
        seen = x[i].permute(1, 2, 0).byte().numpy()  # (H, W, C), as the network gets it
        files.write(path, side_by_side(seen, maps[i].numpy()))
        done.append(
            Explanation(
                input=subject.name,
                answer=str(answer),
                truth=subject.truth,
                file=str(path),
                completeness_error=float(errors[i]),
            )
        )
    belief = _believe(opened, classifier, test)
    return Explanations(
        method=METHOD,
        baseline=tuple(mean_color(classifier).flatten().tolist()),
        explanations=tuple(done),
        deletion=belief.deletion,
        shuffled=belief.shuffled,
        findings=belief.findings,
    )


class _Subject(NamedTuple):
    """An input to explain."""

    input: Any
    name: str
    truth: str | None


def _given(inputs: Sequence[Any]) -> list[_Subject]:
    return [
        _Subject(value, str(value) if isinstance(value, str | Path) else f"input {i + 1}", None)
        for i, value in enumerate(inputs)
    ]


def _wrong_first(opened: "Opened", test: "Split") -> list[_Subject]:
    """A few test pictures, those that were answered wrongly in front."""
    answers, truths = opened.task.answers(opened.predictor, test)
    names = [opened.spec.classes[truth] for truth in truths]
    order = sorted(range(len(test)), key=lambda i: answers[i].label == names[i])
    return [_Subject(test.inputs[i], test.name(i), names[i]) for i in order[:SHOWN]]


def _believe(opened: "Opened", classifier: "Classifier", test: "Split") -> "Belief":
    """Both tests, on test pictures drawn by the run's seed."""
    from penjing.explanation.belief import believe
    from penjing.explanation.classifiers import explained, logits_of, mean_color
    from penjing.randomness import generator

    at = generator(opened.config.seed, "explain").permutation(len(test))[:TESTED]
    x, targets, maps, _ = explained(classifier, [test.inputs[i] for i in at])
    return believe(logits_of(classifier), x, targets, maps, mean_color(classifier), opened.config.seed)


def _no_network(opened: "Opened") -> PenjingError:
    parent = opened.run.parent if opened.run else None
    return stop(
        "no-network",
        f"{opened.path} is {'a file' if opened.run is None else 'compressed'}: explain needs the network's weights",
        where=str(opened.path),
        why="gradients are taken through the network, and a graph for inference has none.",
        try_=f"penjing explain {parent or 'RUN'}",
    )


def show(done: Explanations, console: "Console") -> None:
    """The drawings, and whether to believe them."""
    from penjing.verbs.text import show_line, table

    rows = [
        (
            one.input,
            one.answer,
            "" if one.truth is None else one.truth,
            f"{one.completeness_error:.1%}",
            Path(one.file).name,
        )
        for one in done.explanations
    ]
    color = ", ".join(f"{channel:.0f}" for channel in done.baseline)
    verdict = "do not believe these maps" if done.findings else "both tests passed"
    console.print(table(["input", "answer", "truth", "error", "drawing"], rows))
    for about, text in {
        "drawings": f"in {Path(done.explanations[0].file).parent}: red pixels moved the answer up, blue ones down",
        "method": f"{done.method} of the answer's logit, from a plain picture of the mean color ({color})",
        "error": "what the map's sum misses of the logit's change",
        "deletion": f"{_interval(done.deletion)} less probability kept than with pixels in random order",
        "weights": f"rank correlation {_interval(done.shuffled)} with maps of the same weights, shuffled",
        "belief": f"{verdict}  (n = {done.deletion.n} test pictures, 95 % intervals)",
    }.items():
        show_line(console, f"{about:10}", text)


def _interval(score: Score) -> str:
    return f"{score.value:.3f} [{score.low:.3f}, {score.high:.3f}]"


@click.command()
@click.argument("words", nargs=-1, metavar="RUN [INPUT ...]")
def command(words: tuple[str, ...]) -> Outcome:
    """Show what moved a classifier's answers, and test whether these maps deserve belief."""
    done = explain(one_source(words[:1]), *words[1:])
    return Outcome(result=done, findings=done.findings, show=lambda console: show(done, console))
