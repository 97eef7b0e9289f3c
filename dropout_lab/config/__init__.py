"""YAML -> a frozen, validated experiment."""

from dropout_lab.config.claim import Claim, Contrast, Pair
from dropout_lab.config.load import as_yaml, json_schema, load, load_claim, locate, option, read_text, setting
from dropout_lab.config.schema import Experiment
from dropout_lab.config.section import essence
from dropout_lab.config.sweep import text_of
from dropout_lab.config.warnings import warnings_of
from dropout_lab.config.yaml_document import Document

__all__ = [
    "Claim",
    "Contrast",
    "Document",
    "Experiment",
    "Pair",
    "as_yaml",
    "essence",
    "json_schema",
    "load",
    "load_claim",
    "locate",
    "option",
    "read_text",
    "setting",
    "text_of",
    "warnings_of",
]
