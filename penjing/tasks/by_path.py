"""Objects of the user's own, named by path: `my_task.py`, `my_task.py:Count` or `package.module:name`."""

import importlib
import importlib.util
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

from penjing import files
from penjing.findings import PenjingError, did_you_mean, stop


def is_path(name: str) -> bool:
    """Say whether a name points to the user's own code rather than to ours."""
    return ":" in name or name.endswith(".py")


def load(path: str) -> Any:
    """The module, or the object in it; the current folder is searched first.

    Raises:
        PenjingError: `no-such-path`, `code-fails` with the line where importing it fails, `no-such-name`.
    """
    place, _, name = path.rpartition(":") if ":" in path and not path.endswith(".py") else (path, "", "")
    module = _import(place)
    if not name:
        return module
    if not hasattr(module, name):
        raise stop(
            "no-such-name",
            f"{place} has no `{name}`",
            where=path,
            why="what stands behind the colon must be a name at the top of that file.",
            try_=did_you_mean(
                name, [word for word in vars(module) if not word.startswith("_")], otherwise=f"look into {place}"
            ),
        )
    return getattr(module, name)


def _import(place: str) -> ModuleType:
    here = str(Path.cwd())
    sys.path.insert(0, here)
    try:
        if not place.endswith(".py"):
            return importlib.import_module(place)
        file = Path(place)
        if not file.exists():
            raise files.no_such_path(file)
        spec = importlib.util.spec_from_file_location(file.stem, file)
        assert spec is not None  # for a file that exists and ends in .py there always is one
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules.setdefault(file.stem, module)  # msgspec resolves a struct's annotations through its module
        spec.loader.exec_module(module)
        return module
    except PenjingError:
        raise
    except Exception as error:
        raise stop(
            "code-fails",
            f"{place} cannot be imported: {type(error).__name__}: {error}",
            where=_line_of(error, place),
            why="a task or network that cannot be imported cannot be trained.",
            try_=f"python {place}" if place.endswith(".py") else f"python -c 'import {place}'  in the current folder",
        ) from error
    finally:
        sys.path.remove(here)


def _line_of(error: Exception, place: str) -> str:
    if isinstance(error, SyntaxError):
        return f"{error.filename or place}, line {error.lineno}"
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{frame.filename}, line {frame.lineno}"
