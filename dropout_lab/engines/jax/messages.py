"""The kinds of messages between the user's process and one that trains on JAX."""

PREPARE, TRAIN, PROVE, CHECK = "prepare", "train", "prove", "check"
"""To it, with data, a block, or an experiment; the precision comes before all of them."""

EPOCHS, RESULTS, DONE, ERROR = "epochs", "results", "done", "error"
"""From it: a number of epochs x trials, results, nothing, or an exception. The last two end a reply."""
