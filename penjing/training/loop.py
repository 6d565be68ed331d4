"""The loop: one for all tasks, and the one that one would write by hand. Observers stand beside it.

batch -> loss -> backward -> clip -> step -> average -> tell the observers
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from penjing.config import Config, Train
from penjing.findings import Finding, PenjingError, stop
from penjing.tasks.task import Batch, Stream, Task
from penjing.training import devices, schedules
from penjing.training.blame import blaming
from penjing.training.clock import Clock, Ending
from penjing.training.freezing import Thaw
from penjing.training.gradients import add_gradients
from penjing.training.not_finite import not_a_number


class Step(NamedTuple):
    """What an observer is told of a step. It holds no way to the weights."""

    step: int  # steps done, this one included
    loss: float
    parts: dict[str, float]
    lr: float
    gradient_norm: float  # before clipping
    fraction: float  # of the budget
    seconds: float
    ending: Ending  # the last step says why it is the last


Observer = Callable[[Step], None]


def fit(  # noqa: PLR0913  one loop for all tasks: all that it is handed stands here by name
    task: Task,
    network: nn.Module,
    stream: Stream,
    spec: Any,
    config: Config[Any],
    *,
    optimizer: torch.optim.Optimizer,
    follow: Callable[[int], None],
    clock: Clock,
    device: torch.device,
    observers: Sequence[Observer],
    tell: Callable[[Finding], None],
    start: int = 0,
) -> None:
    """Train until the clock says stop.

    Args:
        task: gives the loss.
        network: on the device; trained in place.
        stream: gives the batch of each step.
        spec: of the task.
        config: seed, rate, clipping.
        optimizer: over the network's parameters.
        follow: called after each step; moves averaged weights.
        clock: knows the budget.
        device: where batches go.
        observers: told of each step, in this order. A PenjingError of theirs ends the training; any other
            failure silences the observer and is a finding, for watching must not break what is watched.
        tell: is handed the finding on each observer that failed.
        start: steps done before a resume.

    Raises:
        PenjingError: `PJ205` where loss or gradient is not finite, before it reaches the weights.
    """
    parameters = list(network.parameters())  # some may take no gradient, or not yet
    thaw = Thaw(network, config.train)
    listening = list(observers)
    network.train()
    step, ending = start, clock.ending(start)
    while not ending:
        devices.seed_dropout(config.seed, step, device)
        lr = schedules.set_rates(optimizer, clock.fraction(step), config.train)
        thaw(clock.fraction(step))
        with blaming(step):
            batch = move(stream.at(step), device, config.train)
        optimizer.zero_grad()
        loss = add_gradients(task, network, batch, spec, config, step)
        norm = clip(parameters, config.train.clip)
        if not torch.isfinite(loss.total + norm):
            raise not_a_number(task, network, batch, spec, config, step, loss)
        optimizer.step()
        with blaming(step):
            task.after_step(network, step, config)
        follow(step)

        step += 1
        ending = clock.ending(step)
        told = Step(
            step=step,
            loss=loss.total.item(),
            parts={name: part.item() for name, part in loss.parts.items()},
            lr=lr,
            gradient_norm=norm.item(),
            fraction=clock.fraction(step),
            seconds=clock.seconds,
            ending=ending,
        )
        tell_each(listening, told, tell)


def move(batch: Batch, device: torch.device, train: Train) -> Batch:
    """A batch, a NamedTuple of tensors, on the device and in the settings' order in memory."""
    if device.type != "cpu":
        batch = type(batch)(*(tensor.to(device, non_blocking=True) for tensor in batch))
    if train.memory_format == "channels_last":
        pictures = (x.contiguous(memory_format=torch.channels_last) if x.ndim == 4 else x for x in batch)
        batch = type(batch)(*pictures)
    return batch


def clip(parameters: list[nn.Parameter], most: float) -> Tensor:
    """Scale the gradients so that their norm is at most `most`, where that is not 0; gives the norm before.

    Source: Pascanu et al., "On the difficulty of training recurrent neural networks", ICML 2013.
    """
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    norm = torch.nn.utils.get_total_norm(gradients)
    if 0 < most < norm:  # scaling by 1 would cost a pass over all gradients
        torch.nn.utils.clip_grads_with_norm_(parameters, most, norm)
    return norm


def tell_each(listening: list[Observer], step: Step, tell: Callable[[Finding], None]) -> None:
    """Tell the observers of a step; one that fails is taken from the list, and is a finding."""
    for observer in list(listening):
        try:
            observer(step)
        except PenjingError:
            raise
        except Exception as error:  # noqa: BLE001  whatever an observer does, the training goes on
            listening.remove(observer)
            tell(observer_failed(observer, step.step, error))


def needed(observer: Observer) -> Observer:
    """The same observer, whose failure ends the training: without what it does the run would come to nothing.

    Raises:
        PenjingError: `observer-failed`, and those of the observer.
    """

    def observe(step: Step) -> None:
        try:
            observer(step)
        except PenjingError:
            raise
        except Exception as error:
            raise stop(
                "observer-failed",
                f"{_name_of(observer)} failed: {type(error).__name__}: {error}",
                where=f"step {step.step}",
                why="without it the run would have no weights to end in, or none to go on from.",
                try_="mend what the message names, or report it; --resume RUN goes on from what was saved",
            ) from error

    return observe


def observer_failed(observer: Observer, step: int, error: Exception) -> Finding:
    """The finding on an observer that broke: the training went on without it."""
    return Finding(
        rule="observer-failed",
        severity="warning",
        what=f"{_name_of(observer)} failed and was left out from there: {type(error).__name__}: {error}",
        where=f"step {step}",
        why="the training itself is unharmed, but what this observer would have told is missing.",
        try_="report it with this message; the weights are the same without it",
    )


def _name_of(observer: Observer) -> str:
    return getattr(observer, "__name__", type(observer).__name__)
