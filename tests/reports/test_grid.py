"""The page of a grid: curves are the means of the seeds, nothing comes from outside, hostile names are only shown."""

import re
from typing import Any

import msgspec
import numpy as np
import pytest

from penjing.evaluation.by_model import Row
from penjing.evaluation.seeds import over_seeds
from penjing.findings import Finding
from penjing.reports.grid import HUES, GridPage, pictures, render
from penjing.rules.across_runs import Found
from tests.reports.test_page import HOSTILE, References, needs_nothing_from_outside


def log(scale: float, last: int = 100) -> list[dict[str, Any]]:
    """A loss that falls as scale / step, with a score now and then."""
    lines: list[dict[str, Any]] = [{"step": step, "loss": scale / step} for step in range(1, last + 1)]
    return lines + [{"step": s, "validation": s / 200, "name": "accuracy"} for s in range(10, last + 1, 10)]


def row(model: str) -> Row:
    return Row(
        model=model,
        seeds=(0, 1),
        score_name="accuracy",
        score=over_seeds([0.9, 0.8]),
        loss=over_seeds([0.1, 0.2]),
        parameters=1000,
        seconds=2.5,
    )


def page(*models: str, **changed: Any) -> GridPage:
    whole: dict[str, Any] = {
        "grid": "runs/digits-grid-1",
        "source": "sklearn:digits",
        "asked": 2 * len(models),
        "done": 2 * len(models),
        "settings": {"budget": "20steps"},
        "rows": [row(model) for model in models],
        "logs": {model: [log(1.0), log(2.0)] for model in models},
        "findings": [],
        "penjing": "0.1.0",
    }
    return GridPage(**whole | changed)


def test_what_was_measured_for_each_seed_and_differs_is_told_below_the_table() -> None:
    apart = msgspec.structs.replace(row("cnn"), apart={"lr": (0.01, 0.02)})
    assert "cnn: lr 0.01, 0.02: measured for each seed" in render(page("cnn", rows=[apart]))
    assert "measured for each seed" not in render(page("cnn"))


def heights(points: str) -> np.ndarray:
    return np.array([float(point.split(",")[1]) for point in points.split()])


def test_a_line_is_the_mean_of_the_seeds_and_the_band_holds_each_of_them() -> None:
    alone, both = (pictures({"cnn": logs})[0] for logs in ([log(3.0)], [log(2.0), log(4.0)]))
    [one], [drawn] = alone.curves, both.curves
    assert one.band == ""
    line, band = heights(drawn.line), heights(drawn.band)
    below_top = both.y.place(both.y.high) - line  # the mean of 2 and 4 is 3, at every step
    values = [both.y.low * (both.y.high / both.y.low) ** (share / 100) for share in below_top]
    ours = [alone.y.low * (alone.y.high / alone.y.low) ** (share / 100) for share in 100 - heights(one.line)]
    assert values == pytest.approx(ours, rel=2e-3)  # places are written to a hundredth of a percent
    above, below = band[: len(line)], band[len(line) :][::-1]  # lowest seeds first, which lie further down
    assert (above >= line).all()
    assert (below <= line).all()
    assert (above > below).all()


def test_seeds_that_stopped_at_other_steps_are_drawn_as_far_as_all_went() -> None:
    loss, score = pictures({"cnn": [log(1.0, 100), log(1.0, 57)]})
    assert (loss.x.high, score.x.high) == (57, 50)


def test_models_share_their_axes_and_each_has_its_color() -> None:
    [loss, _] = pictures({"cnn": [log(1.0)], "mlp": [log(5.0)]})
    cnn, mlp = (heights(curve.line) for curve in loss.curves)
    assert (mlp < cnn).all()  # a higher loss lies further up
    assert [curve.hue for curve in loss.curves] == [0, 1]
    many = pictures({f"m{i}": [log(1.0 + i)] for i in range(HUES + 1)})[0].curves
    assert [(many[0].hue, many[0].is_dashed), (many[-1].hue, many[-1].is_dashed)] == [(0, False), (0, True)]


def test_without_validation_there_is_the_loss_alone_and_without_a_log_nothing() -> None:
    assert [picture.title for picture in pictures({"cnn": [[{"step": 4, "loss": 1.0}]]})] == ["training loss"]
    assert pictures({"cnn": [[]]}) == []


def test_a_page_needs_nothing_from_outside_and_closes_its_tags() -> None:
    finding = Finding(rule="PJ205", severity="error", what=HOSTILE, where=HOSTILE, why=HOSTILE, try_=HOSTILE)
    made = page(
        HOSTILE, "mlp", settings={HOSTILE: HOSTILE}, findings=[Found(finding, [HOSTILE])], grid=HOSTILE, source=HOSTILE
    )
    for html in (render(page("cnn", "mlp")), render(made), render(page())):
        assert needs_nothing_from_outside(html)
        assert [tag for tag in References(html).open if tag not in ("i", "span")] == []
    assert HOSTILE not in render(made)


def test_every_figure_has_its_name_where_the_table_is_stacked() -> None:
    html = render(page("cnn", "mlp"))
    (head,) = re.findall(r"<thead><tr><th>model</th>(.*)</tr></thead>", html)
    names = re.findall(r'<td class="[^"]*" data-name="([^"]*)"', html)
    assert names == 2 * re.findall(r"<th[^>]*>([^<]*)</th>", head)


def test_the_same_runs_give_the_same_bytes() -> None:
    assert render(page("cnn")) == render(page("cnn"))


def test_what_is_not_done_is_said_with_how_to_go_on() -> None:
    text = References(render(page("cnn", asked=3))).text
    assert "2 of 3 trainings are done" in text
    assert "penjing train --resume runs/digits-grid-1" in text
    assert "--resume" not in References(render(page("cnn"))).text
