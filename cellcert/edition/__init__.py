"""Editions of the checklists: proposed, approved, in force; and what a new one does to who holds a title (标准版本)."""
