"""What every page of certificates shares: the blueprint, and how what a person types is read."""

import unicodedata

from flask import Blueprint

bp = Blueprint("certificate", __name__)


def plain(words: str) -> str:
    """What a person types in a hurry: full width, blanks around it."""
    return unicodedata.normalize("NFKC", words).strip()[:100]
