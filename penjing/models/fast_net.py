"""A fast network for pictures of about 32 pixels, in the manner of the CIFAR-10 speedruns.

    x (B, C, H, W) -> stem 2x2, fixed, whitening -> gelu -> groups of [conv 3x3, halve, norm, gelu, conv 3x3, norm,
        gelu] -> largest value over H, W -> head / 9 -> logits (B, K)

Jordan, "94 % on CIFAR-10 in 3.29 seconds on a single GPU", 2024 (arXiv 2404.00498), after Page, "How to train your
ResNet", 2018. What makes it learn in few epochs: the stem turns patches of 2x2 pixels into uncorrelated numbers of
spread 1 from the first step on; convolutions start with the identity (Zagoruyko and Komodakis, "DiracNets", 2017), so
that each group passes on what it gets; norms have no scale to learn and quick averages; the head's answers are small at
first, so that the first loss is ln K. Departures: the second group has half of the paper's 256 channels, which almost
halves the cost on a CPU; the stem's biases start at zero and stay fixed with its filters; the largest value is taken
over whatever is left of H and W (the paper's is the 3 x 3 that 32 pixels leave); norms keep torch's epsilon. This file
imports torch and nothing else: it can be carried off and used alone.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SIDE = 2  # pixels: of the patches that the stem whitens


class FastNet(nn.Module):
    """Groups of convolutions at half, a quarter and an eighth of the size; made for 28 to 64 pixels.

    Any size from 2 x 2 pixels passes: below 9 the last halvings have nothing left to halve and do nothing; above 64 the
    first convolutions still work on all pixels, so the cost grows with the area: take a strided stem there.

    Args:
        classes: K.
        channels: C of a picture, 1 for grey and 3 for color.
        widths: channels of each group.
        covariance: (4C, 4C) of the patches of pictures as they will come in, from `patch_covariance`. None: the stem's
            filters are the pixels of a patch as they are, until `whiten` is called or weights are loaded.
        dropout: share of features that are dropped before the head while training.
    """

    def __init__(
        self,
        classes: int,
        channels: int = 3,
        *,
        widths: tuple[int, ...] = (64, 128, 256),
        covariance: Tensor | None = None,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        numbers = channels * SIDE**2  # in a patch
        self.stem = nn.Conv2d(channels, 2 * numbers, SIDE, bias=False)
        self.stem.weight.requires_grad = False
        whiten(self, torch.eye(numbers) if covariance is None else covariance)
        c_in = 2 * numbers
        self.groups = nn.Sequential()
        for width in widths:
            self.groups.append(Group(c_in, width))
            c_in = width
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(c_in, classes, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Normalized pictures (B, C, H, W) float32 -> logits (B, K)."""
        x = self.groups(F.gelu(self.stem(x)))  # (B, D, 3, 3) from 32 x 32
        logits: Tensor = self.head(self.dropout(x.amax(dim=(2, 3)))) / 9
        return logits


class Group(nn.Module):
    """Two convolutions, with a halving after the first: (B, C_in, H, W) -> (B, C_out, H / 2, W / 2), rounded down."""

    def __init__(self, c_in: int, c_out: int) -> None:
        super().__init__()
        self.convs = nn.ModuleList([identity_conv(c_in, c_out), identity_conv(c_out, c_out)])
        self.norms = nn.ModuleList([Norm(c_out), Norm(c_out)])

    def forward(self, x: Tensor) -> Tensor:
        """A side of one pixel is not halved."""
        for i, (conv, norm) in enumerate(zip(self.convs, self.norms, strict=True)):
            x = conv(x)
            if i == 0:
                x = F.max_pool2d(x, (min(2, x.shape[2]), min(2, x.shape[3])))
            x = F.gelu(norm(x))
        return x


class Norm(nn.BatchNorm2d):
    """Batch norm without a scale to learn; its averages forget with 0.6 a step, for trainings of few steps."""

    def __init__(self, features: int) -> None:
        super().__init__(features, momentum=0.4)  # torch counts the new, the paper the old
        self.weight.requires_grad = False


def identity_conv(c_in: int, c_out: int) -> nn.Conv2d:
    """A 3x3 convolution whose first outputs are its inputs; where there are more outputs, those start as usual."""
    conv = nn.Conv2d(c_in, c_out, 3, padding=1, bias=False)
    nn.init.dirac_(conv.weight[: min(c_in, c_out)])
    return conv


def patch_covariance(pictures: Tensor) -> Tensor:
    """Of all patches of 2x2 pixels, about zero, where normalized pictures have their mean.

    Args:
        pictures: (N, C, H, W) float32, normalized as for the network; a few thousand are enough.

    Returns:
        (4C, 4C) float32.
    """
    patches = F.unfold(pictures, SIDE).transpose(1, 2).flatten(0, 1)  # (N x places, 4C)
    return patches.T @ patches / len(patches)


@torch.no_grad()
def whiten(network: FastNet, covariance: Tensor, *, epsilon: float = 5e-4) -> None:
    """Set the stem: the eigenvectors of the patches, each over the root of its eigenvalue, and their negatives.

    Args:
        network: its stem is set in place.
        covariance: (4C, 4C), from `patch_covariance`.
        epsilon: the paper's; added to the eigenvalues, so that directions without content are not blown up.
    """
    values, vectors = torch.linalg.eigh(covariance.double())
    filters = (vectors / (values + epsilon).sqrt()).T  # a row each
    network.stem.weight.copy_(torch.cat((filters, -filters)).view_as(network.stem.weight))
