"""Applicant units, their credit codes and managing bodies."""
