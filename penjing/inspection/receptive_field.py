"""Which pixels a unit sees: the receptive field of the maps that a network makes of a picture, operation by operation.

Where branches meet, a unit sees what its branches see together. What norms take from the whole picture (their
statistics), and gates that are the same at all places (squeeze and excitation), do not count.
"""

from collections.abc import Callable, Sequence

import torch

from penjing.inspection.windows import ADAPTIVE, MAX_POOLS, Arguments, Axis, Beyond, Field, Seen, window_of

AS_IT_COMES = {  # each place stays at its place, as with the operations that torch itself calls pointwise
    *("batch_norm", "group_norm", "instance_norm", "layer_norm", "rms_norm", "softmax", "log_softmax", "dropout"),
    *(
        "hardsigmoid",
        "hardswish",
        "prelu",
        "alias",
        "clone",
        "contiguous",
        "copy",
        "detach",
        "expand",
        "to",
        "_to_copy",
    ),
}
MIXES = ("matmul", "bmm", "baddbmm", "mm", "scaled_dot_product_attention")
RESHAPES = (
    "view",
    "_unsafe_view",
    "reshape",
    "_reshape_alias",
    "flatten",
    "unflatten",
    "squeeze",
    "unsqueeze",
    "view_as",
)
REDUCES = ("mean", "sum", "amax", "amin")
PARTS = ("split", "chunk", "split_with_sizes", "tensor_split", "unsafe_split", "unsafe_chunk")


def is_followed(name: str, *, pointwise: bool) -> bool:
    """Say whether an operation is known as a whole; others are followed through the operations they are made of."""
    return pointwise or name in RULES or name in AS_IT_COMES or name == "cat"


def seen_through(
    name: str,
    given: Arguments,
    inputs: Sequence[tuple[torch.Tensor, Seen]],
    out: torch.Tensor,
    *,
    pointwise: bool,
) -> Seen:
    """What the units of an operation's output see.

    Args:
        name: of the aten operation, without overload.
        given: its arguments.
        inputs: the tensors among them that come from the picture, with what their units see; one at least.
        out: what it gives.
        pointwise: whether torch says that it works on each place by itself.
    """
    if name in MIXES and len(inputs) > 1:
        return Beyond.WHOLE
    x, seen = inputs[0]
    if name in RULES and isinstance(seen, Field):
        return RULES[name](given, x, seen, out)
    if name in RULES or name in AS_IT_COMES:
        return seen
    if not (pointwise or name == "cat"):
        return Beyond.WHOLE if all(seen is Beyond.WHOLE for _, seen in inputs) else Beyond.UNKNOWN
    if name == "cat" and isinstance(seen, Field) and given.get("dim", 0) % x.ndim in seen.dims:
        return Beyond.UNKNOWN
    return together([seen for x, seen in inputs if name == "cat" or not _is_spread(x, seen, out)])


def together(at_places: Sequence[Seen]) -> Seen:
    """What a unit sees where tensors meet, place by place."""
    fields = [seen for seen in at_places if isinstance(seen, Field)]
    if not at_places or Beyond.WHOLE in at_places:
        return Beyond.WHOLE
    if len(fields) < len(at_places) or len({field.dims for field in fields}) > 1:
        return Beyond.UNKNOWN
    height, width = (
        Axis(min(axis.low for axis in axes), max(axis.high for axis in axes), max(axis.step for axis in axes))
        for axes in ([field.height for field in fields], [field.width for field in fields])
    )
    return Field(height, width, fields[0].dims)


def _is_spread(x: torch.Tensor, seen: Seen, out: torch.Tensor) -> bool:
    """Whether a tensor has one value for all places of a map that has many: such a gate does not count."""
    if x.ndim != out.ndim or not isinstance(seen, Field):
        return x.numel() < out.numel() and seen is Beyond.WHOLE
    return any(x.shape[dim] == 1 < out.shape[dim] for dim in seen.dims)


def _windowed(name: str) -> Callable[[Arguments, torch.Tensor, Field, torch.Tensor], Seen]:
    def rule(given: Arguments, x: torch.Tensor, seen: Field, out: torch.Tensor) -> Seen:
        if seen.dims != (x.ndim - 2, x.ndim - 1):
            return Beyond.UNKNOWN
        window = window_of(name, given, x.shape[-2:])
        if window is None:
            return Beyond.UNKNOWN
        if name in ADAPTIVE and tuple(out.shape[-2:]) == (1, 1):
            return Beyond.WHOLE
        height, width = (axis.through(*part) for axis, part in zip(seen[:2], zip(*window, strict=True), strict=True))
        return Field(height, width, seen.dims)

    return rule


def _linear(given: Arguments, x: torch.Tensor, seen: Field, out: torch.Tensor) -> Seen:
    return Beyond.WHOLE if x.ndim - 1 in seen.dims else seen


def _mixed(given: Arguments, x: torch.Tensor, seen: Field, out: torch.Tensor) -> Seen:
    return Beyond.UNKNOWN  # with a tensor that does not come from the picture: which axes it mixes is not followed


def _reshaped(given: Arguments, x: torch.Tensor, seen: Field, out: torch.Tensor) -> Seen:
    if seen.dims == (x.ndim - 2, x.ndim - 1) and x.shape[-2:] == out.shape[-2:]:
        return seen._replace(dims=(out.ndim - 2, out.ndim - 1))
    if out.ndim == 2 and out.shape[0] == x.shape[0]:
        return Beyond.WHOLE  # all places of a picture in one row
    return Beyond.UNKNOWN


def _permuted(given: Arguments, x: torch.Tensor, seen: Field, out: torch.Tensor) -> Seen:
    order = [dim % x.ndim for dim in given["dims"]]
    return seen._replace(dims=(order.index(seen.dims[0]), order.index(seen.dims[1])))


def _transposed(given: Arguments, x: torch.Tensor, seen: Field, out: torch.Tensor) -> Seen:
    order = list(range(x.ndim))
    first, second = given["dim0"] % x.ndim, given["dim1"] % x.ndim
    order[first], order[second] = second, first
    return _permuted({"dims": order}, x, seen, out)


def _sliced(given: Arguments, x: torch.Tensor, seen: Field, out: torch.Tensor) -> Seen:
    dim = given["dim"] % x.ndim
    if dim not in seen.dims:
        return seen
    axes, which = list(seen[:2]), seen.dims.index(dim)
    start = given["start"] or 0
    skipped = (start + x.shape[dim] if start < 0 else start) * axes[which].step
    low, high, step = axes[which]
    axes[which] = Axis(low + skipped, high + skipped, step * given["step"])
    return Field(axes[0], axes[1], seen.dims)


def _padded(given: Arguments, x: torch.Tensor, seen: Field, out: torch.Tensor) -> Seen:
    pads = given["padding" if "padding" in given else "pad"]  # before and after the last axis, then the one before ...
    before = {x.ndim - 1 - i // 2: pads[i] for i in range(0, len(pads), 2)}
    height, width = (axis.through(1, 1, before.get(dim, 0), 1) for axis, dim in zip(seen[:2], seen.dims, strict=True))
    return Field(height, width, seen.dims)


def _reduced(given: Arguments, x: torch.Tensor, seen: Field, out: torch.Tensor) -> Seen:
    dims = given.get("dim") or range(x.ndim)
    gone = {dim % x.ndim for dim in ((dims,) if isinstance(dims, int) else dims)}
    if gone.issuperset(seen.dims):
        return Beyond.WHOLE
    return seen if gone.isdisjoint(seen.dims) and out.ndim == x.ndim else Beyond.UNKNOWN


def _parted(given: Arguments, x: torch.Tensor, seen: Field, out: torch.Tensor) -> Seen:
    return Beyond.UNKNOWN if given.get("dim", 0) % x.ndim in seen.dims else seen


def _enlarged(reach: int) -> Callable[[Arguments, torch.Tensor, Field, torch.Tensor], Seen]:
    def rule(given: Arguments, x: torch.Tensor, seen: Field, out: torch.Tensor) -> Seen:
        axes = [
            axis.through(reach, x.shape[dim] / out.shape[dim], 0, 1)
            for axis, dim in zip(seen[:2], seen.dims, strict=True)
        ]
        return Field(axes[0], axes[1], seen.dims)

    return rule


RULES: dict[str, Callable[[Arguments, torch.Tensor, Field, torch.Tensor], Seen]] = {
    **{name: _windowed(name) for name in ("convolution", "avg_pool2d", "pixel_unshuffle", *MAX_POOLS, *ADAPTIVE)},
    **dict.fromkeys(RESHAPES, _reshaped),
    **dict.fromkeys(REDUCES, _reduced),
    **dict.fromkeys(PARTS, _parted),
    **dict.fromkeys(MIXES, _mixed),
    **dict.fromkeys(("constant_pad_nd", "reflection_pad2d", "replication_pad2d"), _padded),
    "linear": _linear,
    "permute": _permuted,
    "transpose": _transposed,
    "slice": _sliced,
    "upsample_nearest2d": _enlarged(1),
    "upsample_bilinear2d": _enlarged(2),
}
