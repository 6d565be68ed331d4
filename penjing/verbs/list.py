"""list: what there is to choose from. Reads tables, and rules as text, so that nothing heavy is imported."""

import ast
import importlib.util
from pathlib import Path
from typing import Any, NamedTuple

import click
import msgspec

from penjing.findings import did_you_mean, stop
from penjing.verbs.outcome import Outcome

KINDS = {
    "tasks": "what can be learned",
    "models": "networks, and each layer by layer after its name",
    "rules": "what is watched for",
    "readers": "what can be read",
    "settings": "every KEY=VALUE of a training, and a task's own after its name",
}


class Listing(NamedTuple):
    """A table: rows of cells under their headings."""

    headings: tuple[str, ...]
    rows: list[tuple[Any, ...]]


def listing(kind: str, task: str | None = None) -> Listing:
    """The rows of a kind.

    Args:
        kind: "tasks", "models", "rules", "readers" or "settings".
        task: whose own settings are wanted too (this imports the task, and torch with it).

    Raises:
        PenjingError: `unknown-kind` with the nearest; `unknown-task`.
    """
    match kind:
        case "tasks":
            from penjing.tasks import TASKS

            return Listing(("task", "learns"), list(TASKS.items()))
        case "models":
            from penjing.models import MODELS

            return Listing(("model", "task", "is"), [(name, *row) for name, row in MODELS.items()])
        case "rules":
            return Listing(("rule", "name", "severity", "finds"), _rules())
        case "readers":
            from penjing.data.readers import READERS

            return Listing(("reader", "reads"), list(READERS.items()))
        case "settings":
            return Listing(("setting", "group", "default", "is"), _settings(task))
    raise stop(
        "unknown-kind",
        f"there is no list of {kind}",
        where=f"penjing list {kind}",
        why="nothing was done.",
        try_=did_you_mean(kind, KINDS, otherwise=f"penjing list {'|'.join(KINDS)}"),
    )


def _rules() -> list[tuple[str, str, str, str]]:
    from penjing.rules import RULES

    return [(id, *rule_in_brief(module)) for id, module in RULES.items()]


def rule_in_brief(module: str) -> tuple[str, str, str]:
    """A rule's name, severity and first sentence, read from its text: a rule may import what is slow to import."""
    spec = importlib.util.find_spec(f"penjing.rules.{module}")
    assert spec is not None
    assert spec.origin is not None
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    row = next(
        node for node in ast.walk(tree) if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "Rule"
    )
    words = {part.arg: ast.literal_eval(part.value) for part in row.keywords if isinstance(part.value, ast.Constant)}
    first = (ast.get_docstring(tree) or "").splitlines()[0]
    return words["name"], words["severity"], first.partition(": ")[2].rstrip(".")


def _settings(task: str | None) -> list[tuple[str, str, Any, str]]:
    from penjing import config

    groups: list[type[msgspec.Struct]] = [config.Data, config.Model, config.Train, config.Seed]
    if task is not None:
        from penjing import tasks

        groups.append(tasks.load(task).Options)
    rows = [row for group in groups for row in config.typed_settings_of(group)]
    return [(row.name, row.group, row.default, row.meaning) for row in rows]


@click.command()
@click.argument("words", nargs=-1, metavar="tasks|models|rules|readers|settings [MODEL|TASK]")
@click.option("--size", help="With a model: of pictures, pixels; a side, or HEIGHTxWIDTH.")
@click.option("--channels", type=click.IntRange(min=1), help="With a model: 1 for grey, 3 for color.")
@click.option("--classes", type=click.IntRange(min=1), help="With a model: how many it tells apart.")
def command(words: tuple[str, ...], size: str | None, channels: int | None, classes: int | None) -> Outcome:
    """Tasks, models, rules, readers, or the settings of a training (and of a task); or a model layer by layer."""
    shape = {"size": size, "channels": channels, "classes": classes}
    if words[:1] == ("models",) and len(words) == 2:
        return _layers(words[1], size, channels, classes)
    if not words or len(words) > (2 if words[0] == "settings" else 1) or any(shape.values()):
        raise stop(
            "usage",
            "list takes one kind"
            + (f", and {words[0]} nothing after it" if words and words[0] not in ("models", "settings") else "")
            + ("; --size, --channels and --classes go with a model" if any(shape.values()) else ""),
            where=" ".join(["penjing list", *words]),
            why="nothing was done.",
            try_=f"penjing list {'|'.join(KINDS)};  penjing list settings classify;  penjing list models resnet18",
        )
    kind = words[0]
    found = listing(*words)
    return Outcome(
        result={kind: [dict(zip(found.headings, row, strict=True)) for row in found.rows]},
        show=lambda console: console.print(_table(found)),
    )


def _layers(model: str, size: str | None, channels: int | None, classes: int | None) -> Outcome:
    from penjing.verbs.layer_table import model_layers, show  # torch comes with it

    found = model_layers(model, size=size, channels=channels, classes=classes)
    return Outcome(
        result={"model": found.model, "classes": found.classes, "layers": found.layers},
        findings=found.findings,
        show=lambda console: show(found, console),
    )


def _table(found: Listing) -> Any:
    from penjing.verbs.text import table

    return table(found.headings, found.rows)
