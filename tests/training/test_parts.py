"""The small parts of the loop, each against its formula."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

from penjing import randomness
from penjing.budget import Budget
from penjing.data.batches import Share
from penjing.findings import PenjingError
from penjing.tasks.task import Graph, Signature
from penjing.training import devices
from penjing.training.averaging import Average
from penjing.training.clock import Clock
from penjing.training.torch_engine import TorchEngine


def test_the_average_is_the_recursion_of_the_paper() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    average, expected = Average(network, 0.9), copy.deepcopy(network.state_dict())
    for step in range(50):
        for parameter in network.parameters():
            parameter.data += torch.randn_like(parameter)
        network[1].running_mean += 1  # type: ignore[operator]
        average.follow(step)
        decay = min(0.9, (1 + step) / (10 + step))
        for name, parameter in network.named_parameters():
            expected[name] = decay * expected[name] + (1 - decay) * parameter.detach()
    for name, parameter in average.network.named_parameters():
        assert torch.allclose(parameter, expected[name], atol=1e-5)
    assert torch.equal(average.network[1].running_mean, network[1].running_mean)  # type: ignore[index, arg-type, union-attr]


def test_steps_and_epochs_are_counted_exactly() -> None:
    clock = Clock(Budget(2.5, "epochs"), steps_per_epoch=10)
    assert [clock.ending(step) for step in (0, 24, 25)] == ["", "", "spent"]
    assert clock.fraction(5) == 5 / 25


def test_a_last_step_ends_a_budget_early_and_being_asked_comes_first() -> None:
    clock = Clock(Budget(9, "steps"), steps_per_epoch=10, last_step=7)
    assert [clock.ending(step) for step in (6, 7, 8, 9)] == ["", "stalled", "stalled", "spent"]
    clock.asked_to_stop = True
    assert [clock.ending(step) for step in (6, 7, 9)] == ["asked"] * 3


def test_seconds_go_on_after_a_resume() -> None:
    clock = Clock(Budget(100, "seconds"), steps_per_epoch=10, seconds=50)
    assert clock.fraction(0) == pytest.approx(0.5, abs=0.01)
    assert not clock.ending(0)
    assert Clock(Budget(100, "seconds"), steps_per_epoch=10, seconds=101).ending(0) == "spent"


def test_several_processes_are_refused_and_one_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    assert devices.share() == Share(0, 1)
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(PenjingError, match="2 processes"):
        devices.share()


def test_a_device_that_is_not_there_is_refused_and_others_are_said_to_be_untested() -> None:
    missing = next(name for name in ("mps", "cuda") if not getattr(torch.backends, name, torch.cuda).is_available())
    with pytest.raises(PenjingError, match=missing):
        devices.choose(missing)
    assert [note.severity for note in devices.untested(torch.device("cuda"))] == ["note"]
    assert devices.untested(torch.device("cpu")) == []


def test_dropout_seed_is_that_of_manual_seed() -> None:
    devices.seed_dropout(123, 4, torch.device("cpu"))
    drawn = torch.rand(4)
    torch.manual_seed(randomness.integer(123, "network", 4))
    assert torch.equal(drawn, torch.rand(4))


def test_the_engine_leaves_each_module_in_its_mode() -> None:
    network = nn.Sequential(nn.Dropout(0.5), nn.BatchNorm1d(3), nn.Linear(3, 1))
    network[1].eval()
    engine = TorchEngine({"g": Graph(network, {"x": Signature(("batch", 3), "float32")}, ("y",))})
    x = np.ones((4, 3), np.float32)
    first, second = engine.run("g", {"x": x}), engine.run("g", {"x": x})
    assert np.array_equal(first["y"], second["y"])  # no dropout while answering
    assert [module.training for module in network] == [True, False, True]
