"""bf16 and channels-last: where they apply, and where they must not."""

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from penjing.config import Train
from penjing.run import Run
from penjing.tasks.pictures import LabelledPictures
from penjing.training.job import Job
from penjing.training.loop import move
from penjing.training.precision import forward_in_bf16, place
from penjing.training.session import fit_run, fresh_network
from tests.training.test_gradients import trained
from tests.training.test_session import QUIET

CPU = torch.device("cpu")


def test_the_forward_is_in_bf16_the_loss_and_gradients_in_float32() -> None:
    network = nn.Sequential(nn.Conv2d(1, 4, 3), nn.Flatten(), nn.Linear(16, 3))
    seen: list[torch.dtype] = []
    network[0].register_forward_hook(lambda module, inputs, output: seen.append(output.dtype))
    x, y = torch.randn(2, 1, 4, 4), torch.tensor([0, 2])
    with forward_in_bf16(network, CPU):
        logits = network(x)
        features = logits @ logits.T  # a product in a loss is not lowered either
        loss = F.cross_entropy(logits, y)
    loss.backward()
    network(x)
    assert seen == [torch.bfloat16, torch.float32]
    assert {logits.dtype, features.dtype, loss.dtype} == {torch.float32}
    assert {p.dtype for p in network.parameters()} == {torch.float32}
    assert {p.grad.dtype for p in network.parameters() if p.grad is not None} == {torch.float32}


def test_outputs_of_any_form_are_float32_and_a_failing_forward_leaves_no_trace() -> None:
    class Forms(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = nn.Linear(2, 2)

        def forward(self, x: Tensor) -> object:
            y = self.linear(x)
            return {"a": (y, [y]), "b": x.long(), "c": LabelledPictures(y, x)}

    network = Forms()
    with forward_in_bf16(network, CPU):
        given = network(torch.ones(1, 2))
        with pytest.raises(RuntimeError):
            network(torch.ones(1, 3))
        assert not torch.is_autocast_enabled("cpu")
    assert [given["a"][0].dtype, given["a"][1][0].dtype, given["c"].x.dtype] == [torch.float32] * 3
    assert given["b"].dtype == torch.int64


def test_auto_is_float32_and_contiguous_to_the_bit(job: Callable[..., Job]) -> None:
    plain, said = trained(job())[0], trained(job(precision="fp32", memory_format="contiguous"))[0]
    assert all(torch.equal(tensor, said[name]) for name, tensor in plain.items())


def test_channels_last_reaches_kernels_and_pictures_and_gives_the_same_weights(job: Callable[..., Job]) -> None:
    train = Train(memory_format="channels_last")
    network = place(nn.Conv2d(3, 4, 3), CPU, train)
    batch = move(LabelledPictures(torch.zeros(2, 3, 4, 4), torch.zeros(2)), CPU, train)
    for tensor in (network.weight, batch.x):
        assert tensor.is_contiguous(memory_format=torch.channels_last)  # type: ignore[operator]
    plain, last = (trained(job(memory_format=form, budget="4steps"))[0] for form in ("contiguous", "channels_last"))
    for name, tensor in plain.items():
        torch.testing.assert_close(last[name], tensor, rtol=1e-3, atol=1e-4)


def test_bf16_trains_about_as_float32_does_and_rules_find_no_fault(
    job: Callable[..., Job], new_run: Callable[[Job], Run]
) -> None:
    losses = {}
    for precision in ("fp32", "bf16"):
        planned = job(precision=precision, memory_format="channels_last", budget="60steps", evaluations=1)
        run = new_run(planned)
        fit_run(planned, fresh_network(planned), run, QUIET)
        assert run.findings == []
        losses[precision] = [line["loss"] for line in run.log if "loss" in line]
    assert losses["bf16"] != losses["fp32"]
    assert losses["bf16"][-1] == pytest.approx(losses["fp32"][-1], rel=0.2)
    assert losses["bf16"][-1] < 0.5 * losses["bf16"][0]
