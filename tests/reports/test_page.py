"""The page: nothing from outside, findings before scores, hostile text shown and not obeyed."""

import re
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from penjing.config import Choice, Config, Data, Model, Train, settings_of
from penjing.evaluation.drawing import Drawing, picture_svg
from penjing.evaluation.record import Evaluation
from penjing.evaluation.scores import Scores, share
from penjing.findings import Finding
from penjing.reports.examples import Example, Examples
from penjing.reports.page import Page, render
from tests.reports.test_plots import LOG
from tests.reports.test_verdict import evaluated, right

MOMENTUM = next(row.description for row in settings_of(Train) if row.name == "momentum")

HOSTILE = "<script>alert('x')</script>"
NO_WEIGHTS = Finding(
    rule="no-weights",
    severity="error",
    what="the run has no weights yet",
    where="runs/digits-1",
    why="it was stopped",
    try_="penjing train --resume runs/digits-1",
)


def page(**changed: Any) -> Page:
    source = Choice("sklearn:digits", "typed", "you typed it")
    whole: dict[str, Any] = {
        "run": "runs/digits-1",
        "config": Config(
            penjing="0.1.0",
            task="classify",
            seed=0,
            data_fingerprint="72a140617acb6a74",
            data=Data("sklearn:digits"),
            model=Model("cnn"),
            train=Train(),
            options={},
            origins={
                "momentum": Choice(0.9, "default", MOMENTUM),
                "lr": Choice(0.003, "default", "the largest that is stable"),
                "source": source,
            },
        ),
        "findings": [],
        "rules": 17,
        "log": LOG,
        "evaluations": {"test": evaluated(right(190), svm=right(191))},
        "examples": NO_WEIGHTS,
        "parent": None,
        "compression": "",
        "is_finished": True,
    }
    return Page(**whole | changed)


class References(HTMLParser):
    """Everything through which a page could fetch or run something, and the tags that were left open."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.outside: list[str] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "link", "iframe", "object", "embed", "base"):
            self.outside.append(tag)
        for name, value in attrs:
            inside = (value or "").startswith(("#", "data:"))
            if name.startswith("on") or (name in ("src", "href", "xlink:href", "srcset", "action") and not inside):
                self.outside.append(f"{tag} {name}={value}")
        if tag not in ("meta", "br", "image", "rect", "polyline", "polygon", "line", "circle", "path"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        self.text += data


def needs_nothing_from_outside(html: str) -> bool:
    words = re.sub(r"http://www.w3.org/2000/svg|data:image/png;base64,[\w+/=]+", "", html)
    return not References(html).outside and not re.search(r"https?:|@import|url\(|//\w", words)


def with_class(name: str) -> Evaluation:
    primary, draws = share(np.array([True, False]))
    details = {"confusion": [[1, 0], [1, 0]], "classes": [name, "b"]}
    return evaluated(Scores(primary=primary, draws=tuple(draws.tolist()), details=details), **{name: right(100)})


def drawings() -> Examples:
    drawing = Drawing(picture_svg(np.zeros((8, 8, 1), np.uint8)), f"1, is {HOSTILE}", right=False)
    return Examples("test", 1, [[Example(drawing, HOSTILE)]])


def hostile_page() -> Page:
    finding = Finding(
        rule=HOSTILE,
        severity="warning",
        what=HOSTILE,
        where=HOSTILE,
        why=HOSTILE,
        try_=HOSTILE,
        evidence={HOSTILE: [HOSTILE]},
    )
    log = [line | ({"name": HOSTILE} if "name" in line else {HOSTILE: 1.0}) for line in LOG]
    evaluations = {"test": with_class(HOSTILE)}
    return page(run=HOSTILE, findings=[finding], log=log, evaluations=evaluations, examples=drawings(), parent=HOSTILE)


@pytest.mark.parametrize("made", [page(), page(examples=drawings()), hostile_page()], ids=["plain", "drawn", "hostile"])
def test_a_page_needs_nothing_from_outside(made: Page) -> None:
    html = render(made)
    assert needs_nothing_from_outside(html)
    assert len(html.encode()) < 1_000_000


def test_hostile_text_is_shown_and_not_obeyed() -> None:
    html = render(hostile_page())
    assert HOSTILE not in html
    assert References(html).text.count(HOSTILE) >= 15


@pytest.mark.parametrize("made", [page(), page(examples=drawings()), hostile_page()], ids=["plain", "drawn", "hostile"])
def test_every_tag_is_closed(made: Page) -> None:
    assert References(render(made)).open == []


def labelled(count: int) -> Evaluation:
    labels = [
        {"label": f"{HOSTILE}{k}", "n": k, "average precision": k / count, "F1": 0.5, "threshold": 0.25}
        for k in range(count)
    ]
    primary, draws = share(np.arange(100) < 80, "mean average precision")
    return evaluated(Scores(primary=primary, draws=tuple(draws.tolist()), details={"labels": labels}), set=right(100))


def test_labels_have_a_table_that_says_what_it_leaves_out() -> None:
    made = page(evaluations={"test": labelled(60)}, examples=drawings())
    text = References(render(made)).text
    assert HOSTILE not in render(made)
    assert f"{HOSTILE}12" in text
    assert f"{HOSTILE}59" not in text
    assert "and 20 more" in text
    assert "more, all better" not in References(render(page(evaluations={"test": labelled(3)}))).text


def test_answers_that_a_task_judges_in_its_own_words_are_not_called_wrong() -> None:
    drawing = Drawing("<svg></svg>", "0.25, truly 0.10", right=False, verdict="off by 0.15")
    text = References(render(page(examples=Examples("test", 134, [[Example(drawing, "a.jpg")]])))).text
    assert "off by 0.15" in text
    assert "wrong" not in text
    assert "1 answer, chosen from 134 of the test split." in text


def test_findings_stand_before_score_curves_and_answers() -> None:
    html = render(page(examples=drawings()))
    ids = re.findall(r'<section id="(\w+)">', html)
    assert ids == ["findings", "score", "curves", "answers", "choices", "cost", "next"]
    assert html.index('class="verdict"') < html.index('id="findings"')


def test_every_field_of_a_finding_is_told() -> None:
    fields = {"what": "THE WHAT", "where": "THE WHERE", "why": "THE WHY", "try_": "THE TRY"}
    text = References(
        render(page(findings=[Finding(rule="PJ777", severity="warning", evidence={"mean": 14.25}, **fields)]))
    ).text
    for told in ("PJ777", "warning", "14.25", *fields.values()):
        assert told in text


def test_the_first_finding_stays_first() -> None:
    second = Finding(rule="PJ002", severity="warning", what="b", where="b", why="b", try_="b")
    html = render(page(findings=[NO_WEIGHTS, second]))
    assert html.index("no-weights") < html.index("PJ002")
    assert "1 error and 1 warning found" in html


def test_silence_of_the_rules_is_said_with_their_number() -> None:
    assert "No rule fired; there are 17 in the catalogue" in render(page())


def test_evidence_too_long_is_cut_and_says_so() -> None:
    finding = Finding(
        rule="PJ005", severity="note", what="", where="", why="", try_="", evidence={"at": list(range(999_999))}
    )
    html = render(page(findings=[finding]))
    assert "whole in findings.json" in html
    assert len(html) < 1_000_000


def test_what_was_asked_or_picked_stands_before_plain_defaults() -> None:
    html = render(page())
    plain = html.index("left at the default: 1")
    assert max(html.index("you typed it"), html.index("the largest that is stable")) < plain < html.index(MOMENTUM[:12])


def test_an_unfinished_run_says_how_far_it_came_and_how_to_go_on() -> None:
    text = References(render(page(is_finished=False, evaluations={}, log=LOG[:1]))).text
    assert "25\N{NO-BREAK SPACE}% of its budget" in text
    assert "Not scored yet" in text
    assert "penjing train --resume runs/digits-1" in text


def test_a_run_without_a_log_has_a_page() -> None:
    assert "Nothing was logged yet" in render(page(is_finished=False, evaluations={}, log=[]))


def test_commands_can_be_pasted_whatever_the_folder_is_called() -> None:
    assert "penjing export 'my runs/digits 1'" in References(render(page(run="my runs/digits 1"))).text


def test_looks_at_the_test_split_are_counted() -> None:
    import msgspec

    often = msgspec.structs.replace(evaluated(right(190)), times_scored=40)
    assert "scored 40 times; the more often" in render(page(evaluations={"test": often}))
