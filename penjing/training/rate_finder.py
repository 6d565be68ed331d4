"""Rate finder: the highest learning rate of a training, chosen by short trainings with the settings as they are.

    sweep up to the rate that breaks the training -> trial trainings below it -> the lowest loss at their end
    -> carried over to the whole budget

A sweep alone shows where training breaks, but its curve is one noisy training, and knows nothing of the schedule. So
the sweep only says where to look; what is compared are whole short trainings, each with warm-up and schedule, on the
same batches. Nothing of the training itself changes: every trial has a copy of the network.

The best rate falls as trainings grow longer, with the square root of their length in the theory of convex problems. On
digits, trials of 40 steps were best at 0.028 (adamw) and 0.68 (sgd), trainings of 160 at 0.01 and 0.2, of 640 at 0.003
to 0.01 and 0.06 to 0.2: about so.

Sources: Smith, "Cyclical learning rates for training neural networks", WACV 2017, section 3.3 (the sweep); Schaipp et
al., "The surprising agreement between convex optimization theory and learning-rate scheduling", ICML 2025.
"""

import copy
from typing import Any

import msgspec
import numpy as np
import torch
from torch import nn

from penjing.budget import Budget, parse_budget
from penjing.config import Choice, Train
from penjing.findings import PenjingError, stop
from penjing.tasks.task import Stream
from penjing.training import devices
from penjing.training.clock import Clock
from penjing.training.job import Job
from penjing.training.loop import Step, fit, needed
from penjing.training.optimizers import optimizer_of
from penjing.training.precision import place
from penjing.training.session import fresh_network

LOWEST, HIGHEST = 1e-6, 10.0  # of the sweep
SWEEP_STEPS = 100
SMOOTHING = 0.8  # of the sweep's losses
LEAST_STEPS, MOST_STEPS = 40, 200  # of a trial; between them 1/50 of the budget
COARSE, FINE = 4.0, 2.0  # factors between the rates that are tried
COARSE_TRIALS, MOST_TRIALS = 5, 12


def found_rate(job: Job, network: nn.Module | None = None) -> Choice:
    """Choose the learning rate of a job.

    Args:
        job: what is to be trained; its own `lr` plays no part.
        network: to begin from, left as it is; fresh weights where none is given.

    Returns:
        The value of `lr`, with the losses that speak for it.

    Raises:
        PenjingError: `no-rate-to-find` for a task that plays, or where every trial breaks.
    """
    settings = job.config.train
    trials = Trials(job, network if network is not None else fresh_network(job))
    with devices.execution(settings):
        rates, losses, seconds = trials.sweep()
        limit = limit_of(rates, losses)
        whole = steps_in(parse_budget(settings.budget), trials.stream.steps_per_epoch, seconds)
        steps = int(np.clip(whole / 50, LEAST_STEPS, MOST_STEPS))
        tried: dict[float, np.ndarray] = {}
        waiting = [rounded(limit / COARSE**i) for i in range(COARSE_TRIALS)]
        while waiting:
            tried |= {rate: trials.losses(rate, steps) for rate in waiting}
            best = choose(tried)
            beside = [rounded(best / FINE), rounded(best * FINE)]
            waiting = [rate for rate in beside if not _is_near(rate, tried)][: MOST_TRIALS - len(tried)]
    carried = rounded(best * min(steps / whole, 1.0) ** 0.5)
    return Choice(carried, "measured here", _why(best, tried, steps, whole))


class Trials:
    """Short trainings of one job, all from the same weights and on the same batches.

    Args:
        job: what is trained.
        network: the weights to begin from.

    Raises:
        PenjingError: `no-rate-to-find` where batches depend on what the network played.
    """

    def __init__(self, job: Job, network: nn.Module) -> None:
        self.job, self.network = job, network
        self.device = devices.choose(job.config.train.device)
        self.stream: Stream = job.task.stream(
            job.data.splits["train"], copy.deepcopy(network), job.spec, job.config, devices.share()
        )
        if hasattr(self.stream, "state"):
            raise stop(
                "no-rate-to-find",
                "the loss of a task that plays does not tell how well it plays",
                where="find_lr=true",
                why="the rate with the lowest loss could be one that learns nothing.",
                try_="find_lr=false, and a few values of lr compared by their validation scores",
            )

    def sweep(self) -> tuple[np.ndarray, np.ndarray, float]:
        """Rates that rise by the same factor each step, the loss at each before its step, and the seconds of a step."""
        rates = np.geomspace(LOWEST, HIGHEST, SWEEP_STEPS)
        train = msgspec.structs.replace(self.job.config.train, lr=LOWEST, schedule="constant", warmup=0.0)
        network = place(copy.deepcopy(self.network), self.device, train)
        optimizer = optimizer_of(network, train)
        spent = [0.0]

        def rise(step: Step) -> None:
            spent[0] = step.seconds
            for group in optimizer.param_groups:
                group["factor"] *= rates[1] / rates[0]

        losses = self._train(network, optimizer, train, SWEEP_STEPS, rise)
        return rates[: len(losses)], losses, spent[0] / max(len(losses), 1)

    def losses(self, lr: float, steps: int) -> np.ndarray:
        """The loss of each step of a training this long, (steps,); infinite from where it breaks."""
        train = msgspec.structs.replace(self.job.config.train, lr=lr)
        network = place(copy.deepcopy(self.network), self.device, train)
        losses = self._train(network, optimizer_of(network, train), train, steps)
        return np.pad(losses, (0, steps - len(losses)), constant_values=np.inf)

    def _train(
        self, network: nn.Module, optimizer: torch.optim.Optimizer, train: Train, steps: int, *also: Any
    ) -> np.ndarray:
        losses: list[float] = []
        try:
            fit(
                self.job.task,
                network,
                self.stream,
                self.job.spec,
                msgspec.structs.replace(self.job.config, train=train),
                optimizer=optimizer,
                follow=lambda step: None,
                clock=Clock(Budget(steps, "steps"), self.stream.steps_per_epoch),
                device=self.device,
                observers=[needed(observer) for observer in (lambda step: losses.append(step.loss), *also)],
                tell=lambda finding: None,
            )
        except PenjingError as error:
            if error.finding.rule != "PJ205":  # a loss that is not finite is what a rate too high ends in
                raise
        return np.array(losses)


def limit_of(rates: np.ndarray, losses: np.ndarray) -> float:
    """The rate at which a sweep breaks: where half of what was gained by then is lost again, in smoothed losses.

    Args:
        rates: (n,) rising.
        losses: (n,) at each rate; they may be noisy, and end early where the next was not finite.

    Returns:
        One of the rates; the last where nothing breaks.
    """
    if len(losses) == 0:
        return LOWEST
    weights = SMOOTHING ** np.arange(len(losses))[::-1]
    smoothed = np.array([np.average(losses[: i + 1], weights=weights[-i - 1 :]) for i in range(len(losses))])
    beginning = losses[: max(len(losses) // 5, 1)]  # rates of the first fifth move nothing yet
    start, noise = float(beginning.mean()), float(beginning.std())
    lowest = int(smoothed.argmin())
    broken = np.flatnonzero(smoothed[lowest:] > max((start + smoothed[lowest]) / 2, smoothed[lowest] + 2 * noise))
    return float(rates[lowest + broken[0]] if len(broken) else rates[-1])


def choose(losses: dict[float, np.ndarray]) -> float:
    """The rate whose training ends in the lowest loss; of those that noise cannot tell from it, the lowest rate.

    The last quarter of each training is compared, where the schedule has brought the rate down. All saw the same
    batches, so losses are compared step by step: a rate counts as equal within one standard error of the mean
    difference. The lower one is taken, because a short training favours high rates.

    Args:
        losses: by rate, (n,) each.

    Raises:
        PenjingError: `no-rate-to-find` where no training stayed finite.
    """
    ends = {rate: values[-max(len(values) // 4, 1) :] for rate, values in losses.items()}
    finite = {rate: end for rate, end in sorted(ends.items()) if np.isfinite(end).all()}
    if not finite:
        raise stop(
            "no-rate-to-find",
            f"trainings break at every rate that was tried, down to {min(losses):g}",
            where="find_lr=true",
            why="the fault lies elsewhere than in the rate.",
            try_="penjing check DATA  looks for it",
        )
    best = min(finite, key=lambda rate: float(finite[rate].mean()))
    behind = {rate: end - finite[best] for rate, end in finite.items()}
    return next(rate for rate, by in behind.items() if by.mean() <= by.std() / np.sqrt(len(by)))  # at last `best`


def steps_in(budget: Budget, steps_per_epoch: int, seconds: float) -> float:
    """The steps of a budget, where a step takes so many seconds."""
    factor = {"steps": 1.0, "epochs": float(steps_per_epoch), "seconds": 1 / max(seconds, 1e-9)}[budget.unit]
    return max(budget.amount * factor, 1.0)


def rounded(rate: float) -> float:
    """To two digits: more would claim what was not measured."""
    return float(f"{rate:.2g}")


def _is_near(rate: float, tried: dict[float, np.ndarray]) -> bool:
    return any(0.8 < rate / other < 1.25 for other in tried)


def _why(best: float, tried: dict[float, np.ndarray], steps: int, whole: float) -> str:
    nearest = sorted(tried, key=lambda rate: abs(np.log(rate / best)))[:3]
    ends = [(rate, float(tried[rate][-max(steps // 4, 1) :].mean())) for rate in sorted(nearest)]
    told = ", ".join(f"{rate:g} {'breaks' if np.isinf(loss) else f'ends at loss {loss:.3g}'}" for rate, loss in ends)
    carried = f"; {best:g} carried from {steps} to {whole:,.0f} steps" if whole > steps else ""
    return f"of {len(tried)} trials of {steps} steps {told}{carried}"
