"""Carrying out a plan: what is missing, where it is trained, what is written, merging of parts."""
