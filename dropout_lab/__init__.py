"""Dropout Lab: paired, repeatable dropout experiments from one YAML file."""

__version__ = "0.1.0"
