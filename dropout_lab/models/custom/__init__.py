"""Models built by a function of the user, and how dropout and seeds are put into them."""
