"""Worlds to act in, as arrays: one file each. No torch."""
