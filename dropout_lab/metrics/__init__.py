"""What predictions are worth: functions of predictions and labels, and measurements of activations."""
