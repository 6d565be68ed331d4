"""Every draw is a function of (seed, purpose, step), never of what was drawn before.

So a resumed training restores no generator state, several processes need no coordination, and turning an observer on or
off changes nothing. Philox is counter-based: a key is all it needs (Salmon et al., "Parallel random numbers: as easy as
1, 2, 3", SC 2011); BLAKE2b spreads seed, purpose and step over the key.
"""

import hashlib

import numpy as np


def _digest(seed: int, purpose: str, step: int, size: int) -> bytes:
    return hashlib.blake2b(f"{seed}/{purpose}/{step}".encode(), digest_size=size).digest()


def generator(seed: int, purpose: str, step: int = 0) -> np.random.Generator:
    """A numpy generator for this purpose at this step: `generator(seed, "shuffle", epoch).permutation(n)`."""
    return np.random.Generator(np.random.Philox(key=int.from_bytes(_digest(seed, purpose, step, 16), "little")))


def integer(seed: int, purpose: str, step: int = 0) -> int:
    """A seed in [0, 2**63) for a generator of another library: `torch.manual_seed(integer(seed, "network", step))`."""
    return int.from_bytes(_digest(seed, purpose, step, 8), "little") >> 1
