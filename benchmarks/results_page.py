"""RESULTS.md, from records alone: machines, sections, what was not measured, commands."""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from benchmarks import results_pictures as pictures
from benchmarks import results_speed as speed
from benchmarks.judging import goal_of, judged
from benchmarks.loop import LONG_SECONDS, MOST_SECONDS, MOST_SHARE
from benchmarks.records import Record
from benchmarks.results_words import Pair, markdown_table, reached, score_text, test_of, typed
from benchmarks.rows import Row, Section
from penjing.evaluation.scores import Difference
from penjing.runtime import machine

HEAD = (
    "Measured by `make results`, which runs the commands below and writes this page; nothing is written by hand. "
    "Intervals are of 95 %."
)


def render(rows: Sequence[Row], records: Mapping[str, Record]) -> str:
    """RESULTS.md, from records alone."""
    measured = [(row, records[row.name]) for row in rows if row.name in records]
    parts = [
        "# Results",
        HEAD,
        _machines([record for _, record in measured]),
    ]
    for heading, sections, body in SECTIONS:
        if pairs := [pair for pair in measured if pair[0].section in sections]:
            parts += [f"## {heading}", body(pairs)]
    if missing := [row for row in rows if row.name not in records]:
        reasons = [f"- {row.name}" + (f", from `{', '.join(row.needs)}`" if row.needs else "") for row in missing]
        parts += ["## Not measured", "\n".join(reasons)]
    if measured:
        lines = [f"- {row.name}: `{typed(record.command)}`, {record.machine['code']}" for row, record in measured]
        parts += ["## Commands", "\n".join(lines)]
    return "\n\n".join(parts) + "\n"


def _machines(records: Sequence[Record]) -> str:
    measured: dict[str, list[str]] = {}  # on each machine: names of rows
    for record in records:
        facts = record.machine
        versions = ", ".join(f"{name} {version}" for name, version in facts["versions"].items())
        cores = f"{facts['cores']} core{'s' if facts['cores'] > 1 else ''}"
        instructions = f", {facts['instructions']}" if "instructions" in facts else ""  # the first records lack them
        here = (f"{facts['processor']}{instructions}, {cores}, {facts['system']}", f"threads: {facts['threads']}")
        measured.setdefault("; ".join((*here, versions)), []).append(record.name)
    by_rows = sorted(measured, key=lambda line: len(measured[line]), reverse=True)
    lines = [f"{usual}." for usual in by_rows[:1]]
    lines += [f"On another machine were measured {', '.join(measured[other])}: {other}." for other in by_rows[1:]]
    busy = [record.name for record in records if record.machine["cores_taken"] > machine.BUSY]
    if busy:
        lines.append(f"The machine was busy, so that seconds are too long, when these began: {', '.join(busy)}.")
    return "\n\n".join(lines)


def _tenants(pairs: Sequence[Pair]) -> str:
    rows = []
    for row, record in pairs:
        test = test_of(record)
        cost = test["cost"]
        rows.append(
            (
                row.name,
                score_text(test["scores"]["primary"]),
                row.floor,
                reached(row, test),
                f"{cost['parameters']:,}",
                f"{cost['macs']:,}" if cost.get("macs") else "",
                f"{cost['train_seconds']:.1f}",
                f"{record.seconds[0]:.1f}",
            )
        )
    headings = ("task, seed", "test score", "floor", "", "parameters", "MACs", "training, s", "whole command, s")
    return markdown_table(headings, rows)


def _baselines(pairs: Sequence[Pair]) -> str:
    rows = []
    for row, record in pairs:
        for name, baseline in test_of(record)["baselines"].items():
            ours = msgspec.convert(baseline["ours_less_this"], Difference)
            rows.append((row.name, name, score_text(baseline["scores"]["primary"]), str(ours), ours.verdict))
    return markdown_table(("task, seed", "baseline", "test score", "ours better by (paired)", ""), rows)


def _loop(pairs: Sequence[Pair]) -> str:
    rows = []
    for result in pairs[0][1].output["results"]:
        measured = result["overhead"]
        extra, share, saving = measured["extra_seconds"], measured["extra_share"], result["checkpoint_share"]
        if measured["bare_seconds"] > LONG_SECONDS:
            verdict = _with(share, saving, MOST_SHARE)
        else:
            verdict = _with(extra, saving * measured["bare_seconds"], MOST_SECONDS)
        rows.append(
            (
                result["case"],
                f"{measured['bare_seconds'] * 1e3:.2f}",
                f"{extra['value'] * 1e6:+.0f} [{extra['low'] * 1e6:+.0f}, {extra['high'] * 1e6:+.0f}]",
                f"{share['value']:+.1%} [{share['low']:+.1%}, {share['high']:+.1%}]",
                f"{result['begin_seconds'] * 1e3:.0f}",
                f"{saving:.1%}",
                result["claim"],
                verdict,
            )
        )
    headings = (
        "loop",
        "bare step, ms",
        "ours takes more, us",
        "share",
        "once, ms",
        "checkpoints",
        "claim, with checkpoints",
        "",
    )
    return markdown_table(headings, rows)


def _with(estimate: Mapping[str, float], more: float, most: float) -> str:
    ends = (estimate["low"] + more, estimate["high"] + more)
    return judged(estimate["value"] + more, most, ends, at_most=True)


def _resume(pairs: Sequence[Pair]) -> str:
    output = pairs[0][1].output
    differ = output["differences"]
    verdict = f"**not reached**: {', '.join(differ)}" if differ else "reached: all weights and steps are the same"
    rows = [(f"{output['kills']}", f"{output['trainings']}", f"`{' '.join(output['settings'])}`", verdict)]
    headings = ("kill -9 at random moments", "trainings", "settings", "bit for bit as one that nobody disturbed")
    return markdown_table(headings, rows)


def _door(pairs: Sequence[Pair]) -> str:
    rows = []
    for row, record in pairs:
        if row.section == "reach":
            found: float = record.output["modules"]
            what, words = "modules before the task is known", f"{found}"
        else:
            found = sorted(record.seconds)[len(record.seconds) // 2]
            what, words = f"`{typed(record.command)}`", f"{found:.3f} s, median of {len(record.seconds)}"
        rows.append((what, words, f"at most {row.floor}", judged(found, goal_of(row.floor), at_most=True)))
    return markdown_table(("what", "measured", "claim", ""), rows)


SECTIONS: tuple[tuple[str, tuple[Section, ...], Callable[[Sequence[Pair]], str]], ...] = (
    ("Classify, detect, generate, act", ("tenant",), _tenants),
    ("Learning from pictures", ("folds", "pictures"), pictures.scores),
    ("Score against budget", ("pictures", "chosen"), pictures.curves),
    ("Nothing chosen, beside the best that was found by hand", ("chosen", "pictures"), pictures.by_hand),
    ("A number a picture", ("numbers",), pictures.numbers),
    ("Baselines", ("tenant", "folds", "pictures", "numbers"), _baselines),
    ("Depth, plain and residual", ("depth",), pictures.depth),
    ("Transfer", ("transfer",), pictures.transfer),
    ("Training pictures a second, end to end", ("throughput",), speed.throughput),
    ("The network for photographs, beside others", ("light",), speed.light),
    ("What precision and order in memory do to the score", ("execution",), speed.execution),
    ("The first answer", ("first",), speed.first_answer),
    ("Photographs into the store", ("store",), speed.store),
    ("What augmentation costs", ("augment",), speed.augment),
    ("Killed and resumed", ("resume",), _resume),
    ("What the loop costs over a bare one", ("loop",), _loop),
    ("The door", ("door", "reach"), _door),
)
