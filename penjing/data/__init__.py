"""From a source to a divided data set, and batches of it. Torch only in `augment`."""
