"""Networks of one's own: functions of the task's Spec that give an nn.Module.

penjing train sklearn:digits --model examples/my_nets.py:tiny
penjing train sklearn:digits --model examples/my_nets.py:strided
"""

from torch import nn

from penjing.models.cnn import CNN
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


def strided(spec: Spec) -> nn.Module:
    """Penjing's `cnn`, told otherwise: kernels of 5 x 5, and strides that halve the size in place of pooling."""
    return CNN(len(spec.classes), spec.channels, widths=(16, 32), kernels=5, strides=(1, 2), pooling="convolution")
