"""What the trials show, how sure that is, and which rate to use: a comparison, estimates, a decision, words. Pure."""

from dropout_lab.stats.comparison import Comparison
from dropout_lab.stats.contrast import contrast, same_split
from dropout_lab.stats.decide import decide
from dropout_lab.stats.decision import Decision
from dropout_lab.stats.design import Design, correction, design_of, with_blocks
from dropout_lab.stats.forecast import Forecast, bbc_cv
from dropout_lab.stats.learning_curves import carry_forward, convergence
from dropout_lab.stats.metric import has_result, held_out, metric_named
from dropout_lab.stats.missing_trials import MISSING, completed
from dropout_lab.stats.race import Race
from dropout_lab.stats.race_words import dropped, ending, so_far
from dropout_lab.stats.raced import MARGIN, compared_in, judged_trials, planned_trials, race_of, schedule_of
from dropout_lab.stats.summary import summarize
from dropout_lab.stats.trial_matrix import NOTHING, STRENGTHS, TrialMatrix, trial_matrix
from dropout_lab.stats.verdict import MOST_DETAILS, Verdict, verdict

__all__ = [
    "MARGIN",
    "MISSING",
    "MOST_DETAILS",
    "NOTHING",
    "STRENGTHS",
    "Comparison",
    "Decision",
    "Design",
    "Forecast",
    "Race",
    "TrialMatrix",
    "Verdict",
    "bbc_cv",
    "carry_forward",
    "compared_in",
    "completed",
    "contrast",
    "convergence",
    "correction",
    "decide",
    "design_of",
    "dropped",
    "ending",
    "has_result",
    "held_out",
    "judged_trials",
    "metric_named",
    "planned_trials",
    "race_of",
    "same_split",
    "schedule_of",
    "so_far",
    "summarize",
    "trial_matrix",
    "verdict",
    "with_blocks",
]
