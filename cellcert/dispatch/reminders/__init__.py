"""Reminders of what is due: one digest a person and day, nothing twice (期限提醒)."""
