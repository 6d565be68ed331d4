"""A network as a row of blocks, from its input to its head: what is frozen, thawed or slowed together."""

from collections.abc import Iterator
from typing import NamedTuple

from torch import nn
from torch.nn.modules.batchnorm import _NormBase

NORMS = (_NormBase, nn.LayerNorm, nn.GroupNorm, nn.RMSNorm)
CONTAINERS = (nn.Sequential, nn.ModuleList, nn.ModuleDict)  # these themselves, not kinds of them: those mean one block


class Block(NamedTuple):
    """A part of a network."""

    name: str  # of its first module
    modules: list[nn.Module]
    parameters: dict[str, nn.Parameter]  # by their names in the network


def blocks_of(network: nn.Module) -> list[Block]:
    """The blocks of a network, in the order in which it holds their parameters; the last one is the head.

    A block is a module with parameters that the network holds, by itself or in a list or sequence of modules. A norm
    that stands alone belongs to the block before it, the network's own parameters to the first block, and parameters
    that two blocks share to the first of the two.
    """
    blocks: list[Block] = []
    own = dict(network.named_parameters(recurse=False))
    seen = {id(parameter) for parameter in own.values()}
    for name, module in _parts(network, ""):
        parameters = {f"{name}.{key}": p for key, p in module.named_parameters() if id(p) not in seen}
        seen |= {id(p) for p in parameters.values()}
        if isinstance(module, NORMS) and blocks:
            blocks[-1].modules.append(module)
            blocks[-1].parameters.update(parameters)
        elif parameters:
            blocks.append(Block(name, [module], parameters))
    if own and not blocks:
        return [Block(type(network).__name__, [network], own)]
    for name, parameter in own.items():
        blocks[0].parameters[name] = parameter
    return blocks


def _parts(module: nn.Module, prefix: str) -> Iterator[tuple[str, nn.Module]]:
    for name, child in module.named_children():
        if type(child) in CONTAINERS:
            yield from _parts(child, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", child
