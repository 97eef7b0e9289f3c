"""YAML -> a frozen, validated experiment."""

from dropout_lab.config.claim import Claim, ClaimContrast, Pair
from dropout_lab.config.load import (
    as_yaml,
    json_schema,
    load,
    load_claim,
    locate,
    make_override,
    parse_override,
    read_text,
    split_key,
)
from dropout_lab.config.schema import Experiment
from dropout_lab.config.section import without_defaults
from dropout_lab.config.sweep import text_of
from dropout_lab.config.warnings import warnings_of
from dropout_lab.config.yaml_document import Document

__all__ = [
    "Claim",
    "ClaimContrast",
    "Document",
    "Experiment",
    "Pair",
    "as_yaml",
    "json_schema",
    "load",
    "load_claim",
    "locate",
    "make_override",
    "parse_override",
    "read_text",
    "split_key",
    "text_of",
    "warnings_of",
    "without_defaults",
]
