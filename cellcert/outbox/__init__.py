"""What is still to be done: rows written with the act, done by a worker afterwards (D-3)."""
