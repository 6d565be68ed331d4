"""Steps of a pipeline, one file each."""
