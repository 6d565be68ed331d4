"""Small real loops for the tests of the rules: sound ones in many styles, and one fault at a time."""

import contextlib
import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

STEPS = 8
X = torch.randn(256, 10, generator=torch.Generator().manual_seed(0))
Y = X[:, :3].argmax(dim=1)


def network(*, classes: int = 3) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Linear(10, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 16), nn.ReLU(),
        nn.Linear(16, classes),
    )  # fmt: skip


def batch(step: int) -> tuple[Tensor, Tensor]:
    at = slice(32 * (step % 8), 32 * (step % 8) + 32)
    return X[at], Y[at]


def evaluate(model: nn.Module) -> None:
    model.eval()
    with torch.no_grad():
        for i in range(8):
            model(batch(i)[0])
    model.train()


# Sound loops


def plain(make: Callable[..., torch.optim.Optimizer] = torch.optim.SGD) -> nn.Module:
    model = network()
    optimizer = make(model.parameters(), lr=0.01)
    for step in range(STEPS):
        x, y = batch(step)
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
    evaluate(model)
    return model


def adam() -> None:
    plain(torch.optim.Adam)


def cleared_after_the_step() -> None:
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    for step in range(STEPS):
        x, y = batch(step)
        F.cross_entropy(model(x), y, label_smoothing=0.1).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=False)


def cleared_by_hand() -> None:
    model = network()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    for step in range(STEPS):
        x, y = batch(step)
        for parameter in model.parameters():
            parameter.grad = None
        F.cross_entropy(model(x), y).backward()
        optimizer.step()


def accumulating() -> None:
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    for step in range(4 * STEPS):
        x, y = batch(step)
        (F.cross_entropy(model(x), y) / 4).backward()
        if step % 4 == 3:
            optimizer.step()
            optimizer.zero_grad()


def several_losses() -> None:
    model = network()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for step in range(STEPS):
        x, y = batch(step)
        optimizer.zero_grad()
        logits = model(x)
        F.cross_entropy(logits, y).backward(retain_graph=True)
        (0.1 * logits.square().mean()).backward()
        optimizer.step()


def two_optimizers() -> None:
    model = network()
    body, head = torch.optim.SGD(model[:-1].parameters(), lr=0.01), torch.optim.Adam(model[-1].parameters(), lr=0.01)
    for step in range(STEPS):
        x, y = batch(step)
        body.zero_grad()
        head.zero_grad()
        F.cross_entropy(model(x), y).backward()
        body.step()
        head.step()


def _gan(*, clear_after: bool) -> None:
    torch.manual_seed(0)
    maker, judge = nn.Sequential(nn.Linear(4, 16), nn.BatchNorm1d(16), nn.Linear(16, 10)), network(classes=1)
    of_maker, of_judge = torch.optim.Adam(maker.parameters()), torch.optim.Adam(judge.parameters())
    for step in range(STEPS):
        real, z = batch(step)[0], torch.randn(32, 4)
        one, zero = torch.ones(32, 1), torch.zeros(32, 1)
        if not clear_after:
            of_judge.zero_grad()
        with torch.no_grad():
            fake = maker(z)
        loss = F.binary_cross_entropy_with_logits
        (loss(judge(real), one) + loss(judge(fake), zero)).backward()
        of_judge.step()
        if clear_after:
            of_judge.zero_grad()
        else:
            of_maker.zero_grad()
        loss(judge(maker(z)), one).backward()
        of_maker.step()
        if clear_after:
            of_maker.zero_grad()


def gan() -> None:
    _gan(clear_after=False)


def gan_cleared_after() -> None:
    _gan(clear_after=True)


def frozen_trunk() -> None:
    model = network()
    for part in model[:-1]:
        part.requires_grad_(requires_grad=False)
    model[1].eval()
    optimizer = torch.optim.SGD(model[-1].parameters(), lr=0.01)
    for step in range(STEPS):
        x, y = batch(step)
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()


def teacher_and_student() -> None:
    student, teacher = network(), network()
    optimizer = torch.optim.SGD(student.parameters(), lr=0.01)
    for step in range(STEPS):
        x, _ = batch(step)
        with torch.no_grad():
            target = teacher(x).softmax(dim=1)
        optimizer.zero_grad()
        F.kl_div(F.log_softmax(student(x), dim=1), target, reduction="batchmean").backward()
        optimizer.step()
        with torch.no_grad():
            for mine, theirs in zip(teacher.parameters(), student.parameters(), strict=True):
                mine.lerp_(theirs, 0.1)


def lbfgs() -> None:
    model = nn.Linear(10, 3)
    optimizer = torch.optim.LBFGS(model.parameters(), max_iter=3)

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(X), Y)
        loss.backward()
        return loss

    for _ in range(STEPS):
        optimizer.step(closure)


def by_hand() -> None:
    model = nn.Linear(10, 3)
    for step in range(STEPS):
        x, y = batch(step)
        F.cross_entropy(model(x), y).backward()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter -= 0.1 * parameter.grad
                parameter.grad = None


def saliency() -> None:
    model = network().eval()
    for step in range(STEPS):
        x = batch(step)[0].clone().requires_grad_()
        model(x).max().backward()


def acting() -> None:
    """Plays without gradients in training mode, then learns from what it played, as PPO does."""
    policy = nn.Sequential(nn.Linear(10, 16), nn.Tanh(), nn.Linear(16, 3))
    optimizer = torch.optim.Adam(policy.parameters())
    for _ in range(3):
        with torch.no_grad():
            for step in range(16):
                policy(batch(step)[0])
        for step in range(3):
            x, y = batch(step)
            optimizer.zero_grad()
            (-F.log_softmax(policy(x), dim=1).gather(1, y[:, None]) * torch.randn(32, 1)).mean().backward()
            optimizer.step()


def a_step_for_the_scheduler() -> None:
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    optimizer.step()
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 1)
    for step in range(STEPS):
        x, y = batch(step)
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
        schedule.step()


def scaled() -> None:
    """Mixed precision's loss scale: the loss that backward sees is 1,024 times the one meant."""
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
    for step in range(STEPS):
        x, y = batch(step)
        optimizer.zero_grad()
        scaler.scale(F.cross_entropy(model(x), y)).backward()
        scaler.step(optimizer)
        scaler.update()


def reestimating_batch_norm() -> None:
    model = plain()
    torch.optim.swa_utils.update_bn([batch(i)[0] for i in range(8)], model)


def contrastive() -> None:
    """InfoNCE: the first loss is near 0, for two views of one picture are alike before anything is learned."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(10, 64), nn.ReLU(), nn.Linear(64, 16))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for step in range(STEPS):
        x = batch(step)[0]
        one, other = F.normalize(model(x), dim=1), F.normalize(model(x + 0.01 * torch.randn_like(x)), dim=1)
        optimizer.zero_grad()
        F.cross_entropy(one @ other.T / 0.01, torch.arange(32)).backward()
        optimizer.step()


def two_towers() -> None:
    """CLIP: similarities times a learnable temperature, far above ln of the batch."""
    torch.manual_seed(0)
    one, other, heat = nn.Linear(10, 16), nn.Linear(10, 16), nn.Parameter(torch.tensor(4.0))
    optimizer = torch.optim.AdamW([*one.parameters(), *other.parameters(), heat], lr=1e-3)
    for step in range(STEPS):
        x, y = batch(step)[0], torch.arange(32)
        scores = heat.exp() * F.normalize(one(x), dim=1) @ F.normalize(other(x), dim=1).T
        optimizer.zero_grad()
        ((F.cross_entropy(scores, y) + F.cross_entropy(scores.T, y)) / 2).backward()
        optimizer.step()


def margins() -> None:
    """ArcFace: cosines less a margin, times 30."""
    torch.manual_seed(0)
    model, centres = nn.Linear(10, 16), nn.Parameter(torch.randn(3, 16))
    optimizer = torch.optim.SGD([*model.parameters(), centres], lr=0.01)
    for step in range(STEPS):
        x, y = batch(step)
        cosines = F.linear(F.normalize(model(x)), F.normalize(centres))
        optimizer.zero_grad()
        F.cross_entropy(30 * (cosines - 0.35 * F.one_hot(y, 3)), y).backward()
        optimizer.step()


def leaving_out_an_infinite_loss() -> None:
    """As mixed precision's scaler does: backward runs, the step is left out."""
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    for step in range(STEPS):
        x, y = batch(step)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y) * (math.inf if step in (2, 3, 5) else 1)
        loss.backward()
        if loss.isfinite():
            optimizer.step()


class Holder(nn.Module):
    """Holds layers where PyTorch does not look: in a list or a dict."""

    def __init__(self, within: type) -> None:
        super().__init__()
        torch.manual_seed(0)
        layers = [nn.Linear(10, 10) for _ in range(3)]
        self.hidden = layers if within is list else dict(enumerate(layers))
        self.head = nn.Linear(10, 3)

    def layers(self) -> list[nn.Linear]:
        return list(self.hidden.values()) if isinstance(self.hidden, dict) else self.hidden

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers():
            x = layer(x).relu()
        return self.head(x)


def holding(within: type, *, hidden: str) -> None:
    """Layers in a list or a dict; `hidden` says whether they are forgotten, frozen, or trained by their own."""
    model = Holder(within)
    optimizers = [torch.optim.Adam(model.parameters(), lr=0.01)]
    if hidden == "own optimizer":
        optimizers.append(torch.optim.Adam((p for layer in model.layers() for p in layer.parameters()), lr=0.01))
    for layer in model.layers():
        layer.requires_grad_(hidden != "frozen")
    for step in range(STEPS):
        x, y = batch(step)
        for optimizer in optimizers:
            optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        for optimizer in optimizers:
            optimizer.step()


SOUND = [
    plain, adam, cleared_after_the_step, cleared_by_hand, accumulating, several_losses, two_optimizers, gan,
    gan_cleared_after, frozen_trunk, teacher_and_student, lbfgs, by_hand, saliency, acting, a_step_for_the_scheduler,
    scaled, reestimating_batch_norm, contrastive, two_towers, margins, leaving_out_an_infinite_loss,
]  # fmt: skip


# One fault each


def faulty(fault: str) -> None:  # noqa: C901  one loop, so that each fault is the only difference
    """The plain loop with one fault, by the id of the rule that must name it first."""
    model = network()
    if fault == "PJ101":
        nn.init.normal_(model[-1].weight, std=5)
    optimizer = torch.optim.SGD((model[4:] if fault == "PJ106" else model).parameters(), lr=0.01)
    if fault == "PJ110":
        model.eval()
    for step in range(STEPS):
        x, y = batch(step)
        if fault == "PJ205" and step == 5:
            x = x / 0
        if fault != "PJ201":
            optimizer.zero_grad()
        logits = model(x)
        loss = F.cross_entropy(logits.softmax(dim=1) if fault == "PJ102" else logits, y)
        if fault == "PJ202":
            optimizer.step()
        if fault == "PJ204":
            loss = loss.detach().requires_grad_()
        loss.backward()
        if fault == "PJ227":
            optimizer.zero_grad()
        if fault not in ("PJ202", "PJ203"):
            optimizer.step()
    with torch.no_grad() if fault == "PJ111" else contextlib.nullcontext():
        for i in range(8 if fault == "PJ111" else 0):
            model(batch(i)[0])


FAULTS = (
    "PJ101", "PJ102", "PJ106", "PJ110", "PJ111", "PJ201", "PJ202", "PJ203", "PJ204", "PJ205", "PJ227",
)  # fmt: skip
