"""A run or an artifact, opened for judging: both end in the same pipeline, with two engines."""

from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import torch
from torch import nn

from penjing import config as settings
from penjing import files, tasks
from penjing.config import Config
from penjing.data.dataset import Dataset
from penjing.run import Run
from penjing.runtime.artifact import Artifact
from penjing.runtime.onnx_engine import OnnxEngine
from penjing.runtime.pipeline import Predictor
from penjing.tasks.task import Task
from penjing.training import job as jobs
from penjing.training.checkpoint import load_arrays
from penjing.training.torch_engine import TorchEngine


class Opened(NamedTuple):
    """All that a score needs."""

    path: Path
    task: Task
    config: Config[Any]
    spec: Any
    predictor: Predictor
    network: nn.Module | None  # None where there is only a graph
    run: Run | None  # None for an artifact
    artifact: Artifact | None  # None for a run

    def data(self) -> Dataset:
        """The data it was made from, read again and prepared for the task.

        Raises:
            PenjingError: `data-changed`, and those of reading it.
        """
        return self.task.prepare(jobs.read_again(self.config, str(self.path)), self.config)


def open_for_judging(path: str | Path) -> Opened:
    """Open a run's folder or an artifact's file.

    Raises:
        PenjingError: `no-such-path`, `not-a-run`, `no-weights`, `weights-damaged`, `PJ422` and others of opening.
    """
    path = Path(path)
    if not path.exists():
        raise files.no_such_path(path)
    return _open_run(path) if path.is_dir() else _open_artifact(path)


def _open_run(path: Path) -> Opened:
    run = Run.open(path)
    task = tasks.load(run.config.task)
    config, spec = run.config_for(task.Options), run.spec_for(task.Spec)
    if graphs := run.graphs():
        engine = OnnxEngine(graphs)
        return Opened(path, task, config, spec, Predictor(task.pipeline(spec), engine), None, run, None)
    with torch.random.fork_rng():  # fresh weights are drawn, and replaced at once
        network = task.network(spec, config)
    load_arrays(network, run.weights(run.answering(config.train.keep)))
    predictor = Predictor(task.pipeline(spec), TorchEngine(task.graphs(network, spec)))
    return Opened(path, task, config, spec, predictor, network, run, None)


def _open_artifact(path: Path) -> Opened:
    artifact = Artifact(path)
    task = tasks.load(artifact.manifest.task)
    config = msgspec.convert(artifact.manifest.provenance.config, settings.Config[task.Options])  # type: ignore[name-defined]
    spec = msgspec.convert(artifact.manifest.spec, task.Spec)
    return Opened(path, task, config, spec, artifact.predictor, None, None, artifact)
