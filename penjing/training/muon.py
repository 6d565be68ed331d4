"""Muon: a step for matrices whose singular values are all made about one, and AdamW for everything else.

    gradient (C_out, ...) -> momentum -> as a matrix (C_out, rest) -> Newton-Schulz -> step

Jordan et al., "Muon: An optimizer for hidden layers in neural networks", 2024. Two departures: the matrix iteration
computes in bfloat16 only where the network does, for not every CPU multiplies that fast; and a step is scaled by
0.2 sqrt(longer side), as in Liu et al., "Muon is scalable for LLM training", 2025 (arXiv 2502.16982), so that it is as
long as one of AdamW's and one learning rate serves both.
"""

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor
from torch.optim.adamw import adamw

COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # of the quintic: steepest at zero, values end in about 0.7 to 1.2
ITERATIONS = 5


class Muon(torch.optim.Optimizer):
    """One optimizer over both kinds of groups.

    Args:
        groups: parameters with `orthogonalize`: True takes tensors of two or more axes, False is AdamW.
        lr: of both.
        momentum: of orthogonalized steps, Nesterov's.
        precision: in which matrices are multiplied; bfloat16 is four times as fast where the CPU has instructions for
            it, and a fourth of the training of a small network is spent here.
    """

    def __init__(
        self,
        groups: Iterable[dict[str, Any]],
        lr: float,
        momentum: float,
        precision: torch.dtype = torch.float32,
    ) -> None:
        defaults = {"lr": lr, "momentum": momentum, "weight_decay": 0.0, "orthogonalize": False, "fused": True}
        super().__init__(groups, defaults | {"betas": (0.9, 0.999), "eps": 1e-8})
        self.precision = precision

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """One step from the gradients that are there.

        Raises:
            NotImplementedError: for a closure: the loss is not evaluated again here.
        """
        if closure is not None:
            raise NotImplementedError("Muon takes no closure")
        for group in self.param_groups:
            parameters = [parameter for parameter in group["params"] if parameter.grad is not None]
            if group["orthogonalize"]:
                for parameter in parameters:
                    self._orthogonal_step(parameter, group)
            else:
                self._adamw_step(parameters, group)

    def _orthogonal_step(self, parameter: Tensor, group: dict[str, Any]) -> None:
        state, gradient = self.state[parameter], parameter.grad
        assert gradient is not None
        if not state:
            state["average"] = torch.zeros_like(parameter)
        average = state["average"].lerp_(gradient, 1 - group["momentum"])
        update = orthogonalized(gradient.lerp(average, group["momentum"]).flatten(1).to(self.precision))
        length = 0.2 * math.sqrt(max(update.shape))
        parameter.mul_(1 - group["lr"] * group["weight_decay"])
        parameter.add_(update.reshape(parameter.shape), alpha=-group["lr"] * length)

    def _adamw_step(self, parameters: list[Tensor], group: dict[str, Any]) -> None:
        for parameter in parameters:
            if not self.state[parameter]:
                self.state[parameter] = {
                    "step": torch.zeros((), device=parameter.device),
                    "exp_avg": torch.zeros_like(parameter),
                    "exp_avg_sq": torch.zeros_like(parameter),
                }
        states = [self.state[parameter] for parameter in parameters]
        adamw(
            parameters,
            [parameter.grad for parameter in parameters if parameter.grad is not None],
            [state["exp_avg"] for state in states],
            [state["exp_avg_sq"] for state in states],
            [],
            [state["step"] for state in states],
            fused=True,
            amsgrad=False,
            beta1=group["betas"][0],
            beta2=group["betas"][1],
            lr=group["lr"],
            weight_decay=group["weight_decay"],
            eps=group["eps"],
            maximize=False,
        )


def orthogonalized(matrix: Tensor) -> Tensor:
    """About U V^T of a matrix U S V^T: (M, N) -> (M, N), its singular values moved to about 0.7 to 1.2."""
    a, b, c = COEFFICIENTS
    is_tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.T if is_tall else matrix
    x = x / (x.norm() + 1e-7)  # the spectral norm is at most this one
    for _ in range(ITERATIONS):
        gram = x @ x.T
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.T if is_tall else x
