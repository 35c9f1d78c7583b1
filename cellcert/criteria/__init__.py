"""Criteria: a file becomes a checklist, answers become a score.  Pure: no web, no database."""
