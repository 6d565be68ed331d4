"""look: what is in the data, before anything is learned from it."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from penjing.findings import Finding, listed
from penjing.verbs.outcome import Outcome
from penjing.verbs.words import CONTEXT, one_source, parse

if TYPE_CHECKING:
    from rich.console import Console

    from penjing.data.dataset import Dataset
    from penjing.data.picture_files import PictureFile


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
    findings: tuple[Finding, ...] = ()  # settings that change nothing


def look(source: str | Path, *, settings: Mapping[str, Any] | None = None) -> Look:
    """Read a source, and say what is in it.

    Args:
        source: a path, `sklearn:digits`, or a world such as `cartpole`.
        settings: how it is read and divided, such as {"test": 0.3}; nothing is decoded, so that `size` and `color` are
            none of them.

    Raises:
        PenjingError: those of reading it.
    """
    from penjing.settling import asked
    from penjing.unused import undivided
    from penjing.verbs.reading import read_listed

    data = read_listed(str(source), settings or {})
    facts = {"pictures": _pictures, "text": _text, "world": _world}[data.form]
    return Look(
        source=str(source),
        form=data.form,
        splits={name: len(split) for name, split in data.splits.items()},
        classes=_classes(data),
        facts=_truths(data) | facts(data),
        copies=_copies(data),
        fingerprint=data.fingerprint,
        notes=data.notes,
        findings=tuple(undivided(asked(settings or {}), data.own_splits)),
    )


def _copies(data: "Dataset") -> int:
    """Inputs that are equal to an earlier one; of files those of equal content, undecoded."""
    from penjing.data.picture_files import equal_files
    from penjing.rules.contents import equal_inputs

    if data.form == "world":
        return 0
    if files := _files(data):
        return len(files) - len(set(equal_files(files).tolist()))
    return sum(len(group) - 1 for group in equal_inputs(data))


def _files(data: "Dataset") -> list["PictureFile"]:
    """Pictures that lie in files; none where they are arrays."""
    from penjing.data.picture_files import PictureFile

    return [one for split in data.splits.values() for one in split.inputs if isinstance(one, PictureFile)]


def _classes(data: "Dataset") -> dict[str, dict[str, int]]:
    """Examples of each class, or of each label of which several can hold, by split."""
    import numpy as np

    from penjing.rules.contents import labels_of

    if data.truth == "labels":
        sums = {name: np.asarray(split.truths).sum(axis=0) for name, split in data.splits.items() if len(split)}
        return {name: {split: int(sums[split][k]) for split in sums} for k, name in enumerate(data.classes)}
    counts = {split: Counter(labels.tolist()) for split, labels in labels_of(data).items()}
    return {name: {split: counts[split][k] for split in counts} for k, name in enumerate(data.classes) if counts}


def _truths(data: "Dataset") -> dict[str, Any]:
    """What can be said of truths that are not one class each."""
    import numpy as np

    if data.truth not in ("labels", "number"):
        return {}
    truths = np.concatenate([np.asarray(split.truths) for split in data.splits.values() if len(split)])
    if data.truth == "labels":
        held = Counter(truths.sum(axis=1).tolist())
        return {"labels an example": ", ".join(f"{k} ({n:,})" for k, n in sorted(held.items()))}
    values, counts = np.unique(truths, return_counts=True)
    most = int(counts.argmax())
    return {
        "learned": ", ".join(data.classes) or "a number",
        "mean and spread": f"{truths.mean(dtype=float):.4g}, {truths.std(dtype=float):.4g}",
        "smallest, median, largest": f"{values[0]:.4g}, {np.median(truths):.4g}, {values[-1]:.4g}",
        "most frequent value": f"{values[most]:.4g} ({counts[most] / len(truths):.1%} of all)",
    }


def _pictures(data: "Dataset") -> dict[str, Any]:
    if files := _files(data):
        return _headers(files)
    return _arrays(data)


def _headers(files: list["PictureFile"]) -> dict[str, Any]:
    """What files say of themselves: nothing is decoded, so a whole header may still stand before a broken picture."""
    from penjing.data.headers import header

    found = {str(file): header(file) for file in files}
    opened = [one for one in found.values() if one is not None]
    facts: dict[str, Any] = {
        "width x height": _most(Counter(f"{one.size[1]}x{one.size[0]}" for one in opened)),
        "mode": _most(Counter(one.mode for one in opened)),
        "format": _most(Counter(one.format for one in opened)),
        "turned by EXIF": f"{sum(one.is_turned for one in opened):,}",
        "bytes": f"{sum(file.size_bytes for file in files):,}",
    }
    if broken := [name for name, one in found.items() if one is None]:
        facts["do not open"] = f"{len(broken):,}: {listed(broken)}"
    return facts


def _most(counts: Counter[str]) -> str:
    """The three most frequent, and how many others there are."""
    most = dict(counts.most_common(3))
    others = sum(counts.values()) - sum(most.values())
    return ", ".join(f"{what} ({n:,})" for what, n in most.items()) + (
        f", {len(counts) - len(most):,} others ({others:,})" if others else ""
    )


def _arrays(data: "Dataset") -> dict[str, Any]:
    import numpy as np

    pictures = [picture for split in data.splits.values() for picture in split.inputs]
    return {
        "width x height": _most(Counter(f"{picture.shape[1]}x{picture.shape[0]}" for picture in pictures)),
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
    from penjing.verbs.text import show_facts, show_places, table

    show_facts(console, f"{seen.source}: ", [seen.form, f"fingerprint {seen.fingerprint}"])
    for note in seen.notes:
        console.print(note, style="dim")
    splits = list(seen.splits)
    rows = [(name, *(counts.get(split, 0) for split in splits)) for name, counts in seen.classes.items()]
    total = ("all", *(f"{seen.splits[split]:,}" for split in splits))
    what = "label" if "labels an example" in seen.facts else "class"
    console.print(table([what if rows else "", *splits], [*rows, total]))
    facts = [(key, ", ".join(map(str, fact)) if isinstance(fact, list) else fact) for key, fact in seen.facts.items()]
    copies = [] if seen.form == "world" else [("equal to another one", f"{seen.copies:,}")]
    console.print(table(["", ""], [*facts, *copies]))
    show_places(console, {"next": f"penjing check {seen.source}"})


@click.command(context_settings=CONTEXT)
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="DATA [KEY=VALUE ...]")
@click.option("--cache", is_flag=True, help="In place of DATA: what Penjing keeps between runs, and when it was used.")
@click.option("--remove", metavar="WHAT", help="From the cache: names with commas, unused (for 30 days), or all.")
def command(words: tuple[str, ...], cache: bool, remove: str | None) -> Outcome:
    """Say what is in the data: counts by split and class, sizes, copies. Or what is in the cache."""
    if cache or remove is not None:
        from penjing.verbs import look_cache

        return look_cache.outcome(words, remove)
    sources, settings = parse(words)
    seen = look(one_source(sources), settings=settings)
    return Outcome(result=seen, findings=seen.findings, show=lambda console: show(seen, console))
