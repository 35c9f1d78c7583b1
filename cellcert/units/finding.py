"""How a unit is found: by any part of its name, or by its code.

Every ending of a name is kept as a row, so that a part of a name is the beginning of a row and an index finds it,
on SQLite as on PostgreSQL, two Chinese characters as well as twenty.
"""

import unicodedata
from collections.abc import Iterable, Iterator

MOST_PARTS = 5
LAST_SIGN = "\U0010ffff"


def key_of(text: str) -> str:
    """One spelling for what is looked for and what is found: letters and digits alone, of one width and case."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).casefold() if sign.isalnum())


def parts_of(words: str) -> list[str]:
    """What was typed, in the parts that each must be found."""
    parts = dict.fromkeys(key for part in unicodedata.normalize("NFKC", words).split() if (key := key_of(part)))
    return list(parts)[:MOST_PARTS]


def endings(signs: Iterable[str]) -> Iterator[str]:
    """The whole, the whole without its first sign, and so on."""
    kept = list(signs)
    return ("".join(kept[at:]) for at in range(len(kept)))


def unit_keys(name: str, code: str) -> list[str]:
    """All a unit is found by."""
    return sorted({*endings(key_of(name)), key_of(code)} - {""})
