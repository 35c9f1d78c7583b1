"""The number a letter is given, and what its list was when somebody looked at it."""

import hashlib
from collections.abc import Collection, Iterable

from cellcert.criteria.award_letter import filled


def next_number(pattern: str, year: int, taken: Collection[str]) -> str | None:
    """The first number of the pattern that no letter has; none where the programme has no pattern."""
    if not pattern:
        return None
    ordinal = 1
    while (number := filled(pattern, year=year, ordinal=ordinal)) in taken:
        ordinal += 1
    return number


def list_seen(certificate_ids: Iterable[int]) -> str:
    """A short name for exactly this list, so that nobody signs another one than was read."""
    return hashlib.sha256(",".join(map(str, certificate_ids)).encode()).hexdigest()[:16]
