"""Trace: what was seen of a training loop, in order. Observing writes it, the rules of a loop read it. No torch.

Parameters, modules and optimizers stand in it by number, so that a trace can be written by hand in a test and keeps no
tensor alive.
"""

from collections.abc import Iterator, Mapping
from typing import Literal, TypeVar

import msgspec

from penjing.findings import listed

Kind = Literal["batch norm", "dropout"]  # of layers that act otherwise in training than in evaluation
Events = TypeVar("Events", bound="Event")


class Parameter(msgspec.Struct, frozen=True):
    """A trainable tensor."""

    name: str  # "fc.weight"
    size: int  # values


class Module(msgspec.Struct, frozen=True):
    """A module that the loop calls itself, not through another module."""

    name: str  # of its class
    parameters: frozenset[int]  # also of layers that it calls without having registered them
    kinds: frozenset[Kind] = frozenset()


class Forward(msgspec.Struct, frozen=True, kw_only=True):
    """A call of a module by the loop."""

    module: int
    where: str  # line of the user's script
    training: bool  # the module's mode
    recording: bool  # autograd builds a graph
    rows: int = 0  # first axis of the first tensor it was given; 0 where there is none
    kinds_training: frozenset[Kind] = frozenset()  # layers inside that act as in training


class Objective(msgspec.Struct, frozen=True):
    """A cross-entropy found in the graph of a loss."""

    classes: int
    loss: float | None  # mean over the batch in nats, whatever the loop made of it afterwards
    label_entropy: float | None  # of this batch's labels, nats
    after: Literal["", "softmax", "log_softmax"] = ""  # what stands directly before its own log-softmax
    affine: bool = False  # the logits come from a layer with a bias, neither scaled nor mixed afterwards


class Backward(msgspec.Struct, frozen=True, kw_only=True):
    """Gradients were computed, or should have been."""

    where: str
    loss: float | None  # None where it is not a scalar
    reached: frozenset[int]  # parameters whose gradient changed
    has_graph: bool = True
    failed: bool = False  # it raised
    cleared: bool = False  # the gradients of the backward before were gone when this one began
    objective: Objective | None = None


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """An optimizer updated its parameters."""

    optimizer: int
    where: str
    parameters: frozenset[int]
    gradients: Literal["there", "none", "cleared"] = "there"  # cleared: a backward had filled them since the last step
    stale: int = 0  # parameters whose gradient still holds what an earlier step of this optimizer has used
    finite: bool = True
    by_closure: bool = False  # the optimizer computes gradients itself, as LBFGS does


Event = Forward | Backward | Step


class Trace(msgspec.Struct, kw_only=True):
    """What was seen so far."""

    events: list[Event] = []
    parameters: dict[int, Parameter] = {}
    modules: dict[int, Module] = {}
    optimizers: dict[int, frozenset[int]] = {}  # the parameters that each one holds
    unregistered: set[int] = set()  # parameters of layers that another module calls, but holds in a plain list or dict
    moved_by_hand: set[int] = set()  # parameters that changed outside of every optimizer's step
    untrained: bool = False  # the optimizer was made under the watch, and no weights were loaded
    stepped_before: bool = False  # the optimizer had taken steps before the watch began
    start_loss: float | None = None  # what theory says, where someone told
    first_not_finite: str = ""  # the module whose output was the first that is not a number
    ended: bool = False  # the loop is over, nothing more will come

    @property
    def held(self) -> frozenset[int]:
        """Parameters that some optimizer holds."""
        return frozenset().union(*self.optimizers.values())

    def of(self, kind: type[Events]) -> list[Events]:
        """The events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]

    def before_first_step(self) -> Iterator[Event]:
        """The events before anything was learned."""
        for event in self.events:
            if isinstance(event, Step):
                return
            yield event


def names_of(ids: frozenset[int] | set[int], parameters: Mapping[int, Parameter], most: int = 3) -> str:
    """Parameters as people are told of them: the first few names, and how many more there are."""
    return listed([parameter.name for id, parameter in parameters.items() if id in ids], most)
