"""The model trained on all rows at the chosen rate: fitting, its file, its card, predictions for new rows."""
