"""How far an edition has come."""

from enum import StrEnum


class EditionState(StrEnum):
    """What is written down; whether an approved edition is in force is a matter of the day, and never stored."""

    DRAFT = "draft"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"
