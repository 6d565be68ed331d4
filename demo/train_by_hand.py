"""A training loop as a person would write it, without Penjing: a small network on scikit-learn's digits."""

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

torch.manual_seed(0)
digits = load_digits()
x_train, x_test, y_train, y_test = train_test_split(
    torch.tensor(digits.data / 16, dtype=torch.float32), torch.tensor(digits.target), test_size=0.2, random_state=0
)
network = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
optimizer = torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9)

for _ in range(20):
    order = torch.randperm(len(x_train))
    for at in order.split(64):
        x, y = x_train[at], y_train[at]
        loss = F.cross_entropy(network(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

network.eval()
with torch.no_grad():
    right = np.asarray(network(x_test).argmax(dim=1) == y_test)
