"""Watch any PyTorch loop with PyTorch's own global hooks, and leave its training bit-identical.

    forward, backward and step of the loop -> Trace -> the rules of a loop -> findings

What is seen: each call of a module by the loop (mode, gradients on or off), each backward (which gradients changed,
what stands in the loss's graph), each optimizer's step (what gradients it takes). Whether gradients were cleared is
read from the gradients themselves, so any way of clearing them will do. No hook draws a random number, writes to a
tensor or keeps one alive; a hook that fails becomes a finding and the watch ends, the loop goes on.
"""

import contextlib
import functools
import math
import sys
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Concatenate, ParamSpec, Self

import torch
from torch import Tensor, nn
from torch.nn.modules import module as module_hooks
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.dropout import _DropoutNd
from torch.optim import Optimizer
from torch.optim import optimizer as optimizer_hooks

from penjing.findings import Finding
from penjing.rules import in_order
from penjing.rules.loss_graph import objective_of
from penjing.rules.on_loop import check_loop
from penjing.rules.places import user_line
from penjing.rules.trace import Backward, Event, Forward, Kind, Module, Parameter, Step, Trace

STEPS = 200  # watched by default: what is wrong with a loop shows in its first steps, and hooks cost time
OBJECTIVES = 5  # backwards whose graph is read

P = ParamSpec("P")


def watch(
    model: nn.Module | None = None,
    optimizer: Optimizer | Iterable[Optimizer] | None = None,
    *,
    start_loss: float | None = None,
    steps: int = STEPS,
) -> "Watch":
    """Watch the PyTorch loop in a `with` block, and tell on standard error what is wrong with it.

    Args:
        model: names its parameters in what is told; any model that the loop calls is watched without it.
        optimizer: one or several that were made before the block; those made inside are seen without it.
        start_loss: what theory says the first loss is; for cross-entropy it is known without.
        steps: the watch ends after this many steps of optimizers and takes its hooks away.

    Returns:
        A context manager; its `findings`, the one to mend first in front, can be read at any time.
    """
    return Watch(model, optimizer, start_loss=start_loss, steps=steps, say=print_findings)


def print_findings(findings: list[Finding]) -> None:
    """Findings as plain text on standard error."""
    for found in findings:
        lines = [f"{found.severity} {found.rule}  {found.what}", f"  where  {found.where}", f"  why    {found.why}"]
        sys.stderr.write("\n".join([*lines, f"  try    {found.try_}\n"]))


def _guarded(see: Callable[Concatenate["Watch", P], None]) -> Callable[Concatenate["Watch", P], None]:
    """Let no failure of ours reach the loop: it becomes a finding, and the watch ends."""

    @functools.wraps(see)
    def guarded(watch: "Watch", /, *arguments: P.args, **named: P.kwargs) -> None:
        if watch.is_over or torch.compiler.is_compiling() or threading.get_ident() != watch.thread:
            return
        try:
            see(watch, *arguments, **named)
        except Exception as error:  # noqa: BLE001  watching must not break what is watched
            watch.failure = _watch_failed(see.__name__, error)
            watch.close()

    return guarded


class Watch:
    """Gathers the trace of a loop; see `watch`.

    Args:
        model: see `watch`.
        optimizer: see `watch`.
        start_loss: see `watch`.
        steps: see `watch`.
        say: is handed the findings when the block ends, if there are any.
        where: what to call the loop instead of the line of the user's script.
        after_step: is called after each step, and after each backward, outside of every guard: what it raises ends
            the loop.
    """

    def __init__(
        self,
        model: nn.Module | None = None,
        optimizer: Optimizer | Iterable[Optimizer] | None = None,
        *,
        start_loss: float | None = None,
        steps: int = STEPS,
        say: Callable[[list[Finding]], None] | None = None,
        where: str | None = None,
        after_step: Callable[[], None] | None = None,
    ) -> None:
        self.trace = Trace(start_loss=start_loss)
        self.failure: Finding | None = None
        self.is_over = True
        self.thread = 0
        self.steps_seen = 0
        self._most_steps, self._say, self._after_step = steps, say, after_step or (lambda: None)
        self._where = user_line if where is None else lambda: where
        self._undo = contextlib.ExitStack()
        self._optimizers: weakref.WeakSet[Optimizer] = weakref.WeakSet()
        self._modules: weakref.WeakKeyDictionary[nn.Module, int] = weakref.WeakKeyDictionary()
        self._parameters: dict[int, nn.Parameter | Tensor] = {}  # kept, so that no number is given twice
        self._depth = 0  # of modules calling modules
        self._not_finite: nn.Module | None = None  # the first since the last finite loss whose output was not finite
        self._backward_depth = 0
        self._stepping: list[Optimizer] = []  # an optimizer may call another one
        self._filled_at: dict[int, int] = {}  # parameter: the first backward that its gradient holds something of
        self._touched: frozenset[int] = frozenset()  # by the backward before
        self._touched_since_step: set[int] = set()
        self._stepped_at: dict[int, int] = {}  # optimizer: backwards seen at its last step
        self._backwards = 0
        self._versions: dict[int, int] = {}
        self._loaded = False
        if model is not None:
            self._know_module(model)
        given = [optimizer] if isinstance(optimizer, Optimizer) else list(optimizer or [])
        for one in given:
            self._know_optimizer(one)
        self.trace.stepped_before = any(one.state for one in given)

    # The block

    def __enter__(self) -> Self:
        self.thread = threading.get_ident()
        self.is_over = False
        self._undo.enter_context(_hook(module_hooks.register_module_forward_pre_hook(self._before_forward)))
        after = module_hooks.register_module_forward_hook(self._after_forward, always_call=True)
        self._undo.enter_context(_hook(after))
        self._undo.enter_context(_hook(optimizer_hooks.register_optimizer_step_pre_hook(self._before_step)))
        self._undo.enter_context(_hook(optimizer_hooks.register_optimizer_step_post_hook(self._after_step_hook)))
        self._undo.enter_context(_replaced(torch.autograd, "backward", self._around_backward))
        self._undo.enter_context(_replaced(Optimizer, "__init__", self._around_init))
        self._undo.enter_context(_replaced(nn.Module, "load_state_dict", self._around_load))
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()
        if self._say is not None and (found := self.findings):
            self._say(found)

    def close(self) -> None:
        """Take every hook away; what was seen stays."""
        if not self.is_over:
            self.is_over = True
            self._settle()
            self._undo.close()

    @property
    def findings(self) -> list[Finding]:
        """What the rules find in what was seen so far, the one to mend first in front."""
        self._settle()
        return in_order(check_loop(self.trace) + ([self.failure] if self.failure else []))

    def _settle(self) -> None:
        self.trace.ended = self.is_over

    # Forward

    @_guarded
    def _before_forward(self, module: nn.Module, inputs: Any) -> None:
        self._depth += 1

    @_guarded
    def _after_forward(self, module: nn.Module, inputs: Any, output: Any) -> None:
        self._depth = max(self._depth - 1, 0)
        if self._not_finite is None and isinstance(output, Tensor) and not _is_finite([output]):
            self._not_finite = module
        if self._depth:
            return
        number = self._know_module(module)
        if self._not_finite is not None:
            self.trace.first_not_finite = self._name_of(self._not_finite)
        known = self.trace.modules[number]
        if not known.parameters:
            return  # a loss, an activation
        self._see(
            Forward(
                module=number,
                where=self._where(),
                training=module.training,
                recording=torch.is_grad_enabled(),
                rows=next((x.shape[0] for x in inputs if isinstance(x, Tensor) and x.ndim), 0),
                kinds_training=_kinds(module, training=True) if known.kinds else frozenset(),
            )
        )

    # Backward

    def _around_backward(self, original: Callable[..., None], *arguments: Any, **named: Any) -> None:
        if self._backward_depth:
            original(*arguments, **named)
            return
        before: dict[int, tuple[Tensor | None, int]] = {}
        seen: dict[str, Any] = {}
        self._before_backward(arguments[0] if arguments else named["tensors"], before, seen)
        self._backward_depth += 1
        seen["failed"] = True
        try:
            original(*arguments, **named)
            seen["failed"] = False
        finally:
            self._backward_depth -= 1
            self._after_backward(before, seen)
        if not self._stepping:
            self._after_step()

    @_guarded
    def _before_backward(self, losses: Any, before: dict[int, Any], seen: dict[str, Any]) -> None:
        self._backwards += 1
        for one in self._optimizers:
            self._know_optimizer(one)
        self._look_for_hand_updates()
        filled = self._filled()
        for number in list(self._filled_at):
            if number not in filled:
                del self._filled_at[number]
        for number, parameter in self._parameters.items():
            before[number] = (parameter.grad, _version(parameter.grad))
        losses = [losses] if isinstance(losses, Tensor) else list(losses)
        scalars = [loss for loss in losses if loss.numel() == 1]
        loss = sum(one.item() for one in scalars) if scalars else None
        if loss is not None and math.isfinite(loss):
            self._not_finite, self.trace.first_not_finite = None, ""  # infinities may have their place, as in a mask
        objective = None
        if self._backwards <= OBJECTIVES:
            objective = next((found for loss in losses if (found := objective_of(loss))), None)
        seen |= {
            "where": self._where(),
            "loss": loss,
            "has_graph": any(loss.requires_grad for loss in losses),
            "cleared": bool(self._touched) and not self._touched & filled,
            "objective": objective,
        }

    @_guarded
    def _after_backward(self, before: dict[int, Any], seen: dict[str, Any]) -> None:
        if "where" not in seen:  # the watch began within this backward
            return
        reached = frozenset(
            number
            for number, (gradient, version) in before.items()
            if self._parameters[number].grad is not gradient or _version(self._parameters[number].grad) != version
        )
        for number in reached:
            self._filled_at.setdefault(number, self._backwards)
        self._touched = reached
        self._touched_since_step |= reached
        self._see(Backward(reached=reached, **seen))

    # Step

    @_guarded
    def _before_step(self, optimizer: Optimizer, arguments: Any, named: Any) -> None:
        self._stepping.append(optimizer)
        self._know_optimizer(optimizer)
        if len(self._stepping) == 1 and not _has_closure(arguments, named):
            self._see_step(optimizer, by_closure=False)

    def _after_step_hook(self, optimizer: Optimizer, arguments: Any, named: Any) -> None:
        self._finish_step(optimizer, arguments, named)
        if not self._stepping:
            self._after_step()

    @_guarded
    def _finish_step(self, optimizer: Optimizer, arguments: Any, named: Any) -> None:
        if self._stepping:
            self._stepping.pop()
        if self._stepping:
            return
        if _has_closure(arguments, named):
            self._see_step(optimizer, by_closure=True)
        self._note_versions()
        self.steps_seen += 1
        if self.steps_seen >= self._most_steps:
            self.close()

    def _see_step(self, optimizer: Optimizer, *, by_closure: bool) -> None:
        held = self._held_by(optimizer)
        filled = self._filled() & held
        gradients = [self._parameters[number].grad for number in held]
        last = self._stepped_at.get(id(optimizer), 0)
        self._see(
            Step(
                optimizer=id(optimizer),
                where=self._where(),
                parameters=held,
                gradients=self._state_of(gradients, filled, held),
                stale=sum(self._filled_at.get(number, last + 1) <= last for number in filled),
                finite=_is_finite(gradient for gradient in gradients if gradient is not None),
                by_closure=by_closure,
            )
        )
        self._stepped_at[id(optimizer)] = self._backwards
        self._touched_since_step -= held

    def _state_of(self, gradients: list[Tensor | None], filled: set[int], held: frozenset[int]) -> Any:
        if filled:
            return "there"
        was_filled = bool(self._touched_since_step & held)
        all_gone = all(gradient is None for gradient in gradients)
        return "cleared" if was_filled else "none" if all_gone or not self._backwards else "there"

    # What is known of modules, optimizers and parameters

    def _see(self, event: Event) -> None:
        self.trace.events.append(event)

    def _know_module(self, module: nn.Module) -> int:
        number = self._modules.get(module)
        if number is None:
            number = self._modules[module] = len(self._modules) + 1
            for name, parameter in module.named_parameters():
                self._know_parameter(parameter, name)
            ids = frozenset(id(parameter) for parameter in module.parameters())
            self.trace.modules[number] = Module(type(module).__name__, ids, _kinds(module))
        return number

    def _know_optimizer(self, optimizer: Optimizer) -> None:
        self._optimizers.add(optimizer)
        held = self._held_by(optimizer)
        for i, parameter in enumerate(p for group in optimizer.param_groups for p in group["params"]):
            self._know_parameter(parameter, f"parameter {i} of {type(optimizer).__name__}")
        self.trace.optimizers[id(optimizer)] = held

    def _know_parameter(self, parameter: Tensor, name: str) -> None:
        known = self.trace.parameters.get(id(parameter))
        if known is None or (known.name.startswith("parameter ") and not name.startswith("parameter ")):
            self._parameters[id(parameter)] = parameter
            self.trace.parameters[id(parameter)] = Parameter(name, parameter.numel())
            self._versions.setdefault(id(parameter), parameter._version)

    @staticmethod
    def _held_by(optimizer: Optimizer) -> frozenset[int]:
        return frozenset(id(parameter) for group in optimizer.param_groups for parameter in group["params"])

    def _name_of(self, module: nn.Module) -> str:
        for root in self._modules:
            for name, part in root.named_modules():
                if part is module:
                    return f"{name or 'the network'} ({type(module).__name__})"
        return type(module).__name__

    def _filled(self) -> set[int]:
        """Parameters whose gradient is neither None nor all zeros."""
        there = {number: p.grad for number, p in self._parameters.items() if p.grad is not None}
        return {number for number, norm in zip(there, _norms(there.values()), strict=True) if norm != 0}

    def _look_for_hand_updates(self) -> None:
        for number, parameter in self._parameters.items():
            if parameter._version != self._versions[number]:
                self.trace.moved_by_hand.add(number)
        self._note_versions()

    def _note_versions(self) -> None:
        for number, parameter in self._parameters.items():
            self._versions[number] = parameter._version

    def _around_init(self, original: Callable[..., None], optimizer: Optimizer, *arguments: Any, **named: Any) -> None:
        original(optimizer, *arguments, **named)
        self._made(optimizer)

    @_guarded
    def _made(self, optimizer: Optimizer) -> None:
        self._know_optimizer(optimizer)
        self.trace.untrained = not self._loaded

    def _around_load(self, original: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        self._loaded = True
        self.trace.untrained = False
        return original(*arguments, **named)


@contextlib.contextmanager
def _hook(handle: Any) -> Iterator[None]:
    try:
        yield
    finally:
        handle.remove()


@contextlib.contextmanager
def _replaced(owner: Any, name: str, around: Callable[..., Any]) -> Iterator[None]:
    """Call `around(original, ...)` in place of a function, and put the original back."""
    original = getattr(owner, name)

    @functools.wraps(original)
    def wrapper(*arguments: Any, **named: Any) -> Any:
        return around(original, *arguments, **named)

    setattr(owner, name, wrapper)
    try:
        yield
    finally:
        setattr(owner, name, original)


def _has_closure(arguments: Any, named: Any) -> bool:
    return named.get("closure") is not None or any(callable(argument) for argument in arguments[1:])


def _version(gradient: Tensor | None) -> int:
    return -1 if gradient is None else gradient._version


def _norms(tensors: Iterable[Tensor]) -> list[float]:
    """The norm of each tensor; sparse ones by their values."""
    plain = [(t._values() if t.is_sparse else t).detach() for t in tensors]
    if not plain:
        return []
    with torch.no_grad():
        norms = torch._foreach_norm(plain)
        return torch.stack([norm.to("cpu", torch.float64) for norm in norms]).tolist()


def _is_finite(tensors: Iterable[Tensor]) -> bool:
    with torch.no_grad():
        return all(bool(torch.isfinite(t._values() if t.is_sparse else t).all()) for t in tensors)


def _kinds(module: nn.Module, *, training: bool | None = None) -> frozenset[Kind]:
    """Kinds of layers inside that act otherwise in training; with `training=True` those that are in that mode now."""
    parts = [part for part in module.modules() if training is None or part.training is training]
    norms = [part for part in parts if isinstance(part, _BatchNorm) and part.track_running_stats]
    if any(norm.momentum is None for norm in norms):
        return frozenset()  # statistics are being measured anew on purpose, as weight averaging does
    drops = any(
        (isinstance(part, _DropoutNd) and part.p > 0)
        or (isinstance(part, nn.RNNBase | nn.MultiheadAttention) and part.dropout > 0)
        for part in parts
    )
    kinds: list[tuple[Kind, bool]] = [("batch norm", bool(norms)), ("dropout", drops)]
    return frozenset(kind for kind, is_there in kinds if is_there)


def _watch_failed(where: str, error: Exception) -> Finding:
    return Finding(
        rule="watch-failed",
        severity="warning",
        what=f"the watch failed and ended itself: {type(error).__name__}: {error}",
        where=f"penjing's {where.strip('_')}",
        why="the training itself is unharmed, but what came after was not watched.",
        try_="report it with this message",
    )
