"""Which modules of Penjing `penjing.train` reaches before it knows the task: what a reader of its main path may meet.

A source that does not exist is refused right after every import of the main path has run.
"""

import json
import sys

import penjing


def main() -> None:
    """Print the modules as JSON."""
    try:
        penjing.train("no-such-source")
    except penjing.PenjingError:
        modules = sorted(name for name in sys.modules if name.split(".")[0] == "penjing")
        print(json.dumps({"modules": modules}))


if __name__ == "__main__":
    main()
