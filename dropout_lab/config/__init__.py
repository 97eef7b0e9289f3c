"""YAML -> a frozen, validated experiment."""

from dropout_lab.config.advice import warnings_of
from dropout_lab.config.document import Document
from dropout_lab.config.load import as_yaml, json_schema, load, locate, option, read_text, setting
from dropout_lab.config.schema import Experiment
from dropout_lab.config.section import essence

__all__ = [
    "Document",
    "Experiment",
    "as_yaml",
    "essence",
    "json_schema",
    "load",
    "locate",
    "option",
    "read_text",
    "setting",
    "warnings_of",
]
