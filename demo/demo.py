"""`make demo`: one job from data to a sealed file, on real handwritten digits; then three faults, planted and found.

Everything is written to runs/demo, which is replaced. `python -m demo.demo` leaves with an error where a command does,
and with 1 where a fault is not named first.
"""

import os
import runpy
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
from rich.console import Console
from rich.rule import Rule

from demo import faults
from penjing import cli
from penjing.data.dataset import Dataset
from penjing.evaluation.record import Evaluation
from penjing.evaluation.scores import Scores, difference, share
from penjing.findings import Finding
from penjing.rules.on_data import check_data
from penjing.run import Run
from penjing.runtime.pipeline import Predictor
from penjing.settling import asked
from penjing.training.checkpoint import load_arrays
from penjing.training.job import Job, plan
from penjing.training.session import fit_run, fresh_network
from penjing.training.torch_engine import TorchEngine
from penjing.verbs.check import check
from penjing.verbs.text import show_findings, table
from penjing.verbs.verify import verify

SOURCE = "sklearn:digits"
FOLDER = Path("runs/demo")
RUN, FILE = FOLDER / "digits", FOLDER / "digits.onnx"
BY_HAND = Path(__file__).with_name("train_by_hand.py")
WIDTH = 100

MAIN_JOB: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("What is in the data", ("look", SOURCE)),
    ("Is anything wrong with it", ("check", SOURCE)),
    ("Train, score on held-out digits, write a report", ("train", SOURCE, "--out", str(RUN))),
    ("What moved the answers, and whether to believe it", ("explain", str(RUN))),
    ("Smaller, where it pays", ("compress", str(RUN), "--out", str(FOLDER / "digits-small"))),
    ("One file that carries its proof", ("export", str(RUN), str(FILE))),
    ("The proof, repeated", ("verify", str(FILE))),
    ("The file's own score, by another engine", ("evaluate", str(FILE))),
    ("How fast", ("bench", str(FILE))),
)


class Comparison(NamedTuple):
    """One learner's score with the fault and after it was mended, on the same examples."""

    learner: str
    before: Scores
    after: Scores


class Exhibit(NamedTuple):
    """One fault, and what Penjing said of it."""

    planted: str
    expected: str  # the rule that must be named first
    findings: Sequence[Finding]

    @property
    def named_first(self) -> bool:
        """Whether the first finding is the planted fault."""
        return bool(self.findings) and self.findings[0].rule == self.expected


def main() -> None:
    """The whole demo, then its verdict."""
    os.environ["COLUMNS"] = str(WIDTH)
    console = Console(width=WIDTH, highlight=False)
    shutil.rmtree(FOLDER, ignore_errors=True)
    began = time.perf_counter()

    for i, (title, words) in enumerate(MAIN_JOB, start=1):
        head(console, f"{i}/{len(MAIN_JOB)}  {title}")
        penjing(console, *words)

    exhibits = []
    for i, (title, show_fault) in enumerate(FAULTS.items(), start=1):
        head(console, f"Fault {i}/{len(FAULTS)}  {title}")
        exhibits.append(show_fault(console))

    head(console, "Verdict")
    show_verdict(exhibits, console)
    say(console, "time", f"{time.perf_counter() - began:.0f} s")
    sys.exit(0 if all(exhibit.named_first for exhibit in exhibits) else 1)


def head(console: Console, title: str) -> None:
    """A line that begins a part."""
    console.print()
    console.print(Rule(f"[bold]{title}", align="left", style="dim"))


def penjing(console: Console, *words: str) -> None:
    """Run a command as a shell would, without paying for another import of torch; leave where it fails."""
    console.print(f"[green]$ penjing {' '.join(words)}")
    began = time.perf_counter()
    try:
        cli.main(words)
    except SystemExit as left:
        if left.code:
            raise
    console.print(f"[dim]{time.perf_counter() - began:.1f} s")


# Three faults


def wrong_labels(console: Console) -> Exhibit:
    """5 % of the training labels; mended by leaving out the pictures that the finding lists."""
    job = short_job()
    faulty, planted = faults.mislabel(job.raw, share=0.05)
    train = faulty.splits["train"]
    exhibit = Exhibit(
        f"{len(planted)} of {len(train):,} training labels changed to another class", "PJ006", check_data(faulty)
    )
    show_exhibit(exhibit, console)
    suspects = faults.suspects_in(train, next(finding for finding in exhibit.findings if finding.rule == "PJ006"))
    mended = faults.with_train(faulty, faults.take(train, np.setdiff1d(np.arange(len(train)), suspects)))
    hits = len(np.intersect1d(suspects, planted))
    say(console, "mended", f"left out the {len(suspects)} training pictures it lists; {hits} of them are planted ones")
    show_scores(trained_on(job, faulty, mended, "wrong-labels", console), console)
    return exhibit


def leaked_test(console: Console) -> Exhibit:
    """All test pictures, copied into the train split; mended by leaving out what the test split holds."""
    job = short_job()
    faulty = faults.leak(job.raw, share=1.0)
    copies = len(faulty.splits["train"]) - len(job.raw.splits["train"])
    exhibit = Exhibit(f"all {copies} test pictures copied into the train split", "PJ002", check_data(faulty))
    show_exhibit(exhibit, console)
    say(console, "mended", "left the copies out of the train split; a score before that is a test of memory")
    show_scores(trained_on(job, faulty, faults.without_leak(faulty), "leak", console), console)
    return exhibit


def softmax_before_loss(console: Console) -> Exhibit:
    """A hand-written loop that hands probabilities to a loss that wants logits."""
    sound, script = BY_HAND.read_text(), FOLDER / "train_by_hand.py"
    script.write_text(faults.softmax_before_loss(sound))
    console.print(f"[green]$ penjing check {script}")
    exhibit = Exhibit(f"in a hand-written loop: {faults.FAULTY_LOSS}", "PJ102", check(script).findings)
    show_exhibit(exhibit, console)
    before = right_answers(script)
    script.write_text(sound)
    say(console, "mended", faults.SOUND_LOSS)
    show_scores([Comparison("its network", before, right_answers(script))], console)
    return exhibit


FAULTS = {
    "Wrong labels": wrong_labels,
    "A leak between splits": leaked_test,
    "A softmax before the loss": softmax_before_loss,
}


def short_job() -> Job:
    """The main job with a short budget, and a leak allowed, so that it can be scored."""
    return plan(SOURCE, asked({"budget": "12epochs", "evaluations": 0, "ignore": ("PJ002",)}))


def trained_on(job: Job, faulty: Dataset, mended: Dataset, name: str, console: Console) -> list[Comparison]:
    """Our network and the nearest neighbour, learned from either, scored on the same test split."""
    before = scores_of(job, faulty, FOLDER / name, console)
    after = scores_of(job, mended, FOLDER / f"{name}-mended", console)
    return [Comparison(learner, before[learner], after[learner]) for learner in ("our network", "nearest neighbour")]


def scores_of(job: Job, data: Dataset, out: Path, console: Console) -> dict[str, Scores]:
    """Train on the train split of `data`, and score on its test split, by learner."""
    config = msgspec.structs.replace(job.config, data_fingerprint=data.fingerprint)
    job = job._replace(config=config, raw=data, data=data, spec=job.task.describe(data, config))
    run = Run.create(out, config, job.spec)
    console.print(f"[dim]{out.name}")
    fit_run(job, fresh_network(job), run, console)
    network = fresh_network(job)
    load_arrays(network, run.weights("last"))
    test = data.splits["test"]
    predictor = Predictor(job.task.pipeline(job.spec), TorchEngine(job.task.graphs(network, job.spec)))
    answers: dict[str, Sequence[Any]] = {"our network": job.task.answers(predictor, test)[0]}
    answers |= job.task.baselines(data, job.spec, test)
    return {name: job.task.score(given, list(test.truths), job.spec) for name, given in answers.items()}


def right_answers(script: Path) -> Scores:
    """Run a script, and score the test examples that its `right` calls right."""
    accuracy, draws = share(runpy.run_path(str(script))["right"])
    return Scores(primary=accuracy, draws=tuple(draws.tolist()))


# What is shown


def say(console: Console, word: str, text: str) -> None:
    """A line that begins with a word in a column of its own."""
    console.print(f"{word:<10}{text}", markup=False)


def show_exhibit(exhibit: Exhibit, console: Console) -> None:
    """What was planted, and what was named."""
    say(console, "planted", exhibit.planted)
    show_findings(console, exhibit.findings[:1])
    named = "named first" if exhibit.named_first else "NOT named first"
    say(console, "named", f"{exhibit.expected} is {named}, findings in all: {len(exhibit.findings)}")


def show_scores(comparisons: Sequence[Comparison], console: Console) -> None:
    """Before and after, with the paired change."""
    rows = []
    for learner, before, after in comparisons:
        change = difference(after, before)
        points = f"{change.value * 100:+.1f} [{change.low * 100:+.1f}, {change.high * 100:+.1f}]"
        rows.append((learner, _percent(before), _percent(after), points, change.verdict))
    console.print(table(["test accuracy, %", "with the fault", "mended", "change (paired)", ""], rows))


def show_verdict(exhibits: Sequence[Exhibit], console: Console) -> None:
    """Ours beside simple learners, what was found, what the file proves, where the report is."""
    test = msgspec.convert(Run.open(RUN).scores["test"], Evaluation)
    say(console, "score", str(test.scores.primary))
    for name in ("nearest neighbour", "SVM"):
        gain = test.baselines[name].ours_less_this
        say(console, "", f"{gain} against {name} (paired): {gain.verdict}")
    named = [exhibit.expected for exhibit in exhibits if exhibit.named_first]
    say(console, "faults", f"{len(named)} of {len(exhibits)} named first: {', '.join(named)}")
    proof = verify(FILE)
    seal = "seal whole" if proof.seal else "SEAL BROKEN"
    say(console, "file", f"{FILE}: {seal}, {proof.samples} sample answers agree on {proof.engine}")
    say(console, "report", str(RUN / "report.html"))


def _percent(scores: Scores) -> str:
    accuracy = scores.primary
    return f"{accuracy.value * 100:.1f} [{accuracy.low * 100:.1f}, {accuracy.high * 100:.1f}]"


if __name__ == "__main__":
    main()
