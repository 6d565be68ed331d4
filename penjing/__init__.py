"""Penjing: small neural networks, grown with care on your own data.

    run = penjing.train("sklearn:digits")          # a run, in runs/digits-1
    run.evaluate()                                 # score, interval, baselines, cost
    run.export("digits.onnx")
    penjing.open("digits.onnx").predict("a.png")   # needs no torch
    with penjing.watch(model, optimizer): ...      # the rules, around any PyTorch loop

The verbs are functions of the same names as on the command line, imported when they are first used.
"""

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from penjing.findings import Finding as Finding
    from penjing.findings import PenjingError as PenjingError
    from penjing.rules.observe import watch as watch
    from penjing.tasks import check_task as check_task
    from penjing.verbs.bench import bench as bench
    from penjing.verbs.check import check as check
    from penjing.verbs.compare import compare as compare
    from penjing.verbs.compress import compress as compress
    from penjing.verbs.doctor import doctor as doctor
    from penjing.verbs.evaluate import evaluate as evaluate
    from penjing.verbs.explain import explain as explain
    from penjing.verbs.export import export as export
    from penjing.verbs.handle import open as open
    from penjing.verbs.look import look as look
    from penjing.verbs.predict import predict as predict
    from penjing.verbs.report import report as report
    from penjing.verbs.train import train as train
    from penjing.verbs.train_grid import train_grid as train_grid
    from penjing.verbs.verify import verify as verify

_DOOR = {  # name: the module that it lives in
    "Finding": "penjing.findings",
    "PenjingError": "penjing.findings",
    "watch": "penjing.rules.observe",
    "check_task": "penjing.tasks",
    "open": "penjing.verbs.handle",
    "look": "penjing.verbs.look",
    "train": "penjing.verbs.train",
    "train_grid": "penjing.verbs.train_grid",
    "check": "penjing.verbs.check",
    "evaluate": "penjing.verbs.evaluate",
    "explain": "penjing.verbs.explain",
    "compare": "penjing.verbs.compare",
    "report": "penjing.verbs.report",
    "compress": "penjing.verbs.compress",
    "export": "penjing.verbs.export",
    "verify": "penjing.verbs.verify",
    "predict": "penjing.verbs.predict",
    "bench": "penjing.verbs.bench",
    "doctor": "penjing.verbs.doctor",
}
__all__ = [
    "Finding",
    "PenjingError",
    "__version__",
    "bench",
    "check",
    "check_task",
    "compare",
    "compress",
    "doctor",
    "evaluate",
    "explain",
    "export",
    "look",
    "open",
    "predict",
    "report",
    "train",
    "train_grid",
    "verify",
    "watch",
]


if not TYPE_CHECKING:  # a type checker that saw it would take any name for granted

    def __getattr__(name: str) -> Any:
        if name not in _DOOR:
            raise AttributeError(f"module 'penjing' has no attribute {name!r}; it has {', '.join(_DOOR)}")
        value = getattr(importlib.import_module(_DOOR[name]), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return __all__
