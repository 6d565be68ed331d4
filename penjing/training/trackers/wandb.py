"""Weights & Biases: a run in RUN/wandb, sent to its server only where you are logged in there.

Numbers and settings are all that it is given: no code, no terminal output, no figures of the machine. Without a login,
or where WANDB_MODE says so, all stays in the folder until `wandb sync RUN/wandb/offline-run-*` sends it. It never asks.
Project, entity and the like are those of WANDB_PROJECT, WANDB_ENTITY ...; the project is `penjing` where none is named.

Killed with -9, its service loses what it had not put down yet (seen with 0.31: up to all of it). So a resumed training
tells it the whole log again. In the folder that replaces the file that was cut short; a server takes only steps that
rise, and so leaves out those it has.
"""

import netrc
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

# Its error reports go to the network even while it is offline (seen with 0.31); it reads this before its service starts
os.environ.setdefault("WANDB_ERROR_REPORTING", "false")

import wandb

from penjing.findings import stop

MOST_SECONDS = 60  # at the end, for what could not be sent yet; the rest stays in the folder


class OnlineOrOffline:
    """One run there; a resumed training goes on under the same id.

    Args:
        run: the run's folder.
        id: of this run.
        settings: its config.
        mode: "online", "offline" or "disabled".
    """

    holds = 0

    def __init__(self, run: Path, id: str, settings: Mapping[str, Any], mode: str) -> None:
        for cut_short in _unsent(run, id):
            shutil.rmtree(cut_short)
        self._run = wandb.init(
            dir=str(run),
            id=id,
            name=run.resolve().name,
            project=os.environ.get("WANDB_PROJECT", "penjing"),
            config=dict(settings),
            mode=mode,  # type: ignore[arg-type]
            resume="allow",
            settings=wandb.Settings(
                console="off",
                disable_code=True,
                save_code=False,
                disable_git=True,
                silent=True,
                symlink=False,
                reinit="create_new",  # a run of the caller's own goes on untouched
                finish_timeout=MOST_SECONDS,
                x_disable_stats=True,
                x_disable_meta=True,
                x_disable_machine_info=True,
                x_save_requirements=False,
            ),
        )

    def write(self, step: int, values: Mapping[str, float]) -> None:
        """One row of its history."""
        self._run.log(dict(values), step=step, commit=True)

    def flush(self) -> None:
        """Nothing to do: it cannot be made to put down what it was handed."""

    def close(self, step: int, scores: Mapping[str, float]) -> None:
        """The final scores stand in its summary; a training without any is marked as failed."""
        for name, value in scores.items():
            self._run.summary[name] = value
        self._run.finish(exit_code=0 if scores else 1)


def refuse() -> None:
    """Stop where it would ask for a login.

    Raises:
        PenjingError: `no-login` where WANDB_MODE asks for what needs one.
    """
    mode()


def begin(run: Path, id: str, settings: Mapping[str, Any], written: int) -> OnlineOrOffline:
    """Open RUN/wandb."""
    return OnlineOrOffline(run, id, settings, mode())


def _unsent(run: Path, id: str) -> list[Path]:
    """Folders of earlier attempts at this run that no `wandb sync` has sent; one that was sent is left alone."""
    folders = (run / "wandb").glob(f"offline-run-*-{id}*")
    return [folder for folder in folders if not list(folder.glob("*.synced"))]


def mode() -> str:
    """Where it writes: what WANDB_MODE says, else to the server where you are logged in, else to the folder.

    Raises:
        PenjingError: `no-login` for WANDB_MODE=online without a login: it would ask for one.
    """
    asked = os.environ.get("WANDB_MODE", "")
    if asked in ("offline", "disabled"):
        return asked
    if is_logged_in():
        return "online"
    if asked:
        raise stop(
            "no-login",
            f"WANDB_MODE is {asked}, and there is no login to Weights & Biases",
            where=f"WANDB_MODE={asked}",
            why="it would stop and ask for one.",
            try_="wandb login, or WANDB_MODE=offline",
        )
    return "offline"


def is_logged_in() -> bool:
    """Whether `wandb login` was done here, or the environment names a key: as wandb looks for them, nothing is kept."""
    if os.environ.get("WANDB_API_KEY") or os.environ.get("WANDB_IDENTITY_TOKEN_FILE"):
        return True
    places = [os.environ["NETRC"]] if os.environ.get("NETRC") else ["~/.netrc", "~/_netrc"]
    host = urlsplit(os.environ.get("WANDB_BASE_URL", "https://api.wandb.ai")).netloc
    for place in map(Path, places):
        try:
            return netrc.netrc(str(place.expanduser())).authenticators(host) is not None
        except (OSError, netrc.NetrcParseError):  # not there, or not readable for wandb either
            continue
    return False
