"""Tasks: one file each. A task is named, or given as a path to the user's own file."""

import importlib
import inspect
from typing import TYPE_CHECKING, Any

from penjing.findings import did_you_mean, stop

if TYPE_CHECKING:
    from penjing.data.dataset import Dataset
    from penjing.tasks.task import Task

TASKS = {  # name: one line; each is the module of that name in this folder
    "classify": "one class a picture, or several labels",
    "regress": "one number a picture, with its interval",
    "detect": "which objects are in a picture, and where",
    "generate": "what comes next in a text, character by character",
    "act": "what to do in a world, learned by playing it",
}
MEANT = {  # form and truth of the data: the task that is meant where nothing is said
    ("pictures", "class"): "classify",
    ("pictures", "labels"): "classify",
    ("pictures", "number"): "regress",
    ("text", "input"): "generate",
    ("world", "input"): "act",
}


def meant_by(data: "Dataset") -> str:
    """The task that data of this form and truth are for, where nothing is said."""
    return MEANT[data.form, data.truth]


def load(name: str) -> "Task":
    """A task by its name, or the user's by path.

    Raises:
        PenjingError: `unknown-task` with the nearest name; `not-a-task` with all that it lacks.
    """
    from penjing.tasks import by_path

    if name in TASKS:
        task: Task = importlib.import_module(f"penjing.tasks.{name}")
        return task
    if not by_path.is_path(name):
        raise stop(
            "unknown-task",
            f"there is no task `{name}`",
            where=f"task={name}",
            why="a task says what is learned and how it is scored.",
            try_=did_you_mean(name, TASKS, otherwise=f"there are {', '.join(TASKS)}; or give yours: --task my_task.py"),
        )
    named = by_path.load(name)
    found: Any = named() if inspect.isclass(named) else named
    lacks = check_task(found)
    if lacks:
        raise stop(
            "not-a-task",
            f"`{name}` is not a task yet:\n" + "\n".join(lacks),
            where=name,
            why="a training meets each of these functions; docs/task.md walks through them.",
            try_="penjing.check_task(task)  lists what is missing",
        )
    return found


def check_task(task: Any) -> list[str]:
    """What a task still lacks, one sentence each; empty where it keeps the contract of `tasks/task.py`."""
    from penjing.tasks.task import Task

    lacks = [f"it has no `{name}`" for name in ("Options", "Spec", "form", "truths") if not hasattr(task, name)]
    for name, method in inspect.getmembers(Task, inspect.isfunction):
        if name.startswith("_"):
            continue
        if not callable(getattr(task, name, None)):
            lacks.append(f"it has no function `{name}`: {(method.__doc__ or '').splitlines()[0]}")
            continue
        wanted = list(inspect.signature(method).parameters)[1:]
        found = list(inspect.signature(getattr(task, name)).parameters)
        if found != wanted:
            lacks.append(f"`{name}` takes ({', '.join(found)}), the contract says ({', '.join(wanted)})")
    return lacks
