"""What a grid shows a person at its end."""

from typing import TYPE_CHECKING

from rich.console import Console

from penjing.evaluation.measured import apart_in_words
from penjing.verbs.text import show_places, table

if TYPE_CHECKING:
    from penjing.verbs.train_grid import TrainedGrid


def show(trained: "TrainedGrid", console: Console) -> None:
    """The table, and what to type next, for people."""
    rows = [
        (
            row.model,
            len(row.seeds),
            row.score.value_text,
            row.score.interval_text,
            row.loss.value_text if row.loss else "",
            row.loss.interval_text if row.loss else "",
            f"{row.parameters:,}" if row.parameters is not None else "",
            f"{row.seconds:,.1f}" if row.seconds is not None else "",
        )
        for row in trained.rows
    ]
    if rows:
        name = trained.rows[0].score_name
        headings = ["model", "seeds", name, "95 % interval", "training loss", "95 % interval", "parameters", "seconds"]
        console.print(table(headings, rows))
        for row in trained.rows:
            if row.apart:
                console.print(
                    f"\n{row.model}, measured for each seed, with different results: {apart_in_words(row.apart)}"
                )
        console.print("\nMeans over seeds, with Student's t. The loss is that of the last tenth of the steps.")
    console.print()
    show_places(console, {"grid": trained.grid, "report": trained.report, "next": f"penjing compare {trained.grid}"})
