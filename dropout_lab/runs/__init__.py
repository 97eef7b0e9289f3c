"""Running an experiment: which trials are pending, where they are trained, what is written, merging shards."""
