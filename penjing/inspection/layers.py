"""A network looked at layer by layer: windows, sizes, receptive fields, parameters and multiply-adds.

One picture goes through the network, and every operation is watched, whatever Python code calls it: a row stands for a
layer, and for an operation between layers that has a window or a cost. Networks on the `meta` device compute nothing.
"""

from collections.abc import Iterator, MutableMapping
from contextlib import ExitStack
from typing import Any, Literal

import msgspec
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode
from torch.utils.weak import WeakIdKeyDictionary

from penjing.inspection.counting import countable_attention, parameters_of
from penjing.inspection.modes import evaluating
from penjing.inspection.receptive_field import is_followed, seen_through
from penjing.inspection.windows import Axis, Beyond, Field, Seen, Window, window_of

NETWORK = "(network)"  # the name of what is called by the network's own forward


class Layer(msgspec.Struct, kw_only=True):
    """A row. Sizes are (height, width), in pixels or places."""

    name: str  # the module's, or that of the module whose code calls the operation
    kind: str  # its class, or the operation
    kernel: tuple[int, int] | None = None
    stride: tuple[float, float] | None = None
    padding: tuple[int, int] | None = None
    dilation: tuple[int, int] | None = None
    output: tuple[int, ...] | None = None  # of one picture; None where it is no tensor, or the layer is never called
    receptive_field: tuple[int, int] | Literal["all", "unknown"] | None = None  # pixels; all: the whole picture
    parameters: int = 0  # weights that several layers share stand with the first
    macs: int = 0
    padding_share: float = 0.0  # of what a convolution reads, over all places of its map


class Layers(msgspec.Struct, frozen=True, kw_only=True):
    """All rows, and their sums."""

    picture: tuple[int, int, int]  # channels, height, width
    rows: tuple[Layer, ...]  # but layers without weights, cost and window that change no shape
    parameters: int
    macs: int  # multiply-adds of one picture
    lost: str | None  # the operation behind which receptive fields are unknown, and who calls it


def layers_of(network: nn.Module, picture: tuple[int, int, int]) -> Layers:
    """Send one picture through a network in evaluation mode and watch.

    Args:
        network: on any device; it gets (1, C, H, W) float32. The mode of each part is left as it was found.
        picture: C, H, W.
    """
    x = torch.zeros(1, *picture, device=next(network.parameters()).device)
    with (
        ExitStack() as afterwards,
        evaluating(network),
        torch.inference_mode(),
        countable_attention(),
        FlopCounterMode(display=False) as counter,
        Watcher(counter, x) as watcher,
    ):
        watcher.follow(network, afterwards)
        network(x)
    return Layers(
        picture=picture,
        rows=(*watcher.rows, *watcher.weights_between(network)),
        parameters=parameters_of(network),
        macs=counter.get_total_flops() // 2,
        lost=watcher.lost,
    )


class Watcher(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Sees every operation on a picture: fills the rows, and keeps what each tensor's units see."""

    def __init__(self, counter: FlopCounterMode, picture: Tensor) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.rows: list[Layer] = []
        self.lost: str | None = None
        self._counter = counter
        self._called: list[str] = []  # modules that are being called, outermost first
        self._layer: Layer | None = None
        self._counted: set[int] = set()  # parameters that stand in a row
        self._seen: MutableMapping[Tensor, Seen] = WeakIdKeyDictionary()
        self._seen[picture] = Field(Axis(), Axis(), (2, 3))

    def follow(self, network: nn.Module, afterwards: ExitStack) -> None:
        """Watch calls of modules, too, until `afterwards` closes."""
        names = {module: name or NETWORK for name, module in network.named_modules()}

        def begin(module: nn.Module, args: tuple[Any, ...]) -> None:
            self._called.append(names[module])
            is_whole = isinstance(module, nn.MultiheadAttention) or not list(module.children())
            if self._layer is None and is_whole and module is not network:
                parameters = self._fresh(module, recurse=True)
                self._layer = Layer(name=names[module], kind=type(module).__name__, parameters=parameters)
                self.rows.append(self._layer)

        def end(module: nn.Module, args: tuple[Any, ...], given: Any) -> None:
            if self._layer is not None and self._layer.name == names[module]:
                self._close(self._layer, args, given)
                self._layer = None
            self._called.pop()

        for module in names:
            afterwards.callback(module.register_forward_pre_hook(begin).remove)
            afterwards.callback(module.register_forward_hook(end).remove)

    def _close(self, layer: Layer, args: tuple[Any, ...], given: Any) -> None:
        out = given[0] if isinstance(given, tuple) else given  # attention gives its weights too
        if isinstance(out, Tensor):
            layer.output = tuple(out.shape[1:])
            layer.receptive_field = _in_pixels(self._seen.get(out))
        changes = not (args and isinstance(args[0], Tensor) and isinstance(out, Tensor) and args[0].shape == out.shape)
        if not (changes or layer.parameters or layer.macs or layer.kernel not in (None, (1, 1))):
            self.rows.pop()

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run the operation, or those that it is made of, and take down what came of it."""
        kwargs = kwargs or {}
        name, pointwise = func._schema.name.partition("::")[2].rstrip("_"), torch.Tag.pointwise in func.tags
        if not is_followed(name, pointwise=pointwise):
            with self:
                made = func.decompose(*args, **kwargs)
            if made is not NotImplemented:
                return made
        before = self._counter.get_total_flops()
        out = func(*args, **kwargs)
        macs = (self._counter.get_total_flops() - before) // 2
        arguments = func._schema.arguments
        given = {one.name: one.default_value for one in arguments if one.has_default_value()} | kwargs
        given |= {one.name: value for one, value in zip(arguments, args, strict=False)}
        if any(True for _ in _tensors([out])):
            self._note(name, given, out, macs, pointwise=pointwise)
        return out

    def _note(self, name: str, given: dict[str, Any], out: Any, macs: int, *, pointwise: bool) -> None:
        inputs = [(x, self._seen[x]) for x in _tensors(given.values()) if x in self._seen]
        outputs = list(_tensors([out]))
        row = self._layer or Layer(name=self._called[-1], kind=name, output=tuple(outputs[0].shape[1:]))
        row.macs += macs
        gathers = False
        if inputs:  # without, weights are made of weights
            before, seen = (
                {was for _, was in inputs},
                seen_through(name, given, inputs, outputs[0], pointwise=pointwise),
            )
            for tensor in outputs:
                self._seen[tensor] = seen
            self._note_window(row, window_of(name, given, inputs[0][0].shape[-2:]), inputs[0][0], outputs[0])
            gathers = seen is Beyond.WHOLE and Beyond.WHOLE not in before
            if seen is Beyond.UNKNOWN and Beyond.UNKNOWN not in before and self.lost is None:
                self.lost = f"{name} in {self._called[-1]}"
            if self._layer is None:
                row.receptive_field = _in_pixels(seen)
        if self._layer is None and (macs or row.kernel not in (None, (1, 1)) or gathers):
            self.rows.append(row)

    def _note_window(self, row: Layer, window: Window | None, x: Tensor, out: Tensor) -> None:
        if window is None:
            return
        row.kernel, row.stride, row.padding, row.dilation = window
        if row.macs:  # a pooling leaves padding out
            row.padding_share = window.padding_share(x.shape[-2:], out.shape[-2:])

    def _fresh(self, module: nn.Module, *, recurse: bool) -> int:
        """Parameters that no row has yet."""
        found = {id(one): one.numel() for one in module.parameters(recurse) if id(one) not in self._counted}
        self._counted |= found.keys()
        return sum(found.values())

    def weights_between(self, network: nn.Module) -> Iterator[Layer]:
        """A row for each module whose weights belong to none of its layers, or that was never called."""
        for name, module in network.named_modules():
            if parameters := self._fresh(module, recurse=False):
                yield Layer(name=name or NETWORK, kind=type(module).__name__, parameters=parameters)


def _tensors(values: Any) -> Iterator[Tensor]:
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, list | tuple):
            yield from _tensors(value)


def _in_pixels(seen: Seen | None) -> tuple[int, int] | Literal["all", "unknown"] | None:
    if isinstance(seen, Field):
        return seen.height.size, seen.width.size
    return None if seen is None else seen.value
