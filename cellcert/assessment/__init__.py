"""What the unit claims (自评): answers, and the frozen revision it submits."""
