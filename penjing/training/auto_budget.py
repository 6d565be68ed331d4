"""How long a training lasts whose budget is left to us: as many passes over the data as are of use, or ten minutes."""

from penjing.budget import ENOUGH_EPOCHS
from penjing.config import Choice
from penjing.training.job import Job

LONGEST = 600.0  # seconds
UNMEASURED = Choice(f"{ENOUGH_EPOCHS}epochs", "default", "the validation score is flat from there")


def epoch_seconds(job: Job, seconds: float) -> float:
    """What a pass over the data takes where a step takes these seconds."""
    return seconds * max(len(job.data.splits["train"]) // job.config.train.batch_size, 1)


def budget_at(job: Job, seconds: float) -> Choice:
    """So many passes over the data where they fit into the longest time, else that time.

    Args:
        job: whose data are passed over.
        seconds: that a step takes.
    """
    batch = min(job.config.train.batch_size, len(job.data.splits["train"]))
    rate = f"{batch / seconds:,.0f} pictures a second"
    epoch = epoch_seconds(job, seconds)
    if ENOUGH_EPOCHS * epoch > LONGEST:
        passes = f"about {LONGEST / epoch:.1f} passes over the data at {rate}"
        return Choice(f"{LONGEST / 60:.0f}m", "measured here", passes)
    return Choice(f"{ENOUGH_EPOCHS}epochs", "measured here", f"{about(ENOUGH_EPOCHS * epoch)} at {rate}")


def about(seconds: float) -> str:
    """So long, as one says it of what is only estimated: `about 20 s`, `about 3 min`."""
    return f"about {seconds / 60:,.0f} min" if seconds >= 60 else f"about {max(seconds, 1):.0f} s"
