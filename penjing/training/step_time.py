"""How long a step of a training takes here: the first steps on a copy of its network, timed."""

import copy
import statistics
import time
from typing import Any

from torch import nn

from penjing.config import Config
from penjing.training import devices
from penjing.training.gradients import add_gradients
from penjing.training.job import Job
from penjing.training.loop import move
from penjing.training.optimizers import optimizer_of
from penjing.training.precision import place

STEPS, SECONDS = 3, 0.5  # timed; whichever is reached first
LONG = 5.0  # seconds of a step that need no second look, whatever warms up


def step_seconds(job: Job, network: nn.Module, config: Config[Any]) -> float:
    """Median seconds of a step, batch included, after one that warms up, unless that one takes long already.

    Args:
        job: whose steps are timed; its own settings play no part.
        network: with its first weights; copied.
        config: how the steps run.
    """
    train = config.train
    device = devices.choose(train.device)
    trained = place(copy.deepcopy(network), device, train).train()
    optimizer = optimizer_of(trained, train)
    stream = job.task.stream(job.data.splits["train"], trained, job.spec, config, devices.share())
    times: list[float] = []
    with devices.execution(train):
        for step in range(STEPS + 1):
            began = time.perf_counter()
            batch = move(stream.at(step), device, train)
            optimizer.zero_grad()
            loss = add_gradients(job.task, trained, batch, job.spec, config, step)
            optimizer.step()
            loss.total.item()  # waits for a device that works on its own
            times.append(time.perf_counter() - began)
            if sum(times[1:]) > SECONDS or times[0] > LONG:
                break
    return statistics.median(times[1:] or times)
