"""What the watch knows of modules, optimizers and parameters, each by a number; the trace holds their names."""

import weakref
from collections.abc import Iterable

import msgspec
from torch import Tensor, nn
from torch.optim import Optimizer

from penjing.rules.probes import kinds_of, norms
from penjing.rules.trace import Module, Parameter, Trace


class Known:
    """Gives numbers; modules and optimizers may die, parameters are kept, so that no number is given twice."""

    def __init__(self, trace: Trace) -> None:
        self.parameters: dict[int, Tensor] = {}
        self._trace = trace
        self._optimizers: weakref.WeakSet[Optimizer] = weakref.WeakSet()
        self._modules: weakref.WeakKeyDictionary[nn.Module, int] = weakref.WeakKeyDictionary()
        self._inner: weakref.WeakSet[nn.Module] = weakref.WeakSet()
        self._versions: dict[int, int] = {}  # of parameters: PyTorch counts how often each was written to
        self._count = 0

    def module(self, module: nn.Module) -> int:
        """The number of a module, whose parameters are known from here on."""
        number = self._modules.get(module)
        if number is None:
            self._count += 1
            number = self._modules[module] = self._count
            for name, parameter in module.named_parameters():
                self._parameter(parameter, name)
            ids = frozenset(id(parameter) for parameter in module.parameters())
            self._trace.modules[number] = Module(type(module).__name__, ids, kinds_of(module))
        return number

    def is_new(self, module: nn.Module) -> bool:
        """Whether `inner` was never told of this module."""
        return module not in self._inner

    def inner(self, number: int, modules: Iterable[nn.Module]) -> None:
        """Know modules that an outer one has called: those in a plain list or dict are not among its parameters."""
        outer = self._trace.modules[number]
        found: set[int] = set()
        for module in modules:
            self._inner.add(module)
            for name, parameter in module.named_parameters(recurse=False):
                if id(parameter) not in outer.parameters:
                    self._parameter(parameter, f"{name} of a {type(module).__name__} that is not registered")
                    found.add(id(parameter))
        if found:
            self._trace.modules[number] = msgspec.structs.replace(outer, parameters=outer.parameters | found)
            self._trace.unregistered |= found

    def optimizer(self, optimizer: Optimizer) -> None:
        """Know an optimizer, and what it holds now."""
        self._optimizers.add(optimizer)
        held = held_by(optimizer)
        for i, parameter in enumerate(p for group in optimizer.param_groups for p in group["params"]):
            self._parameter(parameter, f"parameter {i} of {type(optimizer).__name__}")
        self._trace.optimizers[id(optimizer)] = held

    def _parameter(self, parameter: Tensor, name: str) -> None:
        known = self._trace.parameters.get(id(parameter))
        if known is None or (known.name.startswith("parameter ") and not name.startswith("parameter ")):
            self.parameters[id(parameter)] = parameter
            self._trace.parameters[id(parameter)] = Parameter(name, parameter.numel())
            self._versions.setdefault(id(parameter), parameter._version)

    def name_of(self, module: nn.Module) -> str:
        """A module as people are told of it: its place in the network, and its class."""
        for root in self._modules:
            for name, part in root.named_modules():
                if part is module:
                    return f"{name or 'the network'} ({type(module).__name__})"
        return type(module).__name__

    def filled(self) -> set[int]:
        """Parameters whose gradient is neither None nor all zeros."""
        there = {number: p.grad for number, p in self.parameters.items() if p.grad is not None}
        return {number for number, norm in zip(there, norms(there.values()), strict=True) if norm != 0}

    def look_again(self) -> None:
        """What optimizers hold may have changed, and parameters may have been moved by hand since the last step."""
        for one in list(self._optimizers):
            self.optimizer(one)
        for number, parameter in self.parameters.items():
            if parameter._version != self._versions[number]:
                self._trace.moved_by_hand.add(number)
        self.note_versions()

    def note_versions(self) -> None:
        """What has changed up to here was no change by hand."""
        for number, parameter in self.parameters.items():
            self._versions[number] = parameter._version


def held_by(optimizer: Optimizer) -> frozenset[int]:
    """The numbers of an optimizer's parameters."""
    return frozenset(id(parameter) for group in optimizer.param_groups for parameter in group["params"])
