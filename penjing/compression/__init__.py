"""A run becomes a smaller run, with its parent."""
