"""How many modules of Penjing `penjing.train` reaches before it knows the task: what its reader may meet.

A source that does not exist is refused right after every import of the main path has run. `--names` lists them.
"""

import json
import sys

import penjing


def main() -> None:
    """Print how many there are as JSON, or their names."""
    try:
        penjing.train("no-such-source")
    except penjing.PenjingError:
        modules = sorted(name for name in sys.modules if name.split(".")[0] == "penjing")
        print("\n".join(modules) if "--names" in sys.argv else json.dumps({"modules": len(modules)}))


if __name__ == "__main__":
    main()
