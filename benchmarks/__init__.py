"""Dropout Lab against other ways to train the same nets: ``python -m benchmarks``; see README.md."""
