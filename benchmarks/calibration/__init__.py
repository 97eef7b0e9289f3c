"""How often intervals hold the true difference: populations with known truth, and this program's own networks."""
