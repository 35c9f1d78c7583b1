"""Words in two languages, and exact figures as people write them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any, TypeVarTuple

Number = Decimal | Fraction | int
Given = TypeVarTuple("Given")
# Keeps every digit, whatever the context of the thread; it never divides.
EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence or name; Chinese first."""

    zh: str
    en: str = ""

    def text(self, lang: str = "zh") -> str:
        return self.en if lang.startswith("en") and self.en else self.zh

    def __str__(self) -> str:
        return self.zh


BLANK = Text("")


class _Later(Text):
    """A text that is worded when it is first read."""

    __slots__ = ("_word",)
    _word: tuple[Callable[..., Text], tuple[Any, ...]]

    def __getattr__(self, name: str) -> str:
        if name not in {"zh", "en"}:
            raise AttributeError(name)
        word, given = self._word
        worded = word(*given)
        object.__setattr__(self, "zh", worded.zh)
        object.__setattr__(self, "en", worded.en)
        return worded.zh if name == "zh" else worded.en

    def __eq__(self, other: object) -> bool:
        return (self.zh, self.en) == (other.zh, other.en) if isinstance(other, Text) else NotImplemented

    __hash__ = Text.__hash__


def later(word: Callable[[*Given], Text], *given: *Given) -> Text:
    """What ``word`` says of ``given``, worded when it is first read: of the reasons of a long sheet most never are."""
    text = object.__new__(_Later)
    object.__setattr__(text, "_word", (word, given))
    return text


def joined(texts: Iterable[Text], zh: str = "；", en: str = "; ") -> Text:
    """The texts in a row."""
    texts = tuple(texts)
    return Text(zh.join(t.zh for t in texts), en.join(t.text("en") for t in texts))


def rounded(value: Number, places: int = 2) -> Decimal:
    """``value`` rounded half-up, exactly: no context of ``decimal`` can lose a digit on the way."""
    if isinstance(value, Decimal):
        found = value.quantize(_grid(places), context=EXACT)
        return found or abs(found)  # never -0
    over, under = value.as_integer_ratio()
    whole = (2 * abs(over) * 10**places + under) // (2 * under)
    return Decimal(-whole if over < 0 else whole).scaleb(-places, EXACT)


@lru_cache
def _grid(places: int) -> Decimal:
    return Decimal(1).scaleb(-places)


def quotient(over: Decimal | int, under: Decimal | int) -> Fraction:
    """``over`` ÷ ``under``, exactly."""
    (a, b), (c, d) = over.as_integer_ratio(), under.as_integer_ratio()
    return Fraction(a * d, b * c)


def figure(value: Number) -> str:
    """A number as a person writes it: 6, 2.5, never 6.00 or 1E+2."""
    return _plain(value if isinstance(value, Decimal) else rounded(value, 2))


@lru_cache(maxsize=4096)
def _plain(number: Decimal) -> str:
    plain = format(number, "f")
    return (plain.rstrip("0").rstrip(".") if "." in plain else plain) or "0"


def measured(value: Number, unit: Text, places: int | None = None) -> Text:
    """A figure with its unit: 72.40%, 3 t, 120 人."""
    shown = figure(value) if places is None else format(rounded(value, places), "f")
    zh, en = (f"{shown}{'' if not u or u in '%％‰℃' else ' '}{u}" for u in (unit.zh, unit.text("en")))
    return Text(zh, en)


def spaced(words: str) -> str:
    """``words`` before more Chinese: 90% 得, 3 t 得, but 20 个百分点得."""
    return f"{words} " if words[-1:].isascii() else words


def distance(value: Number, unit: Text) -> Text:
    """How far two figures are apart: between percentages these are percentage points."""
    if unit.zh in {"%", "％"}:
        return Text(f"{figure(value)} 个百分点", f"{figure(value)} percentage point{'' if value == 1 else 's'}")
    return measured(value, unit)
