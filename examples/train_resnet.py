"""ResNet-20 on a folder of class folders of small pictures, as its paper trains it; plain PyTorch.

python examples/train_resnet.py FOLDER [FILE.safetensors [EPOCHS]]

leaves the same weights, bit for bit, as

penjing train FOLDER model=resnet20 width=16 size=32 color=rgb budget=20epochs batch_size=128 optimizer=sgd lr=0.1 \
    momentum=0.9 nesterov=false weight_decay=1e-4 schedule=step warmup=0 clip=0 mirror=true crop=0.125 border=black \
    label_smoothing=0 balance=none threads=1 precision=fp32 memory_format=contiguous allocator=system

Paper: He et al., "Deep Residual Learning for Image Recognition", CVPR 2016, section 4.2. Taken from Penjing are the
network and what would have to be guessed: how files are read and divided, which pictures a step sees, how they move.
"""

import sys

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file

from penjing.config import Data
from penjing.data import store
from penjing.data.augmentation.augment import Augment
from penjing.data.augmentation.settings import Augmentation
from penjing.data.batches import Shuffled
from penjing.data.readers import reader_of
from penjing.data.statistics import mean_and_spread
from penjing.models.resnet_small import SmallResNet
from penjing.randomness import generator, integer

folder, file, epochs = (*sys.argv[1:], *("resnet20.safetensors", "20")[len(sys.argv) - 2 :])
SEED, BATCH_SIZE = 0, 128
LR, MOMENTUM, WEIGHT_DECAY = 0.1, 0.9, 1e-4
DROPS = (0.5, 0.75)  # shares of the training after which the rate is a tenth of what it was

settings = Data(folder, size=32, color="rgb")
data = store.decoded(reader_of(folder).read(settings), settings)  # decoded once; later runs read the same file
train, test = data.splits["train"], data.splits["test"]
pictures, labels = np.asarray(train.inputs), np.asarray(train.truths)  # (N, 32, 32, 3) uint8, (N,) int64
mean, std = mean_and_spread(pictures)
order = Shuffled(len(pictures), BATCH_SIZE, SEED)
augment = Augment(Augmentation(mirror=True, crop=0.125), mean, std)  # 4 pixels to each side, as in the paper

torch.set_num_threads(1)  # more of them may add numbers up in another order
torch.manual_seed(integer(SEED, "initialize"))
network = SmallResNet(classes=len(data.classes), channels=3, depth=20)
kernels = [weights for weights in network.parameters() if weights.ndim > 1]
others = [weights for weights in network.parameters() if weights.ndim == 1]  # norms and biases are not decayed
groups = [{"params": kernels, "weight_decay": WEIGHT_DECAY}, {"params": others, "weight_decay": 0}]
optimizer = torch.optim.SGD(groups, lr=LR, momentum=MOMENTUM, fused=True)

network.train()
steps = int(epochs) * order.steps_per_epoch
for step in range(steps):
    at = order.at(step)
    x = augment(pictures[at], generator(SEED, "augment 0", step))  # (B, 3, 32, 32), normalized; 0: the only process
    y = torch.from_numpy(labels[at])
    for group in optimizer.param_groups:
        group["lr"] = LR * 0.1 ** sum(drop <= step / steps for drop in DROPS)

    loss = F.cross_entropy(network(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

network.eval()
plain, right = Augment(Augmentation(), mean, std), []  # normalizes, and moves nothing
with torch.inference_mode():
    for start in range(0, len(test), 1000):
        x = plain(np.asarray(test.inputs[start : start + 1000]), generator(SEED, "test"))
        right += (network(x).argmax(dim=1).numpy() == test.truths[start : start + 1000]).tolist()
print(f"accuracy {np.mean(right):.3f} on {len(right):,} test pictures")
save_file(network.state_dict(), file)
