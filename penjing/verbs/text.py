"""How findings, lines and tables look in a terminal of any width, or in a file."""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import IO, Any, cast

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, JustifyMethod, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from penjing.findings import Finding
from penjing.verbs.outcome import Outcome

LEAST, LONGEST = 16, 24  # columns of the terminal: what a column of words keeps, and of a word, before it is folded
GAPS = (2, 1)  # between columns; the first with which they fit
INDENT = 2
PLACES = 8  # columns in front of a path or a command to type: what it is
COLORS = {"error": "bold red", "warning": "bold yellow", "note": "bold blue"}


def error_console() -> Console:
    """Standard error: progress and findings go there, so that standard output holds results alone."""
    return _console(stderr=True)


def _console(*, stderr: bool = False) -> Console:
    """Takes words as they are: a path may hold `[red]` or `:smile:`, which rich would make something else of."""
    stream = _Trimmed(sys.stderr if stderr else sys.stdout)
    return _Console(file=cast("IO[str]", stream), highlight=False, markup=False, emoji=False)


class _Console(Console):
    """One that leaves the exit code to the command line: rich would leave with 1, which means that the answer is no."""

    def on_broken_pipe(self) -> None:
        """What rich calls where the reader has gone."""
        raise BrokenPipeError


class _Trimmed:
    """A stream without blanks at the ends of lines, up to which rich fills its cells."""

    def __init__(self, stream: IO[str]) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        return self.stream.write(re.sub(r" +(?=\n)", "", text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def show_outcome(outcome: Outcome) -> None:
    """What a verb found, and what it gives."""
    show_findings(error_console(), outcome.findings)
    outcome.show(_console())


def show_findings(console: Console, findings: Iterable[Finding]) -> None:
    """A block for each finding: severity and name, then what, where, why, try."""
    for finding in findings:
        head = Text.assemble((finding.severity, COLORS[finding.severity]), " ", (finding.rule, "bold"))
        console.print(head)
        for key, text in (
            ("what", finding.what),
            ("where", finding.where),
            ("why", finding.why),
            ("try", finding.try_),
        ):
            show_line(console, f"  {key:5}  ", text)


def show_line(console: Console, about: str, text: str, style: str = "") -> None:
    """A line after what it is about; what does not fit goes on below its beginning. No word, so no path, is broken."""
    margin = cell_len(about)
    for line in text.splitlines():
        for words in _filled(line.split(" "), " ", max(console.width - margin, LEAST)):
            console.print(Text.assemble((about, "dim"), (words.plain, style)), soft_wrap=True)
            about = " " * margin


def show_facts(console: Console, about: str, facts: Sequence[str]) -> None:
    """Short facts after what they are about; where they do not fit, on lines below it. None is broken in two."""
    line = f"{about}{', '.join(facts)}"
    if cell_len(line) <= console.width:
        console.print(line)
        return
    console.print(about.rstrip(), soft_wrap=True)
    parts = [*(f"{fact}," for fact in facts[:-1]), *facts[-1:]]
    for filled in _filled(parts, " ", console.width - INDENT):
        console.print(_indented(filled))


def show_places(console: Console, places: Mapping[str, object]) -> None:
    """Where things are, and what to type next: a line each, never broken, so that it can be copied."""
    for about, place in places.items():
        console.print(f"{about:{PLACES}}{place}", soft_wrap=True)


def table(headings: Sequence[str], rows: Iterable[Sequence[Any]], *, title: str | None = None) -> "Fitted":
    """A plain table. Numbers stand to the right; they, and the words of the first column, are never cut."""
    return Fitted(list(headings), [[str(cell) for cell in row] for row in rows], title)


class Fitted:
    """A table; where it is too wide, each row below its name; where that is too wide as well, a block a row."""

    def __init__(self, headings: list[str], rows: list[list[str]], title: str | None) -> None:
        self.headings, self.rows, self.title = headings, rows, title

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """What fits into the options' width."""
        room = options.max_width
        if self.title is not None:
            yield Text(self.title, style="italic")
        for gap in GAPS:
            if widths := self._widths(room, gap):
                yield self._side_by_side(widths, gap, self.rows)
                return
        for gap in GAPS:
            if widths := self._widths(room - INDENT, gap, first=1):
                yield from self._below_names(widths, gap)
                return
        yield from self._stacked(room)

    def _widths(self, room: int, gap: int, *, first: int = 0) -> list[int] | None:
        """Of the columns from the first on, without the gap; None where not even the least ones fit."""
        columns = range(first, len(self.headings))
        room -= gap * (len(columns) - 1)
        natural = [max(map(_width, self._column(i))) for i in columns]
        least = [min(self._least(i), whole) for i, whole in zip(columns, natural, strict=True)]
        for cap in range(max(natural, default=0), 0, -1):  # the widest columns give way first
            widths = [max(low, min(whole, cap)) for low, whole in zip(least, natural, strict=True)]
            if sum(widths) <= room:
                return widths
        return None

    def _least(self, i: int) -> int:
        """Numbers and short names of rows stay whole, a longer name its words, and other words are folded if long."""
        heading, *cells = self._column(i)
        if _is_numeric(cells):
            return max(_longest_word([heading]), *map(_width, cells))
        word = _longest_word([heading, *cells])
        if i == 0:
            return max(LEAST, word, min(max(map(_width, cells), default=0), LONGEST))
        return max(LEAST, min(word, LONGEST))

    def _column(self, i: int) -> list[str]:
        return [self.headings[i], *(row[i] for row in self.rows)]

    def _side_by_side(
        self, widths: Sequence[int], gap: int, rows: Iterable[Sequence[str]], *, headed: bool = True
    ) -> Table:
        """The last columns, as many as there are widths."""
        first = len(self.headings) - len(widths)
        shown = Table(box=None, pad_edge=False, show_header=headed, header_style="dim", padding=(0, gap, 0, 0))
        for i, width in enumerate(widths, first):
            justify: JustifyMethod = "right" if _is_numeric(self._column(i)[1:]) else "left"
            shown.add_column(Text(self.headings[i]), justify=justify, width=width, overflow="fold")
        for row in rows:
            shown.add_row(*map(Text, row[first:]))
        return shown

    def _below_names(self, widths: Sequence[int], gap: int) -> Iterator[RenderableType]:
        """Each row's first cell on a line of its own, and below it the others, in columns."""
        yield Text(self.headings[0], style="dim")
        yield _indented(self._side_by_side(widths, gap, []))
        for row in self.rows:
            yield Text(row[0])
            if any(row[1:]):
                yield _indented(self._side_by_side(widths, gap, [row], headed=False))

    def _stacked(self, room: int) -> Iterator[RenderableType]:
        """Each row as its name, and below it as many of `heading: value` a line as there is room for."""
        for row in self.rows:
            name, *others = [
                Text.assemble((f"{heading}: " if heading else "", "dim"), cell)
                for i, (heading, cell) in enumerate(zip(self.headings, row, strict=True))
                if cell or i == 0
            ]
            yield name
            yield from map(_indented, _filled(others, "  ", room - INDENT))


def _filled(parts: Iterable[Text | str], between: str, room: int) -> Iterator[Text]:
    """As many of the parts a line as there is room for."""
    line = Text()
    for part in parts:
        longer = Text.assemble(line, between if line else "", part)
        if line and longer.cell_len > room:
            yield line
            longer = Text.assemble(part)
        line = longer
    if line:
        yield line


def _indented(shown: RenderableType) -> Padding:
    return Padding(shown, (0, 0, 0, INDENT), expand=False)


def _width(cell: str) -> int:
    return max(map(cell_len, cell.splitlines()), default=0)


def _longest_word(cells: Sequence[str]) -> int:
    return max((cell_len(word) for cell in cells for word in cell.split()), default=0)


def _is_numeric(cells: Sequence[str]) -> bool:
    """Whether all that is there begins with a number."""
    return bool(cells) and all(
        cell.replace(",", "").replace(".", "").lstrip("+-").split(" ")[0].isdigit() for cell in cells if cell
    )
