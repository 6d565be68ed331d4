"""Write the pages that are read off the code: commands, settings, rules. A test fails when they are stale."""

import re
from pathlib import Path

import click
import msgspec

from penjing import cli, config, rules, tasks
from penjing.inspection.layer_findings import widest
from penjing.models import MODELS, USUAL
from penjing.verbs.layer_table import model_layers
from penjing.verbs.list import listing
from penjing.verbs.rule import rule

DOCS = Path(__file__).parent
GIVEN = """\
Given as `KEY=VALUE` or `--key value` behind `penjing train`, in a TOML file (`--settings FILE`), or in Python as
`penjing.train(..., settings={...})`; so is `task`, which is inferred otherwise. A task may start from other defaults:
`--explain-choices` prints every value of a training with its origin and why.
"""
COUNTED = """\
Pictures and classes are those that a network is mostly used for; others cost something else: `penjing list models NAME
--size 96 --channels 3 --classes 10` prints the table layer by layer. MACs are multiply-adds of one picture. *Sees* is
the receptive field: the side, in pixels, of what one unit of the last map sees. Besides these, `model=` takes
`torchvision:NAME`, `timm:NAME` and networks of your own: `file.py:name` or `package.module:name`.

Of torchvision, `resnet18` was built with random weights and run beside a torch for CPUs, in torchvision's pure Python
parts; its compiled half was not loaded. Of its other networks a few were looked at layer by layer, and none was
trained. All of timm was tested with a stand-in alone: timm's own networks have a test, which is skipped where timm is
not installed, as where Penjing is developed.
"""
NOTE = "<!-- generated from the code by `make docs`; change it there -->\n"


def pages() -> dict[str, str]:
    """Every generated page by its path below docs/."""
    return {
        "commands.md": commands(),
        "settings.md": settings(),
        "models.md": models(),
        "rules/README.md": rules_index(),
    } | {f"rules/{id}.md": rule_page(id) for id in rules.RULES}


def commands() -> str:
    """The command reference: what `penjing VERB --help` prints."""
    parts = [NOTE, "# Commands\n", f"```text\n{_help([])}\n```\n"]
    parts += [f"## penjing {verb}\n\n```text\n{_help([verb])}\n```\n" for verb in cli.ALL]
    return "\n".join(parts)


def _help(words: list[str]) -> str:
    context = click.Context(cli.penjing, info_name="penjing", terminal_width=100, help_option_names=["-h", "--help"])
    for word in words:
        command = cli.penjing.get_command(context, word)
        assert command is not None  # every verb of the table is there
        context = click.Context(command, info_name=word, parent=context)
    return click.unstyle(context.get_help()).rstrip()


def settings() -> str:
    """Every setting of every group, and of every task."""
    parts = [
        NOTE,
        "# Settings\n",
        GIVEN,
    ]
    groups: list[tuple[str, type[msgspec.Struct]]] = [
        ("Data", config.Data),
        ("Model", config.Model),
        ("Training", config.Train),
        ("Seed", config.Seed),
        *((f"Only `{name}`", tasks.load(name).Options) for name in tasks.TASKS),
    ]
    for title, group in groups:
        rows = [f"| `{row.name}` | `{row.default}` | {row.meaning} |" for row in config.typed_settings_of(group)]
        parts.append(
            "\n".join([f"## {title}\n", "| setting | default | what it is |", "| --- | --- | --- |", *rows, ""])
        )
    return "\n".join(parts)


def models() -> str:
    """Every network, and what it costs at its usual size."""
    rows = []
    for name, (classes, channels, side) in USUAL.items():
        layers = model_layers(name).layers
        found = widest(layers)
        sees = found[1][0] if found else "all"
        cost = f"{layers.parameters:,} | {layers.macs:,}"
        rows.append(f"| `{name}` | {channels}x{side}x{side} | {classes} | {cost} | {sees} | {MODELS[name][1]} |")
    others = [f"| `{name}` | {task} | {text} |" for name, (task, text) in MODELS.items() if name not in USUAL]
    return "\n".join(
        [
            NOTE,
            "# Networks\n",
            "## Of pictures: classify, regress\n",
            COUNTED,
            "| network | picture | classes | parameters | MACs | sees | is |",
            "| --- | --- | ---: | ---: | ---: | ---: | --- |",
            *rows,
            "\n## Of other tasks\n",
            "| network | task | is |",
            "| --- | --- | --- |",
            *others,
            "",
        ]
    )


def rules_index() -> str:
    """The catalogue, in order of importance."""
    rows = [
        f"| [{id}]({id}.md) | {name} | {severity} | {finds} |" for id, name, severity, finds in listing("rules").rows
    ]
    head = (
        "In order of importance: a cause stands before its symptoms, and the first finding is the one to mend first.\n"
    )
    return "\n".join(
        [NOTE, "# Rules\n", head, "| rule | name | severity | finds |", "| --- | --- | --- | --- |", *rows, ""]
    )


def rule_page(id: str) -> str:
    """One rule: its docstring, heading by heading."""
    found = rule(id)
    title, *paragraphs = re.split(r"\n+(?! )", found.page)
    parts = [NOTE, f"# {title.rstrip('.')}\n", f"Severity: {found.severity}\n"]
    for paragraph in paragraphs:
        heading, _, text = " ".join(paragraph.split()).partition(": ")
        parts.append(f"**{heading}.** {text[0].upper()}{text[1:]}\n")
    return "\n".join(parts)


if __name__ == "__main__":
    for path, text in pages().items():
        (DOCS / path).parent.mkdir(exist_ok=True)
        (DOCS / path).write_text(text, encoding="utf-8")
