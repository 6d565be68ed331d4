"""Where in the user's script something happened: the nearest line on the stack that is not a library's."""

import os
import sys
import sysconfig
import traceback
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import FrameType

import torch

_STANDARD = sysconfig.get_paths()["stdlib"]
_NOT_THE_USERS = (os.path.dirname(torch.__file__), str(Path(__file__).parents[1]), "<frozen")  # noqa: PTH120  str once


def user_line() -> str:
    """`train.py, line 42`: the user's own line; a library's where the loop itself is a library's."""
    return nearest_line(_stack(sys._getframe(1)))


def line_of(error: BaseException) -> str:
    """The user's own line at which an error was raised."""
    if isinstance(error, SyntaxError):
        return f"{Path(error.filename or '').name}, line {error.lineno}"
    frames = [(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    return nearest_line(reversed(frames))


def nearest_line(frames: Iterable[tuple[str, int]]) -> str:
    """Of files and lines, the innermost first, the nearest that is the user's."""
    library = ""
    for file, line in frames:
        if file.startswith(_NOT_THE_USERS):
            continue
        here = f"{Path(file).name}, line {line}"
        if "site-packages" in file:
            library = library or here
        elif not file.startswith(_STANDARD):
            return here
    return library or "the training loop"


def _stack(frame: FrameType | None) -> Iterator[tuple[str, int]]:
    while frame is not None:
        yield frame.f_code.co_filename, frame.f_lineno
        frame = frame.f_back
