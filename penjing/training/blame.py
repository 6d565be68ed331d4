"""Code that is not the loop's: what it raises becomes a finding that names its line."""

import contextlib
import traceback
from collections.abc import Iterator

from penjing.findings import PenjingError, stop


@contextlib.contextmanager
def blaming(step: int) -> Iterator[None]:
    """Around a task's stream, its loss with the network in it, their gradients, and what follows a step.

    Raises:
        PenjingError: `model-fails`, with the last line of the traceback; findings pass as they are.
    """
    try:
        yield
    except PenjingError:
        raise
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        first_line = f"{type(error).__name__}: {error}".splitlines()[0]
        raise stop(
            "model-fails",
            f"the task or its network fails: {first_line}",
            where=f"step {step}, {last.filename}, line {last.lineno}",
            why="without it no step can be taken.",
            try_="compare the shapes it takes and gives with the task's; --debug shows the whole traceback",
        ) from error
