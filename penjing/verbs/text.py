"""How findings and tables look in a terminal."""

from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from penjing.findings import Finding
from penjing.verbs.outcome import Outcome

COLOURS = {"error": "bold red", "warning": "bold yellow", "note": "bold blue"}


def error_console() -> Console:
    """Standard error: progress and findings go there, so that standard output holds results alone."""
    return _console(stderr=True)


def _console(*, stderr: bool = False) -> Console:
    """Takes words as they are: a path may hold `[red]` or `:smile:`, which rich would make something else of."""
    return Console(stderr=stderr, highlight=False, markup=False, emoji=False)


def show_outcome(outcome: Outcome) -> None:
    """What a verb found, and what it gives."""
    show_findings(error_console(), outcome.findings)
    outcome.show(_console())


def show_findings(console: Console, findings: Iterable[Finding]) -> None:
    """A block for each finding: severity and name, then what, where, why, try."""
    for finding in findings:
        head = Text.assemble((finding.severity, COLOURS[finding.severity]), " ", (finding.rule, "bold"))
        console.print(head)
        grid = Table.grid(padding=(0, 2))
        for key, text in (
            ("what", finding.what),
            ("where", finding.where),
            ("why", finding.why),
            ("try", finding.try_),
        ):
            grid.add_row(Text(key, style="dim"), Text(text))
        console.print(Padding(grid, (0, 0, 0, 2)))


def table(headings: Sequence[str], rows: Iterable[Sequence[Any]], *, title: str | None = None) -> Table:
    """A plain table; numbers stand to the right, and are never cut."""
    rows = [[str(cell) for cell in row] for row in rows]
    gap = 2 if len(headings) < 8 else 1
    shown = Table(
        title=title, title_justify="left", box=None, pad_edge=False, header_style="dim", padding=(0, gap, 0, 0)
    )
    for i, heading in enumerate(headings):
        numeric = bool(rows) and all(
            row[i].replace(",", "").replace(".", "").lstrip("+-").split(" ")[0].isdigit() for row in rows if row[i]
        )
        shown.add_column(heading, justify="right" if numeric else "left", no_wrap=numeric, overflow="fold")
    for row in rows:
        shown.add_row(*[Text(cell) for cell in row])
    return shown
