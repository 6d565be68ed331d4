"""The rules over our own loop: silent on the tenants, an error ends the training unless it is ignored."""

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.modules import module as module_hooks

from penjing.findings import Finding, PenjingError
from penjing.settling import asked
from penjing.training.job import plan
from penjing.training.loop import Step
from penjing.training.observers.rules import STEPS, RuleWatch
from penjing.training.rehearsal import rehearse


def told(step: int, *, ending: str = "") -> Step:
    return Step(step, 1.0, {}, 0.1, 1.0, 0.0, 0.0, ending)  # type: ignore[arg-type]


def loop(watch: RuleWatch, model: nn.Module, optimizer: torch.optim.Optimizer, steps: int) -> None:
    """A loop that clears no gradients."""
    with watch:
        for step in range(1, steps + 1):
            F.cross_entropy(model(torch.randn(8, 4)), torch.arange(8) % 3).backward()
            optimizer.step()
            watch.observe(told(step, ending="spent" if step == steps else ""))


def watched(*ignore: str) -> tuple[RuleWatch, nn.Module, torch.optim.Optimizer, list[Finding]]:
    found: list[Finding] = []
    model = nn.Linear(4, 3)
    nn.init.zeros_(model.weight)  # the first loss is ln 3, or its rule would have a word to say
    nn.init.zeros_(model.bias)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    return RuleWatch(model, optimizer, None, ignore, tell=found.append), model, optimizer, found


@pytest.mark.parametrize("steps", [STEPS + 5, 6], ids=["long", "shorter than the watch"])
def test_an_error_ends_the_training(steps: int) -> None:
    watch, model, optimizer, found = watched()
    with pytest.raises(PenjingError) as caught:
        loop(watch, model, optimizer, steps)
    assert caught.value.finding.rule == "PJ201"
    assert [one.rule for one in found] == ["PJ201"]


def test_an_ignored_error_is_only_told() -> None:
    watch, model, optimizer, found = watched("PJ201")
    loop(watch, model, optimizer, STEPS + 5)
    assert [one.rule for one in found] == ["PJ201"]


def test_hooks_are_gone_after_the_watched_steps() -> None:
    watch, model, optimizer, _ = watched("PJ201")
    before = len(module_hooks._global_forward_hooks)
    with watch:
        assert len(module_hooks._global_forward_hooks) == before + 1
        for step in range(1, STEPS + 1):
            F.cross_entropy(model(torch.randn(8, 4)), torch.arange(8) % 3).backward()
            optimizer.step()
            watch.observe(told(step))
        assert len(module_hooks._global_forward_hooks) == before


@pytest.mark.parametrize("tenant", ["classify", "detect", "generate", "act"])
def test_silent_on_the_tenants(tenant: str, tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("\n".join(f"{a}{b}na" for a in "abcdefgh" for b in "aeiou") + "\n")
    source = {"generate": str(tmp_path / "names.txt"), "act": "cartpole"}.get(tenant, "sklearn:digits")
    job = plan(source, asked({"threads": 1, "task": tenant}))
    assert rehearse(job) == []


def test_a_rehearsal_leaves_the_generators_as_they_were() -> None:
    job = plan("sklearn:digits", asked({"threads": 1}))
    before = torch.get_rng_state()
    rehearse(job)
    assert torch.equal(torch.get_rng_state(), before)
