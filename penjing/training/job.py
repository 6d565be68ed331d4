"""Job: what one training is about, from a source and settings, from a run's config.json, or from a run on disk."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from penjing import settling, tasks
from penjing.config import Choice, Config, TargetType
from penjing.data import store
from penjing.data.dataset import Dataset
from penjing.data.division import refuse_empty
from penjing.data.readers import reader_of, refuse_unheeded
from penjing.findings import did_you_mean, stop
from penjing.rules import RULES
from penjing.run import Run
from penjing.tasks import networks
from penjing.tasks.task import Task
from penjing.training import weight_sources
from penjing.training.allocator import refuse_absent
from penjing.training.transfer import as_trained
from penjing.training.weight_sources import Weights

ENDINGS = re.compile(r"(\.(zip|gz|npz|csv|tsv|jsonl|txt|idx[34]-ubyte))+$", re.IGNORECASE)  # of files that readers read


class Job(NamedTuple):
    """Everything that is fixed before a network exists."""

    task: Task
    config: Config[Any]
    raw: Dataset  # as it was read: what rules look at
    data: Dataset  # as the task learns from it
    spec: Any


def plan(source: str, asked: Mapping[str, Choice]) -> Job:
    """Infer the task, read the data, settle every setting, describe.

    Args:
        source: a path, or a name that a reader knows.
        asked: settings; `task` may be one of them, else it is inferred.

    Raises:
        PenjingError: for a source that cannot be read, an unknown task, or a setting that does not exist or fit.
    """
    source = str(Path(source).resolve()) if Path(source).exists() else source  # so that it is found from any folder
    task_name = str(asked["task"].value) if "task" in asked else None
    asked = {name: choice for name, choice in asked.items() if name != "task"}
    if task_name is not None:
        settling.refuse_unknown(asked, tasks.load(task_name).Options)  # before anything is read
    reader = reader_of(source)
    refuse_unheeded(reader, asked, source)
    if task_name is not None and "target_type" in reader.heeds:
        task = tasks.load(task_name)
        learns = _target_type_of(task_name, task)
        asked = learns | settling.decided(asked, learns, task.Options)
    listed = reader.read(settling.data_of(source, asked))
    name = task_name or tasks.meant_by(listed)
    task = tasks.load(name)
    settling.refuse_unknown(asked, task.Options)
    _refuse_other_form(name, task, listed)
    refuse_empty(listed, settling.data_of(source, asked).group)
    weights = _asked_weights(asked, task, name, settling.data_of(source, asked).download)
    if weights is not None:
        asked = dict(asked) | {"weights": msgspec.structs.replace(asked["weights"], value=weights.name)}
    config = settling.settle(
        name,
        task.Options,
        source,
        data_fingerprint=listed.fingerprint,
        beginning=weights.beginning if weights else None,
        choices=networks.fitted(task.choices(listed), asked) | dict(weights.choices_beside(asked) if weights else {}),
        asked=asked,
    )
    _refuse_rules(config.train.ignore)
    refuse_absent(config.train.allocator)
    raw = store.decoded(listed, config.data)
    data = task.prepare(raw, config)
    _refuse_blind(config, data)
    return Job(task, config, raw, data, as_trained(task.describe(data, config), config.beginning))


def _target_type_of(name: str, task: Task) -> dict[str, Choice]:
    """What a task that was asked for takes the values of a target for, where it learns one kind of them alone."""
    learns: dict[bool, TargetType] = {True: "number", False: "class"}
    if set(task.truths) >= {"number", "class"}:
        return {}
    return {"target_type": Choice(learns["number" in task.truths], "default", f"what `{name}` learns")}


def _refuse_other_form(name: str, task: Task, data: Dataset) -> None:
    if task.form != data.form or data.truth not in task.truths:
        learns, has = (task.form, data.form) if task.form != data.form else (" or ".join(task.truths), data.truth)
        raise stop(
            "task-does-not-fit",
            f"`{name}` learns from {learns}, {data.source} is a source of {has}",
            where=f"task={name}",
            why="the task would find nothing in it that it can learn.",
            try_=f"penjing train {data.source}  infers the task; penjing list tasks",
        )


def _asked_weights(asked: Mapping[str, Choice], task: Task, name: str, download: bool) -> Weights | None:
    """The weights to begin from; None where none were asked for."""
    if "weights" not in asked or not asked["weights"].value:
        return None
    weights = weight_sources.find(str(asked["weights"].value), download=download)
    if weights.task is not None and (form := tasks.load(weights.task).form) != task.form:
        raise stop(
            "weights-do-not-fit",
            f"these weights learned from {form}, and `{name}` learns from {task.form}",
            where=f"weights={weights.name}, a run of `{weights.task}`",
            why="nothing that they know can be of use.",
            try_=f"weights of a run on {task.form}; or leave them out",
        )
    return weights


def _refuse_rules(ignored: tuple[str, ...]) -> None:
    unknown = [id for id in ignored if id not in RULES]
    if unknown:
        raise stop(
            "unknown-rule",
            f"there is no rule {', '.join(unknown)} to ignore",
            where=f"ignore={','.join(ignored)}",
            why="a mistyped id would ignore nothing without a word.",
            try_=did_you_mean(unknown[0], RULES, otherwise="penjing list rules"),
        )
    if "PJ205" in ignored:
        raise stop(
            "bad-setting",
            "`ignore` cannot hold PJ205: a step that is not finite is never taken",
            where=f"ignore={','.join(ignored)}",
            why="every weight would be NaN after it, and every step from there on in vain.",
            try_="ignore without PJ205; penjing rule PJ205  tells what to mend",
        )


def _refuse_blind(config: Config[Any], data: Dataset) -> None:
    train = config.train
    if train.evaluations and len(data.splits["validation"]):
        return
    where = f"evaluations={train.evaluations}, validation={config.data.validation}"
    if train.keep == "best":
        raise stop(
            "bad-setting",
            "`keep` cannot be best: no validation scores would tell which weights are",
            where=f"keep=best, {where}",
            why="the result would have no weights at all.",
            try_="keep=last, or evaluations and validation above zero",
        )
    if train.patience:
        raise stop(
            "bad-setting",
            "`patience` cannot be above 0: there are no validation scores to wait for",
            where=f"patience={train.patience}, {where}",
            why="the training would never stop early, as it was asked to.",
            try_="patience=0, or evaluations and validation above zero",
        )


def from_config(run: Run) -> Job:
    """The same job once more, from config.json alone; the data must be what it was.

    Raises:
        PenjingError: `compressed-run`; `data-changed`, and those of reading it.
    """
    if run.parent is not None:
        raise stop(
            "compressed-run",
            f"{run.path} was compressed from another run, and holds graphs in place of weights",
            where=str(run.path),
            why="a graph cannot be trained.",
            try_=f"penjing train --again {run.parent}",
        )
    task = tasks.load(run.config.task)
    config = run.config_for(task.Options)
    raw = read_again(config, str(run.path))
    data = task.prepare(raw, config)
    return Job(task, config, raw, data, as_trained(task.describe(data, config), config.beginning))


def read_again(config: Config[Any], where: str) -> Dataset:
    """The data that a run or file was made from, as it was read.

    Raises:
        PenjingError: `data-changed` where the source gives other data now; those of reading and of decoding it.
    """
    source = config.data.source
    raw = reader_of(source).read(config.data)
    store.refuse_broken(raw, config.data)  # first: without them the data is another
    if raw.fingerprint != config.data_fingerprint:
        raise stop(
            "data-changed",
            f"{source} has changed: fingerprint {raw.fingerprint}, then {config.data_fingerprint}",
            where=where,
            why="examples that were trained on could stand in the test split now, and no score would mean anything.",
            try_="restore the data, or train anew on what it is now",
        )
    return store.decoded(raw, config.data)


def next_run(source: str, kind: str = "") -> Path:
    """The first free folder of a name that speaks: runs/digits-1; with a kind, runs/digits-grid-1."""
    name = "-".join(filter(None, (ENDINGS.sub("", Path(source.rpartition(":")[2]).name) or "run", kind)))
    number = 1
    while (path := Path("runs") / f"{name}-{number}").exists():
        number += 1
    return path
