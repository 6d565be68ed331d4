"""The character GRU: reading a text at once and one character at a time is the same network."""

import math

import pytest
import torch
import torch.nn.functional as F

from penjing.models.char_gru import CharGRU


@pytest.mark.parametrize("layers", [1, 2])
def test_steps_give_what_reading_at_once_gives(layers: int) -> None:
    torch.manual_seed(0)
    network = CharGRU(11, width=16, layers=layers, embedding=8, dropout=0.3).eval()
    x = torch.randint(0, 11, (3, 9))
    at_once = network(x)
    state = torch.zeros(3, layers, 16)
    for t in range(9):
        logits, state = network.step(x[:, t], state)
        torch.testing.assert_close(logits, at_once[:, t])


def test_the_first_loss_is_ln_v() -> None:
    torch.manual_seed(0)
    logits = CharGRU(60)(torch.randint(0, 60, (8, 20)))
    loss = F.cross_entropy(logits.flatten(0, 1), torch.randint(0, 60, (160,)))
    assert loss.item() == pytest.approx(math.log(60), rel=0.02)


def test_a_character_depends_on_all_before_it_and_on_none_after() -> None:
    torch.manual_seed(0)
    network = CharGRU(11, width=16).eval()
    x = torch.randint(0, 11, (1, 9))
    changed = x.clone()
    changed[0, 4] = (x[0, 4] + 1) % 11
    differs = (network(x) - network(changed)).abs().amax(dim=(0, 2)) > 0
    assert differs.tolist() == [False] * 4 + [True] * 5
