"""Augmentation in batches: every number is drawn from the generator that is handed in.

    pictures (B, H, W, C) uint8 -> place -> color -> normalize -> cut out -> (B, C, h, w) float32 -> mix

`augment.py` is the chain; each other file is one of its links. Boxes and masks travel with their picture: see
`placement.py`.
"""
