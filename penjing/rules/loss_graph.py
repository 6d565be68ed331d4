"""What the graph above a loss says of the objective: autograd's nodes are read by name, nothing is computed twice."""

import math
from collections import deque
from typing import Any

import torch
from torch import Tensor

from penjing.rules.trace import Objective

NODES = 3000  # looked at; the objective stands near the loss
VIEWS = ("View", "Reshape", "Unsafe", "Transpose", "Permute", "T", "Squeeze", "Unsqueeze", "ToCopy", "Clone", "Alias")


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
            found = Objective(classes=_axis_size(node), loss=None, label_entropy=None, after=_after(node))
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
    return Objective(classes, mean if math.isfinite(mean) else None, entropy, _after(log_softmax))


def _after(log_softmax: Any) -> Any:
    below = _below_views(log_softmax.next_functions[0][0])
    if below is None:
        return ""
    return {"SoftmaxBackward0": "softmax", "LogSoftmaxBackward0": "log_softmax"}.get(below.name(), "")


def _below_views(node: Any) -> Any:
    while node is not None and node.name().startswith(VIEWS) and node.next_functions:
        node = node.next_functions[0][0]
    return node


def _axis_size(log_softmax: Any) -> int:
    try:
        result: Tensor = log_softmax._saved_result
    except RuntimeError:
        return 0
    dim = log_softmax._saved_dim
    return result.shape[dim if dim < result.ndim else dim - 2**64]
