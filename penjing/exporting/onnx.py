"""A task's graphs become ONNX, through torch.export, with the free axes that their signatures name."""

import logging
import re
import warnings
from collections.abc import Mapping

import torch

from penjing.findings import stop
from penjing.tasks.task import Graph

ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")  # colors of a terminal
EXAMPLE_SIZES = {"batch": 2}  # an example's size along a free axis; any other axis gets 11, 12, 13 ...


def export_graphs(graphs: Mapping[str, Graph]) -> dict[str, bytes]:
    """A task's graphs as ONNX files' contents, without traces of this machine.

    Raises:
        PenjingError: `cannot-export`.
    """
    return strip_traces({name: to_onnx(name, graph) for name, graph in graphs.items()})


def to_onnx(name: str, graph: Graph) -> bytes:
    """One graph as an ONNX file's content.

    Raises:
        PenjingError: `cannot-export` where torch.export cannot follow the module.
    """
    axes = sorted({axis for signature in graph.inputs.values() for axis in signature.shape if isinstance(axis, str)})
    sizes = {axis: EXAMPLE_SIZES.get(axis, 11 + i) for i, axis in enumerate(axes)}
    dims = {axis: torch.export.Dim(axis, min=1) for axis in axes}
    example = tuple(
        torch.zeros(
            [sizes[a] if isinstance(a, str) else a for a in signature.shape], dtype=getattr(torch, signature.dtype)
        )
        for signature in graph.inputs.values()
    )
    free = tuple({i: dims[a] for i, a in enumerate(s.shape) if isinstance(a, str)} for s in graph.inputs.values())
    module = graph.module.cpu().eval()
    try:
        with warnings.catch_warnings(), _quiet("torch.onnx", "onnxscript", "onnx_ir"):
            warnings.simplefilter("ignore")  # the exporter warns of its own deprecations
            program = torch.onnx.export(
                module,
                example,
                dynamo=True,
                verbose=False,
                external_data=False,
                input_names=list(graph.inputs),
                output_names=list(graph.outputs),
                dynamic_shapes=free,
            )
        assert program is not None  # without a file name the exporter gives the program
        return program.model_proto.SerializeToString()
    except (RuntimeError, ValueError, TypeError, torch.onnx.errors.OnnxExporterError) as error:
        raise stop(
            "cannot-export",
            f"torch.export cannot follow graph `{name}`: {reason_of(error)}",
            where=f"{type(graph.module).__name__}.forward",
            why="what cannot be written as a graph cannot be shipped.",
            try_="avoid Python branches on values of tensors; --debug shows the exporter's own words",
        ) from error


def reason_of(error: BaseException) -> str:
    """What went wrong in one line: of the first error behind this one, since the exporter puts banners before it."""
    while error.__cause__ is not None:
        error = error.__cause__
    lines = ESCAPES.sub("", str(error)).strip().splitlines()
    return lines[0] if lines else type(error).__name__


class _quiet:  # noqa: N801  reads as a phrase where it is used
    """Silence the named loggers for a while."""

    def __init__(self, *names: str) -> None:
        self.loggers = [logging.getLogger(name) for name in names]

    def __enter__(self) -> None:
        self.levels = [logger.level for logger in self.loggers]
        for logger in self.loggers:
            logger.setLevel(logging.ERROR)

    def __exit__(self, *failure: object) -> None:
        for logger, level in zip(self.loggers, self.levels, strict=True):
            logger.setLevel(level)


def strip_traces(graphs: Mapping[str, bytes]) -> dict[str, bytes]:
    """Graphs without the exporter's notes on where each node came from: smaller, and no paths of this machine."""
    import onnx

    stripped = {}
    for name, content in graphs.items():
        model = onnx.load_from_string(content)
        for node in model.graph.node:
            del node.metadata_props[:]
            node.doc_string = ""
        for value in (*model.graph.value_info, *model.graph.input, *model.graph.output, *model.graph.initializer):
            del value.metadata_props[:]
        del model.graph.metadata_props[:]
        stripped[name] = model.SerializeToString()
    return stripped
