"""Proposal, approval by another person, public notice, objections (审定与公示)."""
