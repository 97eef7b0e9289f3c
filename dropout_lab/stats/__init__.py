"""What the trials show, how sure that is, and which rate to use: a comparison, estimates, a decision, words. Pure."""

from dropout_lab.stats.comparison import Comparison
from dropout_lab.stats.contrast import contrast, same_split
from dropout_lab.stats.decide import decide
from dropout_lab.stats.design import Design, correction, design_of, with_blocks
from dropout_lab.stats.forecast import Forecast, bbc_cv
from dropout_lab.stats.learning_curves import carry_forward, convergence
from dropout_lab.stats.metric import has_result, held_out, metric_named
from dropout_lab.stats.missing_trials import MISSING, completed
from dropout_lab.stats.summary import summarize
from dropout_lab.stats.trial_matrix import NOTHING, STRENGTHS, TrialMatrix, trial_matrix
from dropout_lab.stats.verdict import Verdict, verdict

__all__ = [
    "MISSING",
    "NOTHING",
    "STRENGTHS",
    "Comparison",
    "Design",
    "Forecast",
    "TrialMatrix",
    "Verdict",
    "bbc_cv",
    "carry_forward",
    "completed",
    "contrast",
    "convergence",
    "correction",
    "decide",
    "design_of",
    "has_result",
    "held_out",
    "metric_named",
    "same_split",
    "summarize",
    "trial_matrix",
    "verdict",
    "with_blocks",
]
