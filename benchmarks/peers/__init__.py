"""One script per contender: trains trials in a process of its own and prints one line of JSON."""
