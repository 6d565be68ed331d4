"""Worlds to act in, as arrays: one file each. No torch."""

import importlib
from typing import TYPE_CHECKING

from penjing.findings import did_you_mean, stop

if TYPE_CHECKING:
    from penjing.data.worlds.world import World

WORLDS = {  # name: one line; each is the module of that name in this folder
    "cartpole": "keep a pole upright on a cart by pushing it left or right",
}


def load(name: str) -> "World":
    """A world by its name.

    Raises:
        PenjingError: `unknown-world` with the nearest name.
    """
    if name not in WORLDS:
        raise stop(
            "unknown-world",
            f"there is no world `{name}`",
            where=name,
            why="there is nothing to act in.",
            try_=did_you_mean(name, WORLDS, otherwise=f"there are: {', '.join(WORLDS)}"),
        )
    world: World = importlib.import_module(f"penjing.data.worlds.{name}")
    return world
