"""What a task chooses after training on answers of the validation split: thresholds, the margins of intervals."""

import copy
from typing import Any, NamedTuple

from torch import nn

from penjing.data.dataset import Split
from penjing.evaluation.regression import LEAST
from penjing.findings import Finding
from penjing.run import Run
from penjing.runtime.pipeline import Predictor
from penjing.tasks.task import uncalibrated
from penjing.training.checkpoint import load_arrays
from penjing.training.job import Job
from penjing.training.torch_engine import TorchEngine

UNCALIBRATED = {  # what that means, by what stands beside a picture
    "labels": "each label is answered from a probability of 0.5 on",
    "number": "numbers come without an interval",
}


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
    """Choose on the validation split what the task chooses there; where it is too small, nothing, and a note says so.

    Args:
        job: what was trained.
        network: with the weights that are kept.
    """
    task, spec, validation = job.task, job.spec, job.data.splits["validation"]
    if task.calibrate is uncalibrated:
        return Calibrated(spec, [])
    predictor = Predictor(task.pipeline(spec), TorchEngine(task.graphs(network, spec)))
    if len(validation) >= LEAST:
        return Calibrated(task.calibrate(*task.answers(predictor, validation), spec), [])
    chosen = task.calibrate(*task.answers(predictor, _first(job.data.splits["train"])), spec)
    nothing_to_choose = chosen is spec  # a task may choose something for some data only
    return Calibrated(spec, [] if nothing_to_choose else [_not_calibrated(job, len(validation))])


def _first(split: Split) -> Split:
    return Split(split.inputs[:1], split.truths[:1], split.names[:1])


def _not_calibrated(job: Job, n: int) -> Finding:
    held, share = f"only {n} were" if n else "none were", job.config.data.validation
    return Finding(
        rule="not-calibrated",
        severity="note",
        what=f"nothing is calibrated: {UNCALIBRATED.get(job.data.truth, 'answers are what the network gives')}",
        where=f"validation={share:g}, {n} examples",
        why=f"it is done on examples that the training did not see, and {held} held back; it needs at least {LEAST}.",
        try_=f"more examples, or a larger share of them: validation={min(max(2 * share, 0.1), 0.5):g}",
        evidence={"n": n, "least": LEAST},
    )
