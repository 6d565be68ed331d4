"""One file a verb, each a typed function: `penjing.train(...)` and `penjing train ...` are the same function."""
