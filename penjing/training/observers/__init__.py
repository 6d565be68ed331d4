"""What stands beside the loop: log, progress, checkpoint, evaluation, rules. None can reach the weights."""
