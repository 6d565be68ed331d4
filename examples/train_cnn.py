"""`penjing train sklearn:digits --budget 5epochs threads=1`, written out in plain PyTorch: the same weights to the bit.

python examples/train_cnn.py [FILE.safetensors]

Taken from Penjing are the parts that would have to be guessed: how the digits are divided, which pictures a step sees
and how they are moved. All of them are functions of the seed and the step: nothing else has to be kept.
"""

import math
import sys

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file

from penjing.config import Data
from penjing.data.augmentation.augment import Augment
from penjing.data.augmentation.settings import Augmentation
from penjing.data.batches import Shuffled
from penjing.data.readers import sklearn
from penjing.data.statistics import mean_and_spread
from penjing.models.cnn import CNN
from penjing.randomness import generator, integer

SEED, EPOCHS, BATCH_SIZE = 0, 5, 64
LR, WARMUP, WEIGHT_DECAY, CLIP = 3e-3, 0.05, 0.01, 1.0

data = sklearn.read(Data("sklearn:digits"))
pictures, labels = (np.asarray(part) for part in (data.splits["train"].inputs, data.splits["train"].truths))
mean, std = mean_and_spread(pictures)  # of the training pictures, (N, H, W, 1) uint8
order = Shuffled(len(pictures), BATCH_SIZE, SEED)
augment = Augment(Augmentation(shift=0.1, rotate=10, scale=0.1), mean, std)

torch.set_num_threads(1)  # more of them may add numbers up in another order
torch.manual_seed(integer(SEED, "initialize"))
network = CNN(classes=len(data.classes), channels=1)
kernels = [weights for weights in network.parameters() if weights.ndim > 1]
others = [weights for weights in network.parameters() if weights.ndim == 1]  # norms and biases are not decayed
groups = [{"params": kernels, "weight_decay": WEIGHT_DECAY}, {"params": others, "weight_decay": 0}]
optimizer = torch.optim.AdamW(groups, fused=True)


def rate(fraction: float) -> float:
    """A linear rise over the warm-up, then half a cosine down to zero."""
    if fraction < WARMUP:
        return LR * max(fraction / WARMUP, 0.01)
    return LR * 0.5 * (1 + math.cos(math.pi * (fraction - WARMUP) / (1 - WARMUP)))


network.train()
steps = EPOCHS * order.steps_per_epoch
for step in range(steps):
    at = order.at(step)
    x = augment(pictures[at], generator(SEED, "augment 0", step))  # (B, 1, H, W), normalized; 0: the only process
    y = torch.from_numpy(labels[at])
    for group in optimizer.param_groups:
        group["lr"] = rate(step / steps)

    torch.manual_seed(integer(SEED, "network", step))  # of dropout
    loss = F.cross_entropy(network(x), y)
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), CLIP, foreach=True)
    optimizer.step()

network.eval()
test = data.splits["test"]
with torch.inference_mode():
    x = Augment(Augmentation(), mean, std)(np.asarray(test.inputs), generator(SEED, "test"))  # normalized only
    right = network(x).argmax(dim=1) == torch.from_numpy(np.asarray(test.truths))
print(f"accuracy {right.float().mean():.3f} on {len(right)} test pictures")
save_file(network.state_dict(), sys.argv[1] if len(sys.argv) > 1 else "cnn.safetensors")
