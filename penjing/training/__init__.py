"""One loop for all tasks, and what it stands on: optimizers, schedules, checkpoints, devices, the torch engine."""
