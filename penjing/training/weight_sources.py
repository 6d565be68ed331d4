"""Weights to begin from, by the name that the setting `weights` gives: a run, a file, or a library's name."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import torch
from torch import Tensor

from penjing import files
from penjing.config import Beginning, Choice
from penjing.findings import stop
from penjing.run import Run
from penjing.training.library_weights import LIBRARIES, Published, located
from penjing.training.weight_files import tensors_in

ANSWERED = ("classes", "characters", "actions")  # by which of these names a Spec says what the last layer answers
NUMBER = "name"  # or by this one, where it is a single number
NOTHING: Mapping[str, Choice] = MappingProxyType({})


class Weights(NamedTuple):
    """Weights as they stand on disk, and what is known of them."""

    name: str  # by which they are found again, from any folder
    tensors: Mapping[str, Tensor]
    beginning: Beginning
    choices: Mapping[str, Choice] = NOTHING  # settings of the network that they are of
    task: str | None = None  # of the run that they come from
    answers: tuple[str, ...] | None = None  # what the last layer answers, in its order; None: not known

    def choices_beside(self, asked: Mapping[str, Choice]) -> Mapping[str, Choice]:
        """The settings of their network, unless another network was asked for."""
        own, said = self.choices.get("model"), asked.get("model")
        return NOTHING if own and said and said.value != own.value else self.choices


def find(name: str, *, download: bool = False) -> Weights:
    """Read weights by their name.

    Args:
        name: a run's folder; a file that torch or safetensors wrote; `torchvision:` or `timm:` and a name of theirs.
        download: whether a library's file may be fetched where it is not here.

    Raises:
        PenjingError: `no-such-path`, `not-a-run`, `compressed-run`, `no-weights`, `weights-damaged`; those of
            `tensors_in`; those of `library_weights`.
    """
    path = Path(name)
    if path.is_dir():
        return _of_run(Run.open(path.resolve()))
    if path.exists():
        content = files.read(path)
        return Weights(str(path.resolve()), tensors_in(content, path), _beginning(content))
    library, colon, published = name.partition(":")
    if colon and library in LIBRARIES:
        return _of_library(LIBRARIES[library](published), download=download)
    raise files.no_such_path(path)


def again(name: str, beginning: Beginning, *, download: bool = False) -> Weights:
    """Read weights once more.

    Raises:
        PenjingError: `weights-changed` where they are not what they were; those of `find`.
    """
    weights = find(name, download=download)
    if weights.beginning.sha256 != beginning.sha256:
        raise stop(
            "weights-changed",
            f"{name} has changed: sha256 {weights.beginning.sha256[:16]}..., then {beginning.sha256[:16]}...",
            where=f"weights={name}",
            why="a training from other weights is another training.",
            try_="restore the weights, or train anew from what they are now",
        )
    return weights


def output_labels(spec: Mapping[str, Any]) -> tuple[str, ...] | None:
    """What the last layer answers, in its order; None where a task's Spec does not say."""
    found = next((spec[name] for name in ANSWERED if name in spec), None)
    if found is not None:
        return tuple(found)
    return (spec[NUMBER],) if NUMBER in spec else None


def _of_run(run: Run) -> Weights:
    if run.parent is not None:
        raise stop(
            "compressed-run",
            f"{run.path} was compressed from another run, and holds graphs in place of weights",
            where=f"weights={run.path}",
            why="there is nothing in it to begin from.",
            try_=f"weights={run.parent}",
        )
    config = run.config
    arrays = run.weights(config.train.keep)
    content = files.read(run.path / "weights" / f"{config.train.keep}.safetensors")
    spec = files.read_json(run.path / "spec.json", dict[str, Any])
    given = {"model": config.model.model} | ({"width": config.model.width} if config.model.width else {})
    return Weights(
        name=str(run.path),
        tensors={name: torch.from_numpy(array.copy()) for name, array in arrays.items()},
        beginning=_beginning(content, *(_channels(spec.get(key)) for key in ("mean", "std"))),
        choices={
            key: Choice(value, "file", f"the weights' run, {run.path.name}, says so") for key, value in given.items()
        },
        task=config.task,
        answers=output_labels(spec),
    )


def _of_library(published: Published, *, download: bool) -> Weights:
    path = located(published, download=download)
    content = files.read(path)
    return Weights(
        name=published.name,
        tensors=tensors_in(content, path),
        beginning=_beginning(content, published.mean, published.std),
        choices={"model": Choice(published.model, "file", f"{published.name} are weights of this network")},
        answers=published.answers,
    )


def _channels(entry: Any) -> Sequence[float]:
    """A list of numbers of a spec; a task of someone's may mean something else by the word."""
    return entry if isinstance(entry, list) and all(isinstance(number, float) for number in entry) else ()


def _beginning(content: bytes, mean: Sequence[float] = (), std: Sequence[float] = ()) -> Beginning:
    return Beginning(hashlib.sha256(content).hexdigest(), tuple(mean), tuple(std))
