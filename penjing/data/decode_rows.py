"""Pictures decoded, one after another, each into its row of the store's file. No torch.

python -m penjing.data.decode_rows     a process that does this for another: see `decoding_processes.py`
"""

import json
import signal
import sys
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from penjing.data.picture_files import PictureFile
from penjing.findings import PenjingError
from penjing.runtime.steps.open_picture import OpenPicture


class Decoded(msgspec.Struct):
    """What became of some rows."""

    broken: dict[int, str] = {}  # row: why it does not open
    traits: dict[str, int] = {}  # what had to be done to pictures, in the words of `Opened`: how many


class DecodingJob(msgspec.Struct, frozen=True):
    """What a process is told first."""

    path: str  # of the store's file
    offset: int  # bytes before its first row
    opener: OpenPicture


def decode_rows(file: BinaryIO, offset: int, opener: OpenPicture, rows: Iterable[tuple[int, Any]]) -> Decoded:
    """Write each picture to its place; those that do not open are told and leave their place as it was.

    Written with `write` and not through a memory map: on a full disk that is an error, a map's is the signal SIGBUS.

    Args:
        file: opened for writing anywhere, buffered.
        offset: bytes before its first row.
        opener: of a fixed size.
        rows: their numbers, with a `PictureFile` or an array (H, W, C) uint8.

    Raises:
        OSError: from writing.
    """
    done = Decoded()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pillow's remarks on odd metadata; what cannot be decoded is an error
        for row, picture in rows:
            try:
                opened = opener.opened(picture.read() if isinstance(picture, PictureFile) else picture)
            except PenjingError as error:
                done.broken[row] = error.finding.evidence.get("error", error.finding.what)
                continue
            file.seek(offset + row * opened.pixels.nbytes)
            file.write(opened.pixels.tobytes())
            for words in opened.traits:
                done.traits[words] = done.traits.get(words, 0) + 1
    file.flush()
    return done


def main() -> None:
    """A job, then rows, a line of JSON each; answers a line of JSON to each. Ends with its input."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ^C reaches all processes of a terminal: the first one decides
    job = msgspec.json.decode(sys.stdin.readline(), type=DecodingJob)
    with Path(job.path).open("r+b") as file:
        for line in sys.stdin:
            # json and not msgspec: names that are not UTF-8 pass through it as they are
            rows = [(row, PictureFile(root, name, 0, 0)) for row, root, name in json.loads(line)]
            try:
                answer: Any = msgspec.to_builtins(decode_rows(file, job.offset, job.opener, rows), str_keys=True)
            except OSError as error:
                answer = {"errno": error.errno, "strerror": error.strerror}
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
