"""Batch norm folded into the convolution before it: the same answers from fewer operations.

    norm(conv(x)) = gamma (W x + b - mean) / s + beta = (gamma W / s) x + (gamma (b - mean) / s + beta)
    s = sqrt(var + eps)

Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference", CVPR 2018,
section 3.2. The ONNX exporter folds the plain cases as well, so a folded graph is seldom smaller than the exported one.
"""

import copy
from collections import Counter

from torch import fx, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from penjing.findings import PenjingError, stop

CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)


def fold_batch_norm(network: nn.Module) -> nn.Module:
    """Fold every batch norm that follows a convolution and nothing else into it, in a copy.

    Args:
        network: any module; it stays as it is.

    Returns:
        A module of the same class, in evaluation mode, whose answers are the network's but for float noise (1e-5). Its
        norms are `nn.Identity`; it cannot be trained further.

    Raises:
        PenjingError: `cannot-fold` where nothing can be folded, or torch.fx cannot follow the network.
    """
    pairs = _pairs(network)
    if not pairs:
        raise _cannot_fold(network, "it has no batch norm right behind a convolution", "export the run as it is")
    folded = copy.deepcopy(network).eval()
    for conv, norm in pairs:
        fused = fuse_conv_bn_eval(folded.get_submodule(conv), folded.get_submodule(norm))  # type: ignore[type-var,arg-type]
        folded.set_submodule(conv, fused)
        folded.set_submodule(norm, nn.Identity())
    return folded


def _pairs(network: nn.Module) -> list[tuple[str, str]]:
    modules = dict(network.named_modules(remove_duplicate=False))
    if not any(isinstance(module, NORMS) for module in modules.values()):
        return []
    calls = [node for node in _trace(network).nodes if node.op == "call_module"]
    times = Counter(node.target for node in calls)
    return [
        (str(conv.target), str(norm.target))
        for norm in calls
        if isinstance(modules[norm.target], NORMS)
        and modules[norm.target].running_mean is not None
        and isinstance(conv := norm.args[0], fx.Node)
        and conv.op == "call_module"
        and isinstance(modules[conv.target], CONVOLUTIONS)
        and len(conv.users) == 1  # nobody else reads what the convolution gives
        and times[conv.target] == times[norm.target] == 1  # a module used twice would change in the other place too
    ]


def _trace(network: nn.Module) -> fx.Graph:
    try:
        return fx.Tracer().trace(network)
    except (fx.proxy.TraceError, TypeError, ValueError, RuntimeError, AttributeError) as error:
        remedy = "avoid Python branches on values and shapes of tensors in forward"
        raise _cannot_fold(network, f"torch.fx cannot follow it: {error}", remedy) from error


def _cannot_fold(network: nn.Module, reason: str, remedy: str) -> PenjingError:
    return stop(
        "cannot-fold",
        f"{type(network).__name__} cannot be folded: {reason}",
        where=f"{type(network).__name__}.forward",
        why="which norm follows which convolution is read from the graph, never guessed from the order of definition.",
        try_=remedy,
    )
