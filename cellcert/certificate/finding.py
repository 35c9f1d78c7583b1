"""How a cell of the register is found: by any part of its name, its pinyin, the initials of it, or its number.

Every ending of each is kept as a row, so that a part of a word is the beginning of a row and an index finds it,
on SQLite as on PostgreSQL, two Chinese characters as well as twenty.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from cellcert.units.finding import endings, key_of

# a reading the dictionary of phrases did not settle matters where a search begins
READINGS_OF_FIRST = 4
# signs without a reading stay, each by itself; typed otherwise than pypinyin takes them
BY_ITSELF: Any = list
ONE_WAY: Any = lambda signs: [[sign] for sign in signs]  # noqa: E731


def pinyin_of(name: str) -> str:
    """The syllables of a name, a blank between: the order of a Chinese list."""
    return " ".join(_syllables(key_of(name)))


def keys_of(name: str, serial: str, credit_code: str) -> list[str]:
    """All a cell is found by."""
    found = as_written(name, serial, credit_code)
    for reading in _readings(key_of(name)):
        found |= as_read(reading)
    return sorted(found)


def as_written(name: str, serial: str, credit_code: str) -> set[str]:
    """The keys of what is written, without a dictionary: any part of the name or the number, the whole credit code."""
    return {*endings(key_of(name)), *endings(key_of(serial)), key_of(credit_code)} - {""}


def as_read(syllables: Iterable[str]) -> set[str]:
    """The keys of one reading: any part of its pinyin, and of the initials."""
    reading = list(syllables)
    return {*endings(reading), *endings(syllable[:1] for syllable in reading)} - {""}


def _syllables(plain: str) -> list[str]:
    """A syllable for each Chinese character; any other sign stands for itself."""
    from pypinyin import lazy_pinyin  # reads a dictionary of 56 MB: only who awards needs it

    return lazy_pinyin(plain, errors=BY_ITSELF)


def _readings(plain: str) -> Iterator[list[str]]:
    """The likeliest reading, then with one of the first characters read otherwise (单: dan, shan; 长: chang, zhang)."""
    usual = _syllables(plain)
    yield usual
    for at, sign in enumerate(plain[:READINGS_OF_FIRST]):
        for other in _ways(sign):
            if other != usual[at]:
                yield [*usual[:at], other, *usual[at + 1 :]]


@lru_cache(maxsize=4096)
def _ways(sign: str) -> list[str]:
    """Every reading of one character; one by one, as the phrase 县长 has one reading, also in the name 单县长葛."""
    from pypinyin import Style, pinyin

    return pinyin(sign, style=Style.NORMAL, heteronym=True, errors=ONE_WAY)[0]
