"""What the graph above a loss says of the objective: autograd's nodes are read by name, nothing is computed twice."""

import math
from collections import deque
from typing import Any

import torch
from torch import Tensor

from penjing.rules.trace import Objective

NODES = 3000  # looked at; the objective stands near the loss
VIEWS = ("View", "Reshape", "Unsafe", "Transpose", "Permute", "T", "Squeeze", "Unsqueeze", "ToCopy", "Clone", "Alias")
PICKS = ("Select", "Slice", "Index", "Narrow")  # a part of the values, as they are


def objective_of(loss: Tensor) -> Objective | None:
    """The first cross-entropy below a loss, or None where there is none.

    Reads the log-probabilities and labels that autograd has saved for the backward pass. So it knows the plain mean
    over the batch even where the loop sums, scales (mixed precision, accumulation), weights or smooths the loss.
    """
    waiting: deque[Any] = deque([loss.grad_fn])
    seen: set[Any] = set()
    found: Objective | None = None
    while waiting and len(seen) < NODES:
        node = waiting.popleft()
        if node is None or node in seen:
            continue
        seen.add(node)
        if node.name().startswith("NllLoss"):
            found = _of_labels(node)
            if found is not None:
                return found
        elif node.name().startswith("LogSoftmax") and found is None:  # targets that are probabilities, or smoothed
            found = Objective(
                classes=_axis_size(node), loss=None, label_entropy=None, after=_after(node), affine=_affine(node)
            )
        waiting.extend(following for following, _ in node.next_functions)
    return found


def _of_labels(node: Any) -> Objective | None:
    log_softmax = _below_views(node.next_functions[0][0])
    if log_softmax is None or not log_softmax.name().startswith("LogSoftmax"):
        return None  # a negative log-likelihood of something else, such as a policy gradient
    try:
        log_probabilities, labels = node._saved_self, node._saved_target
    except RuntimeError:  # overwritten in place since, or already freed: backward will say so itself
        return None
    classes = log_probabilities.shape[1] if log_probabilities.ndim > 1 else log_probabilities.shape[0]
    counted = (labels >= 0) & (labels < classes) & (labels != node._saved_ignore_index)
    if not counted.any():
        return None
    axis = 1 if log_probabilities.ndim > 1 else 0
    with torch.no_grad():
        chosen = log_probabilities.gather(axis, labels.clamp(0, classes - 1).unsqueeze(axis)).squeeze(axis)
        shares = torch.bincount(labels[counted].flatten(), minlength=classes).double() / counted.sum()
        entropy = -(shares * shares.clamp_min(1e-300).log()).sum().item()
        mean = -chosen[counted].double().mean().item()
    return Objective(classes, mean if math.isfinite(mean) else None, entropy, _after(log_softmax), _affine(log_softmax))


def _after(log_softmax: Any) -> Any:
    below = _below_views(log_softmax.next_functions[0][0])
    if below is not None and below.name().startswith("LogSoftmax"):
        return "log_softmax"  # of all classes: of some of them, the second one does change something
    while below is not None and (below.name().startswith(PICKS) or _is_shrunk(below)):
        below = _below_views(below.next_functions[0][0])
    return "softmax" if below is not None and below.name().startswith("SoftmaxBackward") else ""


def _affine(log_softmax: Any) -> bool:
    """Whether a linear layer or a convolution with a bias gives the logits as they are.

    Similarities (contrastive losses) and scaled cosines (margin losses) are far from even by design; they are products
    without a bias, or divided by a temperature.
    """
    node = _below_views(log_softmax.next_functions[0][0], VIEWS + PICKS)
    if node is None:
        return False
    inputs = [following for following, _ in node.next_functions]
    name = node.name()
    if name.startswith("Addmm"):
        return inputs[0] is not None
    if name.startswith(("Convolution", "Linear")):
        return inputs[2] is not None
    if name.startswith("Add"):  # a linear layer over an input whose memory is not in order
        product, bias = _below_views(inputs[0]), _below_views(inputs[1])
        is_product = product is not None and product.name().startswith(("Mm", "Bmm"))
        return is_product and bias is not None and bias.name().endswith("AccumulateGrad") and bias.variable.ndim == 1
    return False


def _is_shrunk(node: Any) -> bool:
    """Multiplied by one constant up to 1; a greater one may be meant to let a softmax reach far."""
    if not node.name().startswith("MulBackward") or node.next_functions[1][0] is not None:
        return False
    try:
        factor = node._saved_other
    except RuntimeError:
        return False
    return factor is not None and factor.numel() == 1 and 0 < factor.item() <= 1


def _below_views(node: Any, passed: tuple[str, ...] = VIEWS) -> Any:
    while node is not None and node.name().startswith(passed) and node.next_functions:
        node = node.next_functions[0][0]
    return node


def _axis_size(log_softmax: Any) -> int:
    try:
        result: Tensor = log_softmax._saved_result
    except RuntimeError:
        return 0
    dim = log_softmax._saved_dim
    return result.shape[dim if dim < result.ndim else dim - 2**64]
