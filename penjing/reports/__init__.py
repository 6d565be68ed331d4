"""One offline page from a run."""
