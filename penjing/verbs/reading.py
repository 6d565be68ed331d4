"""Reading a source for verbs that learn nothing from it: only settings of its division apply."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from penjing import config, settling
from penjing.findings import did_you_mean, stop

if TYPE_CHECKING:
    from penjing.data.dataset import Dataset


def read_source(source: str, settings: Mapping[str, Any]) -> "Dataset":
    """Read and divide a source.

    Raises:
        PenjingError: `unknown-setting` for anything but a setting of the division; those of reading.
    """
    from penjing.data.readers import reader_of

    known = [row.name for row in config.settings_of(config.Data) if row.name != "source"]
    for key, value in settings.items():
        if key.replace("-", "_") not in known:
            raise stop(
                "unknown-setting",
                f"`{key}` does not say how data is divided",
                where=f"{key}={value}",
                why="nothing is trained here, so no other setting would have an effect.",
                try_=did_you_mean(key, known, otherwise=f"it may be {', '.join(known)}"),
            )
    return reader_of(source).read(settling.data_of(source, settling.asked(settings)))


def read_decoded(source: str, settings: Mapping[str, Any]) -> "Dataset":
    """Read and divide a source; pictures of files are decoded to the size at which a training would see them.

    Raises:
        PenjingError: those of `read_source`, and of decoding.
    """
    from penjing.data import store
    from penjing.tasks.picture_choices import opening_for

    listed = read_source(source, settings)
    if listed.form != "pictures":
        return listed
    asked = settling.asked(settings)
    return store.decoded(listed, settling.data_of(source, opening_for(listed) | asked))
