"""Settings that change nothing beside others: what each needs to be of use."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from penjing.config import Choice, Train
from penjing.findings import Finding


class Need(NamedTuple):
    """Why a setting would change nothing."""

    name: str
    of: str | tuple[str, ...]  # the setting that decides, or all that do together
    without: tuple[Any, ...]  # values with which the other has no use, of each of them
    try_: str
    none: float | str | None = None  # what asks for nothing, and so is never in vain


MOVES = ("crop", "shift", "rotate", "scale", "shear")  # what brings a picture's border into sight

NEEDS = (
    Need("lr", "find_lr", (True,), "find_lr=false"),
    Need("momentum", "optimizer", ("adamw", "adam", "adagrad"), "optimizer=sgd, or optimizer=muon"),
    Need("nesterov", "optimizer", ("adamw", "adam", "adagrad", "muon"), "optimizer=sgd"),
    Need("nesterov", "momentum", (0,), "momentum=0.9", none=False),
    Need("warmup", "schedule", ("onecycle",), "peak, in place of it", none=0),
    Need("peak", "schedule", ("cosine", "linear", "step", "constant"), "schedule=onecycle"),
    Need("milestones", "schedule", ("cosine", "linear", "onecycle", "constant"), "schedule=step"),
    Need("step_factor", "schedule", ("cosine", "linear", "onecycle", "constant"), "schedule=step"),
    Need("unfreeze", "freeze", (0,), "freeze=body", none=0),
    Need("mirrored", "mirror", (False,), "mirror=true", none="same"),
    Need("border", MOVES, (0,), "crop=0.0625, or another of these"),
    Need("saturation", "color", ("grey",), "color=rgb", none=0),
)


def unused(train: Train, options: msgspec.Struct, origins: Mapping[str, Choice]) -> Iterator[Finding]:
    """A finding for each setting that was asked for and changes nothing.

    An error where it was typed, or stands in one file with what makes it useless; a warning where a file says it and
    something else decides otherwise: a file may serve several trainings.

    Args:
        train: the settings of any training.
        options: those of the task.
        origins: where each came from.
    """
    settings = msgspec.structs.asdict(train) | msgspec.structs.asdict(options)
    for need in NEEDS:
        name = need.name
        if name not in settings:
            continue
        value, origin = settings[name], origins[name].origin
        decides = {one: origins[one] for one in ([need.of] if isinstance(need.of, str) else need.of)}
        is_in_vain = all(choice.value in need.without for choice in decides.values())
        if origin not in ("typed", "file") or not is_in_vain or value == need.none:
            continue
        beside = ", ".join(_said(one, choice.value) for one, choice in decides.items())
        yield Finding(
            rule="unused-setting",
            severity="error" if origin in ("typed", *(choice.origin for choice in decides.values())) else "warning",
            what=f"`{name}` has no use with {beside}",
            where=f"{_said(name, value)}, {beside}",
            why="a setting that changes nothing would be believed to have been tried.",
            try_=f"{need.try_}; or leave `{name}` out",
        )


SHARES = {"test": {"test"}, "validation": {"validation"}, "split_seed": {"test", "validation"}}


def undivided(origins: Mapping[str, Choice], own_splits: Collection[str]) -> Iterator[Finding]:
    """A warning for each setting of how to divide that was asked for, where the source brings those splits itself.

    Args:
        origins: where each setting came from, or those that were asked for alone.
        own_splits: that the source brings.
    """
    for name, splits in SHARES.items():
        if name in origins and origins[name].origin in ("typed", "file") and splits <= set(own_splits):
            yield Finding(
                rule="unused-setting",
                severity="warning",
                what=f"`{name}` has no use: the source brings its own splits ({', '.join(sorted(splits))})",
                where=f"{name}={origins[name].value}",
                why="what is held back is what the source says, so that scores can be held against those of others.",
                try_=f"leave `{name}` out; or put all pictures into one part, to have them divided",
            )


def beyond(
    train: Train, origins: Mapping[str, Choice], *, examples: int | None, cores: int | None
) -> Iterator[Finding]:
    """A note for each setting that was asked for and is more than there is.

    Args:
        train: the settings.
        origins: where each came from.
        examples: to train on, where a batch is of these; None where they are drawn.
        cores: that threads can run on; None where the training runs elsewhere.
    """
    most = {
        "batch_size": (examples, "training examples: a batch is all of them", "an epoch is a single step."),
        "threads": (cores, "cores here", "threads beyond them wait for each other, and steps take longer."),
    }
    for name, (count, words, why) in most.items():
        value = getattr(train, name)
        if count is not None and value > count and origins[name].origin in ("typed", "file"):
            yield Finding(
                rule="more-than-there-is",
                severity="note",
                what=f"`{name}` is {value:,}, and there are {count:,} {words}",
                where=f"{name}={value}",
                why=why,
                try_=f"{name}={count}, or less",
            )


def _said(name: str, value: Any) -> str:
    """As one types it."""
    if isinstance(value, tuple):
        return f"{name}={','.join(f'{part:g}' for part in value)}"
    if isinstance(value, float):
        return f"{name}={value:g}"
    return f"{name}={str(value).lower() if isinstance(value, bool) else value}"
