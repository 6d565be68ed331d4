"""look: what is in the data, before anything is learned from it."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from penjing.verbs.outcome import Outcome
from penjing.verbs.words import CONTEXT, one_source, parse

if TYPE_CHECKING:
    from rich.console import Console

    from penjing.data.dataset import Dataset


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """Counts and sizes of a source."""

    source: str
    form: str
    splits: dict[str, int]
    classes: dict[str, dict[str, int]] = {}  # class: split: examples
    facts: dict[str, Any] = {}  # sizes of pictures, characters of text, entries of an observation
    copies: int = 0  # inputs that are equal to another one, over all splits
    fingerprint: str
    notes: tuple[str, ...] = ()


def look(source: str | Path, *, settings: Mapping[str, Any] | None = None) -> Look:
    """Read a source, and say what is in it.

    Args:
        source: a path, `sklearn:digits`, or a world such as `cartpole`.
        settings: how it is divided, such as {"test": 0.3}.

    Raises:
        PenjingError: those of reading it.
    """
    from penjing.rules.contents import equal_inputs
    from penjing.verbs.reading import read_source

    data = read_source(str(source), settings or {})
    facts = {"pictures": _pictures, "text": _text, "world": _world}[data.form]
    groups = [] if data.form == "world" else equal_inputs(data)
    return Look(
        source=str(source),
        form=data.form,
        splits={name: len(split) for name, split in data.splits.items()},
        classes=_classes(data),
        facts=facts(data),
        copies=sum(len(group) - 1 for group in groups),
        fingerprint=data.fingerprint,
        notes=data.notes,
    )


def _classes(data: "Dataset") -> dict[str, dict[str, int]]:
    from penjing.rules.contents import labels_of

    counts = {split: Counter(labels.tolist()) for split, labels in labels_of(data).items()}
    return {name: {split: counts[split][k] for split in counts} for k, name in enumerate(data.classes) if counts}


def _pictures(data: "Dataset") -> dict[str, Any]:
    import numpy as np

    pictures = [picture for split in data.splits.values() for picture in split.inputs]
    sizes = Counter(f"{picture.shape[1]}x{picture.shape[0]}" for picture in pictures)
    most = dict(sizes.most_common(3))
    others = sum(sizes.values()) - sum(most.values())
    return {
        "width x height": ", ".join(f"{size} ({n:,})" for size, n in most.items())
        + (f", {len(sizes) - len(most):,} others ({others:,})" if others else ""),
        "channels": sorted({picture.shape[2] for picture in pictures}),
        "mean brightness (0 to 255)": round(float(np.mean([picture.mean() for picture in pictures])), 1),
    }


def _text(data: "Dataset") -> dict[str, Any]:
    lines = [line for split in data.splits.values() for line in split.inputs]
    characters = Counter(character for line in lines for character in line)
    lengths = sorted(len(line) for line in lines)
    return {
        "lines": len(lines),
        "characters": sum(lengths),
        "characters a line (shortest, median, longest)": [lengths[0], lengths[len(lengths) // 2], lengths[-1]],
        "vocabulary (different characters)": len(characters),
        "most frequent": "".join(character for character, _ in characters.most_common(10)).replace("\n", "⏎"),
    }


def _world(data: "Dataset") -> dict[str, Any]:
    return {
        "observation": list(data.world.ENTRIES),
        "actions": list(data.world.ACTIONS),
        "steps of an episode, at most": data.world.LIMIT,
    }


def show(seen: Look, console: "Console") -> None:
    """Tables for people."""
    from penjing.verbs.text import table

    console.print(f"{seen.source}: {seen.form}, fingerprint {seen.fingerprint}", markup=False)
    for note in seen.notes:
        console.print(note, style="dim", markup=False)
    splits = [name for name, n in seen.splits.items() if n]
    rows = [(name, *(counts.get(split, 0) for split in splits)) for name, counts in seen.classes.items()]
    total = ("all", *(f"{seen.splits[split]:,}" for split in splits))
    console.print(table(["class" if rows else "", *splits], [*rows, total]))
    facts = [(key, ", ".join(map(str, fact)) if isinstance(fact, list) else fact) for key, fact in seen.facts.items()]
    copies = [] if seen.form == "world" else [("equal to another one", f"{seen.copies:,}")]
    console.print(table(["", ""], [*facts, *copies]))
    console.print(f"next    penjing check {seen.source}", markup=False)


@click.command(context_settings=CONTEXT)
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="DATA [KEY=VALUE ...]")
def command(words: tuple[str, ...]) -> Outcome:
    """Say what is in the data: counts by split and class, sizes, copies."""
    sources, settings = parse(words)
    seen = look(one_source(sources), settings=settings)
    return Outcome(result=seen, show=lambda console: show(seen, console))
