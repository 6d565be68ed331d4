"""How findings and tables look in a terminal."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, JustifyMethod, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from penjing.findings import Finding
from penjing.verbs.outcome import Outcome

LEAST, LONGEST = 16, 24  # columns of the terminal: what a column of words keeps, and of a word, before it is folded
INDENT = 2
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


def table(headings: Sequence[str], rows: Iterable[Sequence[Any]], *, title: str | None = None) -> "Fitted":
    """A plain table. Numbers stand to the right; they, and the words of the first column, are never cut."""
    return Fitted(list(headings), [[str(cell) for cell in row] for row in rows], title)


class Fitted:
    """A table where the console is wide enough for every column's least width, else a block a row."""

    def __init__(self, headings: list[str], rows: list[list[str]], title: str | None) -> None:
        self.headings, self.rows, self.title = headings, rows, title
        self.gap = 2 if len(headings) < 8 else 1

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """What fits into the options' width."""
        widths = self._widths(options.max_width)
        yield from self._stacked(options.max_width) if widths is None else [self._side_by_side(widths)]

    def _widths(self, room: int) -> list[int] | None:
        """Of each column, without the gap; None where not even the least ones fit."""
        columns = [self._column(i) for i in range(len(self.headings))]
        room -= self.gap * (len(columns) - 1)
        natural = [max(map(_width, column)) for column in columns]
        least = [min(self._least(i), whole) for i, whole in enumerate(natural)]
        for cap in range(max(natural), 0, -1):  # the widest columns give way first
            widths = [max(low, min(whole, cap)) for low, whole in zip(least, natural, strict=True)]
            if sum(widths) <= room:
                return widths
        return None

    def _least(self, i: int) -> int:
        """Numbers stay whole, a row's name keeps its words whole, and other words are folded where they are long."""
        heading, *cells = self._column(i)
        if _is_numeric(cells):
            return max(_longest_word([heading]), *map(_width, cells))
        word = _longest_word([heading, *cells])
        return max(LEAST, word if i == 0 else min(word, LONGEST))

    def _column(self, i: int) -> list[str]:
        return [self.headings[i], *(row[i] for row in self.rows)]

    def _side_by_side(self, widths: Sequence[int]) -> Table:
        shown = Table(
            title=self.title,
            title_justify="left",
            box=None,
            pad_edge=False,
            header_style="dim",
            padding=(0, self.gap, 0, 0),
        )
        for i, (heading, width) in enumerate(zip(self.headings, widths, strict=True)):
            justify: JustifyMethod = "right" if _is_numeric(self._column(i)[1:]) else "left"
            shown.add_column(Text(heading), justify=justify, width=width, overflow="fold")
        for row in self.rows:
            shown.add_row(*map(Text, row))
        return shown

    def _stacked(self, room: int) -> Iterator[RenderableType]:
        """Each row as its name, and below it as many of `heading: value` a line as there is room for."""
        if self.title is not None:
            yield Text(self.title, style="italic")
        for row in self.rows:
            name, *others = [
                Text.assemble((f"{heading}: " if heading else "", "dim"), cell)
                for i, (heading, cell) in enumerate(zip(self.headings, row, strict=True))
                if cell or i == 0
            ]
            yield name
            line = Text()
            for fact in others:
                if line and line.cell_len + 2 + fact.cell_len > room - INDENT:
                    yield Padding(line, (0, 0, 0, INDENT), expand=False)
                    line = Text()
                line = Text.assemble(line, "  " if line else "", fact)
            if line:
                yield Padding(line, (0, 0, 0, INDENT), expand=False)


def _width(cell: str) -> int:
    return max(map(cell_len, cell.splitlines()), default=0)


def _longest_word(cells: Sequence[str]) -> int:
    return max((cell_len(word) for cell in cells for word in cell.split()), default=0)


def _is_numeric(cells: Sequence[str]) -> bool:
    """Whether all that is there begins with a number."""
    return bool(cells) and all(
        cell.replace(",", "").replace(".", "").lstrip("+-").split(" ")[0].isdigit() for cell in cells if cell
    )
