"""A step of the user's own, named by import path; an artifact that needs one says so."""

import importlib
from typing import Any

import msgspec

from penjing.findings import stop
from penjing.runtime.engine import Engine


class UserStep(msgspec.Struct, frozen=True, tag="user"):
    """Calls `package.module:function(values, engine, parameters)`."""

    path: str
    parameters: dict[str, Any] = {}

    def __call__(self, values: list[Any], engine: Engine) -> list[Any]:
        """Whatever the function makes of the values; a list of the same length.

        Raises:
            PenjingError: `step-not-found` where the path cannot be imported here.
        """
        module, _, name = self.path.partition(":")
        try:
            function = getattr(importlib.import_module(module), name)
        except (ImportError, AttributeError) as error:
            raise stop(
                "step-not-found",
                f"the pipeline needs `{self.path}`, which cannot be imported here: {error}",
                where=self.path,
                why="this file was made with a step of its author's own, and cannot answer without it.",
                try_=f"put {module} on the PYTHONPATH, or ask whoever made the file",
            ) from error
        answers: list[Any] = function(values, engine, self.parameters)
        return answers
