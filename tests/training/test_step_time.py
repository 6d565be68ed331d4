"""Timing a step: what it takes, batch included, and nothing of the training itself is touched."""

import time
from collections.abc import Callable
from typing import Any

import pytest
import torch

from penjing.tasks.pictures import PictureStream
from penjing.training import step_time
from penjing.training.job import Job
from penjing.training.session import fresh_network
from penjing.training.step_time import step_seconds


def test_the_network_and_the_draws_stay_as_they_are(job: Callable[..., Job]) -> None:
    one = job()
    network = fresh_network(one)
    before, state = {name: tensor.clone() for name, tensor in network.state_dict().items()}, torch.get_rng_state()
    assert 0 < step_seconds(one, network, one.config) < 10
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())
    assert torch.equal(torch.get_rng_state(), state)


def test_a_step_that_takes_long_is_timed_once(job: Callable[..., Job], monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    batch_at = PictureStream.at
    monkeypatch.setattr(step_time, "LONG", 0.0)
    monkeypatch.setattr(PictureStream, "at", lambda stream, step: asked.append(step) or batch_at(stream, step))
    one = job()
    assert step_seconds(one, fresh_network(one), one.config) > 0
    assert asked == [0]


def test_batches_count_and_the_first_step_does_not(job: Callable[..., Job], monkeypatch: pytest.MonkeyPatch) -> None:
    batch_at = PictureStream.at

    def slow(stream: PictureStream, step: int) -> Any:
        time.sleep(0.5 if step == 0 else 0.1)
        return batch_at(stream, step)

    monkeypatch.setattr(PictureStream, "at", slow)
    one = job()
    assert 0.1 < step_seconds(one, fresh_network(one), one.config) < 0.5
