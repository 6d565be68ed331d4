"""Reading a source for verbs that learn nothing from it: only settings that say how it is read apply."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from penjing import config, settling
from penjing.data.readers import OF_PICTURES, reader_of, refuse_unheeded
from penjing.findings import did_you_mean, stop

if TYPE_CHECKING:
    from penjing.config import Choice
    from penjing.data.dataset import Dataset

READING = [row.name for row in config.typed_settings_of(config.Data)]
LISTING = [name for name in READING if name not in OF_PICTURES]  # those of use where no picture is decoded


def read_listed(source: str, settings: Mapping[str, Any]) -> "Dataset":
    """Read and divide a source; pictures of files stay undecoded.

    Raises:
        PenjingError: `unknown-setting`, `unused-setting`; those of reading; `PJ001` with those that the system does not
            let us read, unless they are left out.
    """
    from penjing.data import store

    asked = _asked(settings, LISTING)
    listed = _read(source, asked)
    store.refuse_broken(listed, settling.data_of(source, asked))
    return listed


def read_decoded(source: str, settings: Mapping[str, Any]) -> "Dataset":
    """Read and divide a source; pictures of files are decoded to the size at which a training would see them.

    Raises:
        PenjingError: those of `read_listed`, and of decoding; `empty-split`.
    """
    from penjing.data import store
    from penjing.data.division import refuse_empty
    from penjing.tasks.picture_choices import opening_for

    asked = _asked(settings, READING)
    listed = _read(source, asked)
    refuse_empty(listed, settling.data_of(source, asked).group)
    if listed.form != "pictures":
        return listed
    opening = opening_for(listed)
    decided = settling.decided(asked, opening, config.Data)  # without a task's own settings
    return store.decoded(listed, settling.data_of(source, opening | decided))


def _asked(settings: Mapping[str, Any], known: Collection[str]) -> dict[str, "Choice"]:
    asked = settling.asked(settings)
    for name, choice in asked.items():
        if name not in known:
            raise stop(
                "unknown-setting",
                f"`{name}` has no use here: it does not say how data is read",
                where=f"{name}={choice.value}",
                why="a setting that changes nothing would be believed to have been heeded.",
                try_=did_you_mean(name, known, otherwise=f"it may be {', '.join(known)}"),
            )
    return asked


def _read(source: str, asked: Mapping[str, "Choice"]) -> "Dataset":
    reader = reader_of(source)
    refuse_unheeded(reader, asked, source)
    return reader.read(settling.data_of(source, asked))
