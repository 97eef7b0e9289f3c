"""Claims about dropout, each put to the test: what is measured, what it says of the claim, a page of them all."""
