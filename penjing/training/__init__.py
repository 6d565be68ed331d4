"""One loop for all tasks, and what it stands on: optimizers, schedules, moments, devices, the torch engine."""
