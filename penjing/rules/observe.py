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
from collections.abc import Callable, Iterable
from typing import Any, Concatenate, ParamSpec, Self

import torch
from torch import Tensor, nn
from torch.nn.modules import module as module_hooks
from torch.optim import Optimizer
from torch.optim import optimizer as optimizer_hooks

from penjing.findings import Finding
from penjing.rules import in_order
from penjing.rules.install import hook, replaced
from penjing.rules.known import Known, held_by
from penjing.rules.loss_graph import objective_of
from penjing.rules.on_loop import check_loop
from penjing.rules.places import user_line
from penjing.rules.probes import is_finite, kinds_of, version
from penjing.rules.trace import Backward, Event, Forward, Step, Trace

STEPS = 200  # watched by default: what is wrong with a loop shows in its first steps, and hooks cost time
OBJECTIVES = 5  # backwards whose graph is read
INNER = 5  # steps in which inner modules are looked at: what a forward makes anew each time must not pile up

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
        self._known = Known(self.trace)
        self.failure: Finding | None = None
        self.is_over = True
        self.thread = 0
        self.steps_seen = 0
        self._most_steps, self._say, self._after_step = steps, say, after_step or (lambda: None)
        self._where = user_line if where is None else lambda: where
        self._undo = contextlib.ExitStack()
        self._depth = 0  # of modules calling modules
        self._inner: list[nn.Module] = []  # called by the outermost module now running, and not yet known to be in use
        self._not_finite: nn.Module | None = None  # the first since the last finite loss whose output was not finite
        self._backward_depth = 0
        self._stepping: list[Optimizer] = []  # an optimizer may call another one
        self._filled_at: dict[int, int] = {}  # parameter: the first backward that its gradient holds something of
        self._touched: frozenset[int] = frozenset()  # by the backward before
        self._touched_since_step: set[int] = set()
        self._stepped_at: dict[int, int] = {}  # optimizer: backwards seen at its last step
        self._backwards = 0
        self._loaded = False
        if model is not None:
            self._known.module(model)
        given = [optimizer] if isinstance(optimizer, Optimizer) else list(optimizer or [])
        for one in given:
            self._known.optimizer(one)
        self.trace.stepped_before = any(one.state for one in given)

    # The block

    def __enter__(self) -> Self:
        self.thread = threading.get_ident()
        self.is_over = False
        self._undo.enter_context(hook(module_hooks.register_module_forward_pre_hook(self._before_forward)))
        after = module_hooks.register_module_forward_hook(self._after_forward, always_call=True)
        self._undo.enter_context(hook(after))
        self._undo.enter_context(hook(optimizer_hooks.register_optimizer_step_pre_hook(self._before_step)))
        self._undo.enter_context(hook(optimizer_hooks.register_optimizer_step_post_hook(self._after_step_hook)))
        self._undo.enter_context(replaced(torch.autograd, "backward", self._around_backward))
        self._undo.enter_context(replaced(Optimizer, "__init__", self._around_init))
        self._undo.enter_context(replaced(nn.Module, "load_state_dict", self._around_load))
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
        if self._not_finite is None and isinstance(output, Tensor) and not is_finite([output]):
            self._not_finite = module
        if self._depth:
            if self.steps_seen < INNER and module.training and torch.is_grad_enabled() and self._known.is_new(module):
                self._inner.append(module)
            return
        number = self._known.module(module)
        self._known.inner(number, self._inner)
        self._inner = []
        if self._not_finite is not None:
            self.trace.first_not_finite = self._known.name_of(self._not_finite)
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
                kinds_training=kinds_of(module, training=True) if known.kinds else frozenset(),
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
        self._known.look_again()
        filled = self._known.filled()
        for number in list(self._filled_at):
            if number not in filled:
                del self._filled_at[number]
        for number, parameter in self._known.parameters.items():
            before[number] = (parameter.grad, version(parameter.grad))
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
            for number, (gradient, then) in before.items()
            if self._known.parameters[number].grad is not gradient
            or version(self._known.parameters[number].grad) != then
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
        self._known.optimizer(optimizer)
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
        self._known.note_versions()
        self.steps_seen += 1
        if self.steps_seen >= self._most_steps:
            self.close()

    def _see_step(self, optimizer: Optimizer, *, by_closure: bool) -> None:
        held = held_by(optimizer)
        filled = self._known.filled() & held
        gradients = [self._known.parameters[number].grad for number in held]
        last = self._stepped_at.get(id(optimizer), 0)
        self._see(
            Step(
                optimizer=id(optimizer),
                where=self._where(),
                parameters=held,
                gradients=self._state_of(gradients, filled, held),
                stale=sum(self._filled_at.get(number, last + 1) <= last for number in filled),
                finite=is_finite(gradient for gradient in gradients if gradient is not None),
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

    # Events, and what is made or loaded meanwhile

    def _see(self, event: Event) -> None:
        self.trace.events.append(event)

    def _around_init(self, original: Callable[..., None], optimizer: Optimizer, *arguments: Any, **named: Any) -> None:
        original(optimizer, *arguments, **named)
        self._made(optimizer)

    @_guarded
    def _made(self, optimizer: Optimizer) -> None:
        self._known.optimizer(optimizer)
        self.trace.untrained = not self._loaded

    def _around_load(self, original: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        self._loaded = True
        self.trace.untrained = False
        return original(*arguments, **named)


def _has_closure(arguments: Any, named: Any) -> bool:
    return named.get("closure") is not None or any(callable(argument) for argument in arguments[1:])


def _watch_failed(where: str, error: Exception) -> Finding:
    return Finding(
        rule="watch-failed",
        severity="warning",
        what=f"the watch failed and ended itself: {type(error).__name__}: {error}",
        where=f"penjing's {where.strip('_')}",
        why="the training itself is unharmed, but what came after was not watched.",
        try_="report it with this message",
    )
