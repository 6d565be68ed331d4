"""A Spec of `classify` for pictures of any shape, without data."""

from penjing.tasks.class_spec import Spec


def picture_spec(picture: tuple[int, int, int], *, classes: int = 7) -> Spec:
    """Channels, height and width; classes that are equally frequent."""
    channels, height, width = picture
    return Spec(
        classes=tuple(map(str, range(classes))),
        height=height,
        width=width,
        channels=channels,
        mean=(0.5,) * channels,
        std=(0.25,) * channels,
        frequencies=(1 / classes,) * classes,
    )
