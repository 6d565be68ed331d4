"""Networks of one's own: functions of the task's Spec that give an nn.Module.

penjing train sklearn:digits --model examples/my_nets.py:tiny
"""

from torch import nn

from penjing.tasks.classify import Spec


def tiny(spec: Spec) -> nn.Module:
    """Eight filters, pooled to a 2 x 2 grid: (B, C, H, W) -> logits (B, K)."""
    return nn.Sequential(
        nn.Conv2d(spec.channels, 8, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.AdaptiveMaxPool2d(2),
        nn.Flatten(),
        nn.Linear(8 * 2 * 2, len(spec.classes)),
    )
