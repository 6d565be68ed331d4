"""What a task chooses after training on answers of the validation split: thresholds, the margins of intervals."""

import copy
from typing import Any, NamedTuple

from torch import nn

from penjing.data.dataset import Split
from penjing.evaluation.regression import COVERED, LEAST
from penjing.findings import Finding
from penjing.run import Run
from penjing.runtime.pipeline import Predictor
from penjing.tasks.task import uncalibrated
from penjing.training.job import Job
from penjing.training.moment import load_arrays
from penjing.training.torch_engine import TorchEngine


class Calibrated(NamedTuple):
    """The Spec that answers from now on, and what is to be said of it."""

    spec: Any
    findings: list[Finding]


def calibrate_run(job: Job, network: nn.Module, run: Run) -> list[Finding]:
    """Choose what is chosen after training, and keep it in the run's spec.json.

    It comes before the last weights are written: a run that has them is finished, and its spec is what it answers by.

    Args:
        job: what was trained.
        network: with its last weights; they stay. Where the best are kept, those of the run are judged.
        run: where.
    """
    if job.config.train.keep == "best":
        network = copy.deepcopy(network)
        load_arrays(network, run.weights("best"))
    spec, findings = calibrated(job, network)
    run.write_spec(spec)
    return findings


def calibrated(job: Job, network: nn.Module) -> Calibrated:
    """Choose on the validation split what the task chooses there; where it is too small, a note says so.

    Args:
        job: what was trained.
        network: with the weights that are kept.
    """
    task, spec, validation = job.task, job.spec, job.data.splits["validation"]
    if task.calibrate is uncalibrated:
        return Calibrated(spec, [])
    predictor = Predictor(task.pipeline(spec), TorchEngine(task.graphs(network, spec)))
    chosen = task.calibrate(*task.answers(predictor, _first(job.data.splits["train"])), spec)
    if chosen is spec:  # a task may choose something for some data only
        return Calibrated(spec, [])
    if len(validation):
        chosen = task.calibrate(*task.answers(predictor, validation), spec)
    if len(validation) >= LEAST or (len(validation) and chosen != spec):
        return Calibrated(chosen, [])
    return Calibrated(spec, [_not_calibrated(len(validation), job.config.data.validation)])


def _first(split: Split) -> Split:
    return Split(split.inputs[:1], split.truths[:1], split.names[:1])


def _not_calibrated(n: int, share: float) -> Finding:
    held = f"only {n} were" if n else "none were"
    return Finding(
        rule="not-calibrated",
        severity="note",
        what="nothing is calibrated: thresholds stay at 0.5, numbers come without an interval",
        where=f"validation={share:g}, {n} examples",
        why=f"both are chosen on examples that the training did not see, and {held} held back; "
        f"a {COVERED:.0%} interval needs at least {LEAST}.",
        try_=f"more examples, or a larger share of them: validation={min(max(2 * share, 0.1), 0.5):g}",
        evidence={"n": n, "least": LEAST},
    )
