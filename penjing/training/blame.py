"""Code that is not the loop's: what it raises becomes a finding that names its line."""

import contextlib
import traceback
from collections.abc import Iterator
from pathlib import Path

import torch

from penjing.findings import PenjingError, stop

TORCH = Path(torch.__file__).parent
COMPARE = "compare the shapes it takes and gives with the task's"
ADVICE = {  # by what torch says
    "Expected more than 1 value per channel": "batch_size=2 or more, and fewer pieces of it (accumulate): batch norm "
    "takes the spread over them",
}


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
        lines = traceback.extract_tb(error.__traceback__)
        outside = [line for line in lines if not Path(line.filename).is_relative_to(TORCH)]
        last = outside[-1]  # where torch was called: a line within torch tells nobody what to mend
        first_line = f"{type(error).__name__}: {error}".splitlines()[0]
        advice = next((advice for words, advice in ADVICE.items() if words in first_line), COMPARE)
        raise stop(
            "model-fails",
            f"the task or its network fails: {first_line}",
            where=f"step {step}, {last.filename}, line {last.lineno}",
            why="without it no step can be taken.",
            try_=f"{advice}; --debug shows the whole traceback",
        ) from error
