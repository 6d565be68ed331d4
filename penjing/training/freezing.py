"""Which blocks of a network are trained when, and how fast: a function of the settings and of the share of the budget.

`freeze` holds the first blocks as they are, their batch norms' statistics too. `unfreeze` lets them go one by one, the
last first (Howard and Ruder, "Universal language model fine-tuning", ACL 2018, section 3.3), so that weights of before
are not torn by the gradients of a head that knows nothing yet. `layer_decay` slows each block beside the one behind it
(the same, section 3.2; as one factor in Clark et al., "ELECTRA", ICLR 2020): early ones find what all pictures have.
Nothing of this needs saving: a resumed training finds every block as it was.
"""

import math
from collections.abc import Mapping
from typing import NamedTuple

from torch import nn
from torch.nn.modules.batchnorm import _NormBase

from penjing.config import Train
from penjing.findings import stop
from penjing.training.blocks import Block, blocks_of


class Frozen(NamedTuple):
    """A block, and the share of the budget from which it is trained; infinite where it never is."""

    block: Block
    until: float


def frozen_in(network: nn.Module, train: Train) -> list[Frozen]:
    """The blocks that are frozen at first, in their order.

    Raises:
        PenjingError: `bad-setting` where no block is left to train.
    """
    if not train.freeze:
        return []
    blocks = blocks_of(network)
    count = {"stem": 1, "body": len(blocks) - 1}.get(str(train.freeze), train.freeze)
    if not isinstance(count, int) or not 0 < count < len(blocks):
        raise stop(
            "bad-setting",
            f"`freeze` cannot be {train.freeze}: the network has {len(blocks)} blocks, and one must be left to train",
            where=f"freeze={train.freeze}; blocks: {', '.join(block.name for block in blocks)}",
            why="every step would leave the network as it is.",
            try_=f"freeze={len(blocks) - 1}" if len(blocks) > 1 else "freeze=0",
        )
    return [
        Frozen(block, train.unfreeze * (count - i) / count if train.unfreeze else math.inf)
        for i, block in enumerate(blocks[:count])
    ]


def factors_of(network: nn.Module, train: Train) -> Mapping[str, float]:
    """What the learning rate of a parameter is multiplied by, by its name; 0 where it is never trained.

    Raises:
        PenjingError: those of `frozen_in`.
    """
    stay = {
        name for frozen in frozen_in(network, train) if math.isinf(frozen.until) for name in frozen.block.parameters
    }
    if not stay and train.layer_decay == 1:
        return {}
    behind = reversed(list(enumerate(reversed(blocks_of(network)))))  # how many blocks stand behind each
    return {
        name: 0.0 if name in stay else train.layer_decay**count for count, block in behind for name in block.parameters
    }


class Thaw:
    """Holds the frozen blocks of a network in training, and lets each go when its time has come.

    Args:
        network: as its optimizer was made for it; parameters that take no gradient now never will.
        train: `freeze`, `unfreeze`.

    Raises:
        PenjingError: those of `frozen_in`.
    """

    def __init__(self, network: nn.Module, train: Train) -> None:
        self._parts = [
            (
                until,
                [parameter for parameter in block.parameters.values() if parameter.requires_grad],
                [norm for module in block.modules for norm in module.modules() if isinstance(norm, _NormBase)],
            )
            for block, until in frozen_in(network, train)
        ]

    def __call__(self, fraction: float) -> None:
        """Before the step at this fraction of the budget, whatever came before: gradients, and modes of batch norms."""
        for until, parameters, norms in self._parts:
            is_trained = fraction >= until
            for parameter in parameters:
                parameter.requires_grad = is_trained
            for norm in norms:
                norm.train(is_trained)
