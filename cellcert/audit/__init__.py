"""What happened: one chained event per act (审计)."""
