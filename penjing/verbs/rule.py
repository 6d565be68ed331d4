"""rule: the documentation page of one rule, in the terminal."""

import importlib
import inspect
import re
from typing import TYPE_CHECKING

import click
import msgspec

from penjing.findings import Severity
from penjing.verbs.outcome import Outcome
from penjing.verbs.words import one_source

if TYPE_CHECKING:
    from rich.console import Console


class Page(msgspec.Struct, frozen=True):
    """A rule and its page."""

    id: str
    name: str
    severity: Severity
    page: str  # what it sees, why it hurts, how to mend, what it cannot see, threshold and source


def rule(id: str) -> Page:
    """The page of a rule, such as PJ101.

    Raises:
        PenjingError: `unknown-rule` with the nearest id.
    """
    from penjing.rules import RULES, load

    row = load(id)
    module = importlib.import_module(f"penjing.rules.{RULES[row.id]}")
    return Page(row.id, row.name, row.severity, inspect.getdoc(module) or "")


def show(found: Page, console: "Console") -> None:
    """The page, wrapped to the terminal's width."""
    from rich.padding import Padding
    from rich.text import Text

    title, *paragraphs = re.split(r"\n+(?! )", found.page)
    console.print(Text.assemble((title, "bold"), f"  ({found.severity})\n"))
    for paragraph in paragraphs:
        heading, _, text = " ".join(paragraph.split()).partition(": ")
        console.print(Text(heading, style="dim"), Padding(Text(text), (0, 0, 0, 2)))


@click.command()
@click.argument("id", nargs=-1, metavar="ID")
def command(id: tuple[str, ...]) -> Outcome:
    """Show the page of one rule: what it sees, why it hurts, how to mend, what it cannot see."""
    found = rule(one_source(id))
    return Outcome(result=found, show=lambda console: show(found, console))
