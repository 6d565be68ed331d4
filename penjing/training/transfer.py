"""Beginning from weights of another training: what fits is loaded, the head is fresh where it answers something else.

    weights -> names as the network has them -> first convolution to its channels -> what fits by name and shape
    -> into the network; told: what was loaded, and what is fresh

A tensor of the last layer may differ in how many answers it gives; every other one that both have must have the same
shape. Pictures are normalized as those that the weights were trained on, where that is known, and not by their own mean
and spread: so weights read each pixel as they did, and a frozen block gives the very features that it gave. Where
nothing is frozen, batch norm settles on either within some steps.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import msgspec
import torch
from torch import Tensor, nn

from penjing.config import Beginning
from penjing.findings import Finding, PenjingError, listed, stop
from penjing.training.weight_sources import Weights, output_labels

Spec = TypeVar("Spec")
MOST_NAMES = 6  # of tensors that are told by name


class Match(NamedTuple):
    """Which tensor goes where."""

    loaded: dict[str, Tensor]  # by the network's names
    fresh: list[str]
    aside: list[str]  # names of the weights that the network does not have
    notes: list[str]


def load(network: nn.Module, weights: Weights, spec: Any) -> Finding:
    """Put weights into a network with fresh ones, in place.

    Args:
        network: on the CPU.
        weights: of another training.
        spec: of the task, which says what the last layer answers: see `weight_sources.output_labels`.

    Returns:
        A note on what was loaded; a warning where it is less than half of the network.

    Raises:
        PenjingError: `weights-do-not-fit` where a shape differs, or no name is the same; `weights-not-finite`.
    """
    match = _matched(network, weights, output_labels(msgspec.structs.asdict(spec)))
    for name, tensor in match.loaded.items():
        if not torch.isfinite(tensor).all():
            raise stop(
                "weights-not-finite",
                f"`{name}` holds NaN or infinity",
                where=f"weights={weights.name}",
                why="the first loss would be NaN.",
                try_="weights of a training that did not break",
            )
    state = network.state_dict()
    with torch.no_grad():
        for name, tensor in match.loaded.items():
            state[name].copy_(tensor)
    return _told(state, match, weights, spec)


def _matched(network: nn.Module, weights: Weights, answers: tuple[str, ...] | None) -> Match:
    state, notes = network.state_dict(), list[str]()
    tensors = _unwrapped(weights.tensors, state)
    by_answer = _by_answer(network, answers)
    first = next((f"{name}.weight" for name, module in network.named_modules() if isinstance(module, nn.Conv2d)), "")
    if (found := tensors.get(first)) is not None and (fitting := _for_channels(found, state[first])) is not None:
        tensors = {**tensors, first: fitting}
        notes.append(f"{first}, of {found.shape[1]} channels, for {fitting.shape[1]}")
    is_other = weights.answers is not None and weights.answers != answers
    loaded, fresh, misfits = dict[str, Tensor](), list[str](), list[str]()
    for name, own in state.items():
        given = tensors.get(name)
        fits = given is not None and given.shape == own.shape and given.is_floating_point() == own.is_floating_point()
        if given is None or (name in by_answer and (is_other or (not fits and given.shape[1:] == own.shape[1:]))):
            fresh.append(name)
        elif fits:
            loaded[name] = given
        else:
            misfits.append(f"{name} {_shape(given)}, here {_shape(own)}")
    if misfits or not loaded:
        raise _do_not_fit(network, weights, misfits, state, tensors)
    return Match(loaded, fresh, [name for name in tensors if name not in state], notes)


def _unwrapped(tensors: Mapping[str, Tensor], state: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """With names as the network has them: DistributedDataParallel and its like put a word in front of them all."""
    best = tensors
    while tensors and all("." in name for name in tensors) and len({name.split(".")[0] for name in tensors}) == 1:
        tensors = {name.partition(".")[2]: tensor for name, tensor in tensors.items()}
        best = max(best, tensors, key=lambda one: len(one.keys() & state.keys()))
    return best


def _by_answer(network: nn.Module, answers: tuple[str, ...] | None) -> set[str]:
    """Names of parameters with a row an answer: those of the last layer, and of a table of characters."""
    own = {name: [key for key, _ in module.named_parameters(recurse=False)] for name, module in network.named_modules()}
    last = next((name for name in reversed(own) if own[name]), "")
    tables = [
        name
        for name, module in network.named_modules()
        if isinstance(module, nn.Embedding) and answers is not None and module.num_embeddings == len(answers)
    ]
    return {f"{name}.{key}".removeprefix(".") for name in (last, *tables) for key in own[name]}


def _for_channels(given: Tensor, own: Tensor) -> Tensor | None:
    """The first kernels for pictures of other channels; None where they fit, or cannot be made to.

    Grey ones see what those of color saw in a picture whose channels are all the same; those of color, the other way
    round, share the grey kernel among their channels.
    """
    if given.ndim != 4 or given.shape[0] != own.shape[0] or given.shape[2:] != own.shape[2:]:
        return None
    if (given.shape[1], own.shape[1]) == (3, 1):
        return given.sum(dim=1, keepdim=True)
    if (given.shape[1], own.shape[1]) == (1, 3):
        return given.repeat(1, 3, 1, 1) / 3
    return None


def _told(state: Mapping[str, Tensor], match: Match, weights: Weights, spec: Any) -> Finding:
    counted = [name for name in state if not name.endswith("num_batches_tracked")]
    loaded = [name for name in counted if name in match.loaded]
    values = sum(state[name].numel() for name in loaded)
    share = values / sum(state[name].numel() for name in counted)
    fresh = [name for name in match.fresh if name in counted]
    words = [
        f"loaded {len(loaded)} of {len(counted)} tensors ({_amount(values)} values)",
        *([f"fresh: {listed(fresh, MOST_NAMES)}"] if fresh else []),
        *([f"left aside: {listed(match.aside, MOST_NAMES)}"] if match.aside else []),
        *match.notes,
        *(
            [f"pictures normalized as theirs, mean {_figures(spec.mean)}"]
            if _normalizes(spec, weights.beginning)
            else []
        ),
    ]
    is_little = share < 0.5
    return Finding(
        rule="weights-loaded",
        severity="warning" if is_little else "note",
        what="; ".join(words),
        where=f"weights={weights.name}",
        why=f"{1 - share:.0%} of the network is fresh, so little of what was learned is carried over."
        if is_little
        else "the training goes on from what these weights know.",
        try_="the network that the weights are of: model=NAME, width=N"
        if is_little
        else "freeze=body trains the head alone; layer_decay=0.8 moves early blocks less; unfreeze=0.5 thaws in turn",
        evidence={"values": values, "loaded": loaded, "fresh": fresh, "aside": match.aside},
    )


def frozen_at_random(fresh: Collection[str], factors: Mapping[str, float], model: str) -> list[Finding]:
    """A warning where blocks are never trained whose weights nobody trained before.

    Args:
        fresh: names of parameters as they were drawn.
        factors: of rates, by name; 0 is never trained.
        model: the setting, for what is told.
    """
    names = [name for name in fresh if factors.get(name) == 0]
    if not names:
        return []
    return [
        Finding(
            rule="frozen-at-random",
            severity="warning",
            what=f"{len(names)} parameters of `{model}` are frozen as they were drawn: {listed(names, MOST_NAMES)}",
            where=f"freeze, model={model}",
            why="they were never trained and never will be; the rest has to learn from noise.",
            try_="weights=RUN, which has them; or freeze=0",
        )
    ]


def as_trained(spec: Spec, beginning: Beginning | None) -> Spec:
    """The spec with the normalization of the pictures that the weights were trained on, where it is known."""
    if beginning is None or not _normalizes(spec, beginning):
        return spec
    changed = {
        key: _spread(given, len(spec.mean))  # type: ignore[attr-defined]
        for key, given in (("mean", beginning.mean), ("std", beginning.std))
    }
    return msgspec.structs.replace(spec, **changed)  # type: ignore[type-var]


def _normalizes(spec: Any, beginning: Beginning) -> bool:
    own = getattr(spec, "mean", None), getattr(spec, "std", None)
    known = len(beginning.mean) == len(beginning.std)
    return known and isinstance(own[0], tuple) and isinstance(own[1], tuple) and len(own[0]) in _fitting(beginning.mean)


def _fitting(given: Sequence[float]) -> tuple[int, ...]:
    """The channels that numbers of this many channels can be brought to."""
    return {1: (1, 3), 3: (1, 3)}.get(len(given), (len(given),) if given else ())


def _spread(given: tuple[float, ...], channels: int) -> tuple[float, ...]:
    """Numbers of each channel for another count of channels: their mean."""
    return given if len(given) == channels else (sum(given) / len(given),) * channels


def _do_not_fit(
    network: nn.Module, weights: Weights, misfits: list[str], state: Mapping[str, Tensor], tensors: Mapping[str, Tensor]
) -> PenjingError:
    theirs, ours = listed(list(tensors), MOST_NAMES), listed(list(state), MOST_NAMES)
    what = (
        f"{len(misfits)} of {len(state)} tensors have another shape: {listed(misfits, MOST_NAMES)}"
        if misfits
        else f"none of its {len(tensors)} tensors is the network's: {theirs}; here {ours}"
    )
    return stop(
        "weights-do-not-fit",
        f"the weights are of another network than {type(network).__name__}: {what}",
        where=f"weights={weights.name}",
        why="a network that is loaded in part, where it happens to fit, knows nothing.",
        try_="the network that they are of: model=NAME, width=N; perhaps size=SIDE, color=rgb",
    )


def _amount(values: int) -> str:
    return f"{values / 1e6:.1f} M" if values >= 1e6 else f"{values:,}"


def _figures(numbers: Sequence[float]) -> str:
    return " ".join(f"{number:.3f}" for number in numbers)


def _shape(tensor: Tensor) -> str:
    return "x".join(map(str, tensor.shape)) or "a number"
