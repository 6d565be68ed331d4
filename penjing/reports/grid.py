"""The page of a grid: a table of models, and their curves over the steps in one picture, a band over the seeds.

The picture is that of figure 6 in He et al., "Deep Residual Learning for Image Recognition", CVPR 2016.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from penjing.evaluation.by_model import Row
from penjing.evaluation.curves import last_step, mean_loss
from penjing.reports.axes import Axis, axis_of, suits_log
from penjing.reports.templates import rendered
from penjing.rules.across_runs import Found

Log = Sequence[Mapping[str, Any]]
STRETCHES = 60  # over which the loss is averaged: single batches would hide the curves behind their noise
HUES = 8  # colors that can be told apart; more models than that share them, dashed


class GridPage(NamedTuple):
    """All that the page tells."""

    grid: str
    source: str
    asked: int  # runs
    done: int
    settings: dict[str, Any]
    rows: Sequence[Row]
    logs: Mapping[str, Sequence[Log]]  # by model, of each seed that is done
    findings: Sequence[Found]  # what ended a run first
    penjing: str


class Drawn(NamedTuple):
    """A model's curve: points in percent, from the top left as SVG has them."""

    model: str
    hue: int
    is_dashed: bool
    line: str
    band: str  # from the lowest seed to the highest; "" for one


class Picture(NamedTuple):
    """The curves of all models on the same axes."""

    title: str
    x: Axis
    y: Axis
    curves: list[Drawn]


class Curve(NamedTuple):
    """One quantity of one model at common steps."""

    last: int  # step that all its seeds reached
    steps: np.ndarray  # (N,)
    seeds: np.ndarray  # (seeds, N)


def render(page: GridPage) -> str:
    """The page as HTML, the same for the same runs."""
    return rendered(
        "grid.html",
        {
            "page": page,
            "name": Path(page.source).name,
            "pictures": pictures(page.logs),
            "hues": HUES,
        },
    )


def pictures(logs: Mapping[str, Sequence[Log]]) -> list[Picture]:
    """The training loss, and the validation score where it was taken."""
    scored = [line["name"] for of_model in logs.values() for log in of_model for line in log if "validation" in line]
    drawn = [_picture("training loss", logs, _losses)]
    if scored:
        drawn.append(_picture(f"validation {scored[0]}", logs, _scores))
    return [picture for picture in drawn if picture]


def _picture(
    title: str, logs: Mapping[str, Sequence[Log]], curve_of: Callable[[Sequence[Log]], Curve | None]
) -> Picture | None:
    curves = {model: curve for model, of_model in logs.items() if (curve := curve_of(of_model)) is not None}
    if not curves:
        return None
    values = np.concatenate([curve.seeds.ravel() for curve in curves.values()]).tolist()
    x = Axis(0, max(curve.last for curve in curves.values()), is_whole=True)
    y = axis_of(values, is_log=title == "training loss" and suits_log(values))
    order = list(logs)
    drawn = [_drawn(model, order.index(model), curve, x, y) for model, curve in curves.items()]
    return Picture(f"{title}, log scale" if y.is_log else title, x, y, drawn)


def _drawn(model: str, index: int, curve: Curve, x: Axis, y: Axis) -> Drawn:
    def points(values: np.ndarray) -> list[str]:
        return [
            f"{x.place(float(step)):g},{round(100 - y.place(float(value)), 2):g}"
            for step, value in zip(curve.steps, values, strict=True)
        ]

    mean = curve.seeds.mean(0)
    band = points(curve.seeds.min(0)) + points(curve.seeds.max(0))[::-1] if len(curve.seeds) > 1 else []
    return Drawn(model, index % HUES, index >= HUES, " ".join(points(mean)), " ".join(band))


def _losses(logs: Sequence[Log]) -> Curve | None:
    """Means over equal stretches of the steps that all seeds took, each placed in the middle of its stretch."""
    logs = [log for log in logs if last_step(log)]
    if not logs:
        return None
    last = min(map(last_step, logs))
    edges = np.linspace(0, last, min(STRETCHES, last) + 1)
    return Curve(last, (edges[1:] + edges[:-1]) / 2, np.stack([mean_loss(log, edges) for log in logs]))


def _scores(logs: Sequence[Log]) -> Curve | None:
    """Scores at the steps of the first seed, as far as all seeds went; between two of a seed's own, interpolated."""
    scored = [[line for line in log if line.get("validation") is not None] for log in logs]
    scored = [lines for lines in scored if lines]
    if not scored:
        return None
    last = min(lines[-1]["step"] for lines in scored)
    steps = np.array([line["step"] for line in scored[0] if line["step"] <= last], dtype=np.float64)
    if not len(steps):
        return None
    seeds = [np.interp(steps, [at["step"] for at in lines], [at["validation"] for at in lines]) for lines in scored]
    return Curve(last, steps, np.stack(seeds))
