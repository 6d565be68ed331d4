"""The watch: it leaves the training bit-identical, puts everything back, and never breaks what it watches."""

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.modules import module as module_hooks
from torch.optim import Optimizer
from torch.optim import optimizer as optimizer_hooks

import penjing
from penjing.rules.observe import Watch
from penjing.rules.trace import Forward, Step
from tests.rules import loops


def installed() -> tuple[object, ...]:
    hooks = (
        module_hooks._global_forward_pre_hooks,
        module_hooks._global_forward_hooks,
        module_hooks._global_forward_hooks_always_called,
        optimizer_hooks._global_optimizer_pre_hooks,
        optimizer_hooks._global_optimizer_post_hooks,
    )
    functions = (torch.autograd.backward, Optimizer.__init__, nn.Module.load_state_dict)
    return (*[len(one) for one in hooks], *functions)


@pytest.mark.parametrize("make", [torch.optim.SGD, torch.optim.AdamW], ids=["sgd", "adamw"])
def test_weights_are_bit_identical_with_and_without(make: Callable[..., Optimizer]) -> None:
    bare = loops.plain(make).state_dict()
    with Watch():
        watched = loops.plain(make).state_dict()
    assert all(torch.equal(bare[name], watched[name]) for name in bare)


def test_draws_no_random_number() -> None:
    torch.manual_seed(0)
    before = torch.get_rng_state()
    model = nn.Linear(10, 3)
    torch.set_rng_state(before)
    with penjing.watch(model, torch.optim.SGD(model.parameters(), lr=0.1)):
        F.cross_entropy(model(loops.X), loops.Y).backward()
    assert torch.equal(torch.get_rng_state(), before)


def test_everything_is_put_back_also_after_an_exception() -> None:
    before = installed()
    with Watch():
        assert installed() != before
    assert installed() == before
    with pytest.raises(KeyError), Watch():
        raise KeyError
    assert installed() == before


def test_hooks_go_after_the_last_watched_step() -> None:
    before = installed()
    with Watch(steps=3) as watch:
        loops.plain()
        assert installed() == before
    assert len(watch.trace.of(Step)) == 3


def test_keeps_no_graph_alive() -> None:
    class Mark:
        alive = 0

    with Watch():
        model = nn.Linear(10, 3)
        loss = F.cross_entropy(model(loops.X), loops.Y)
        node = loss.grad_fn
        assert node is not None
        loss.backward()
        node.metadata["mark"] = mark = Mark()
        import weakref

        gone = weakref.ref(mark)
        del loss, node, mark
        assert gone() is None


def test_a_failing_hook_ends_the_watch_and_not_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("penjing.rules.observe.objective_of", lambda loss: 1 / 0)
    bare = loops.plain().state_dict()
    before = installed()
    with Watch() as watch:
        watched = loops.plain().state_dict()
        assert installed() == before
    assert [found.rule for found in watch.findings] == ["watch-failed"]
    assert "ZeroDivisionError" in watch.findings[0].what
    assert all(torch.equal(bare[name], watched[name]) for name in bare)


def test_a_module_that_raises_does_not_shift_what_is_outermost() -> None:
    class Fails(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            raise ValueError

    model = loops.network()
    with Watch() as watch:
        with pytest.raises(ValueError):
            nn.Sequential(nn.Linear(10, 10), Fails())(loops.X)
        model(loops.X)
    last = watch.trace.of(Forward)[-1]
    assert watch.trace.modules[last.module].name == "Sequential"
    assert watch.trace.modules[last.module].kinds == {"batch norm", "dropout"}


def test_watch_prints_findings_for_people_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    with penjing.watch() as watch:
        loops.faulty("PJ201")
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error PJ201  ")
    assert "try    optimizer.zero_grad()" in err
    assert watch.findings[0].rule == "PJ201"


def test_silence_where_nothing_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    with penjing.watch():
        loops.plain()
    assert capsys.readouterr() == ("", "")
