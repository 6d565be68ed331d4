"""What the table of a network's layers says about it: what its units cannot see, and what they see in vain."""

from collections.abc import Iterator, Sequence

from penjing.findings import Finding
from penjing.inspection.layers import Layer, Layers

FAR_TOO_SMALL = 0.5  # of the picture's side: below, a field that is too small is a warning
MOSTLY = 0.5  # share of what a convolution reads: above, padding dominates. 3x3 on a map of 2x2: 0.56, of 4x4: 0.31


def findings_on(layers: Layers) -> tuple[Finding, ...]:
    """Receptive fields smaller than the picture, or unknown; convolutions that mostly read padding."""
    return (*(_unknown(layers) if layers.lost else _small_field(layers)), *_padding(layers))


def _unknown(layers: Layers) -> Iterator[Finding]:
    yield Finding(
        rule="receptive-field-unknown",
        severity="note",
        what=f"receptive fields are unknown behind {layers.lost}",
        where=f"layers of the network, {layers.lost}",
        why="where places are rearranged it is not followed which pixels a unit sees; sizes and costs are exact.",
        try_="layers before it have theirs; attention sees the whole picture, and its layers say `all`",
    )


def widest(layers: Layers) -> tuple[Layer, tuple[int, int]] | None:
    """The convolution or maximum whose units see most before all places are joined, and how many pixels they see."""
    looking = [row for row in layers.rows if row.kernel is not None and (row.macs > 0 or "max" in row.kind.lower())]
    fields = [(row, row.receptive_field) for row in looking if isinstance(row.receptive_field, tuple)]
    return max(fields, key=lambda one: one[1], default=None)


def _small_field(layers: Layers) -> Iterator[Finding]:
    found = widest(layers)
    if found is None:
        return
    row, field = found
    _, *picture = layers.picture
    share = min(seen / side for seen, side in zip(field, picture, strict=True))
    if share >= 1:
        return
    sees, has = ("x".join(map(str, pair)) for pair in (field, picture))
    yield Finding(
        rule="small-receptive-field",
        severity="warning" if share < FAR_TOO_SMALL else "note",
        what=f"a unit of the last map sees {sees} pixels, and the picture has {has}",
        where=f"layer {row.name}",
        why=f"objects larger than {min(field)} pixels are never seen whole: "
        "only what joins all places puts their parts together.",
        try_=f"smaller pictures (size={_size(field, picture)}), or a network that halves more often or has more layers",
        evidence={"receptive_field": list(field), "picture": list(picture)},
    )


def _size(field: Sequence[int], picture: Sequence[int]) -> str:
    """The largest picture that is seen whole, and no side of it larger than it is, as `size` is typed."""
    height, width = map(min, field, picture)
    return f"{height}" if height == width else f"{height}x{width}"


def _padding(layers: Layers) -> Iterator[Finding]:
    convolutions = [row for row in layers.rows if row.kernel is not None and row.macs > 0]
    found = [row for row in convolutions if row.padding_share > MOSTLY]
    if not found:
        return
    worst = max(found, key=lambda row: row.padding_share)
    cost = sum(row.macs for row in found) / layers.macs
    yield Finding(
        rule="padding-dominates",
        severity="warning",
        what=f"{len(found)} of {len(convolutions)} convolutions read more padding than map: "
        f"{worst.padding_share:.0%} in {worst.name}, whose map is {'x'.join(map(str, (worst.output or ())[1:]))}",
        where=f"layers {found[0].name} to {found[-1].name}" if len(found) > 1 else f"layer {found[0].name}",
        why=f"weights that mostly meet zeros learn little, and {cost:.0%} of the multiply-adds are spent there.",
        try_="larger pictures (size=), or a network that halves less often: resnet20, cnn, fast",
        evidence={row.name: round(row.padding_share, 4) for row in found},
    )
