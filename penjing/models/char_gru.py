"""A gated recurrent unit that reads characters and says which comes next.

    x (B, T) -> embedding (B, T, E) -> GRU, `layers` deep -> (B, T, D) -> dropout -> head -> logits (B, T, V)

Cho et al., "Learning phrase representations using RNN encoder-decoder", EMNLP 2014 (arXiv 1406.1078), in the form that
PyTorch and cuDNN compute (the reset gate after the product). The same weights run in two ways: `forward` reads whole
texts in one call, for training; `step` reads one character and hands its state on, for writing. The head starts near
zero, so that the first loss is ln V. This file imports torch and nothing else: it can be carried off and used alone.
"""

import torch
from torch import Tensor, nn


class CharGRU(nn.Module):
    """A recurrent network over characters.

    Args:
        characters: V, the size of the vocabulary.
        width: D, units of each layer.
        layers: L, layers above each other.
        embedding: E, features of a character.
        dropout: share of features that are dropped between layers and before the head while training.
    """

    def __init__(
        self, characters: int, *, width: int = 256, layers: int = 1, embedding: int = 64, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(characters, embedding)
        self.gru = nn.GRU(embedding, width, layers, batch_first=True, dropout=dropout if layers > 1 else 0.0)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(width, characters)
        nn.init.normal_(self.head.weight, std=0.01)
        nn.init.zeros_(self.head.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Characters (B, T) int64 -> logits (B, T, V) of the character after each; the state starts at zero."""
        features, _ = self.gru(self.embedding(x))  # (B, T, D)
        logits: Tensor = self.head(self.dropout(features))
        return logits

    def step(self, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """One character (B,) int64 and the state (B, L, D) before it -> logits (B, V) and the state after it."""
        features = self.embedding(x)  # (B, E), from the first layer on (B, D)
        after = []
        for layer, weights in enumerate(self.gru.all_weights):
            features = torch.gru_cell(features, state[:, layer], *weights)
            after.append(features)
        return self.head(features), torch.stack(after, dim=1)
