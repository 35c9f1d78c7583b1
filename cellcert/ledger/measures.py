"""The measures a ledger is written in, and the weights people write in them."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from cellcert.criteria.text import Text, figure

MOST = Decimal(100_000_000)  # tonnes in one line: more than any city makes in a year, so it is a slip
GRAM = Decimal("0.000001")  # of a tonne: what is kept, and what an office that weighs batteries needs
NOISE = Decimal("0.000000001")  # what a spreadsheet's arithmetic adds to a figure of a gram
NUMBER = re.compile(r"[-+]?\d{1,18}(\.\d{1,25})?\Z", re.ASCII)
THOUSANDS = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d{1,25})?\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Measure:
    """What a page or a column is written in; lines are kept in tonnes whatever it was."""

    key: str
    name: Text
    per_tonne: Decimal
    places: int
    known_as: frozenset[str]

    def of(self, tonnes: Decimal) -> Decimal:
        """So many tonnes in this measure."""
        return tonnes * self.per_tonne

    def figure(self, tonnes: Decimal) -> str:
        """The same as people write it."""
        return figure(self.of(tonnes))


T = Measure("t", Text("吨", "t"), Decimal(1), 6, frozenset({"吨", "t", "tonne", "tonnes"}))
KG = Measure("kg", Text("公斤", "kg"), Decimal(1000), 3, frozenset({"公斤", "千克", "kg", "kilogram", "kilograms"}))
MEASURES: Mapping[str, Measure] = {measure.key: measure for measure in (T, KG)}


def measure_named(words: str) -> Measure | None:
    """The measure a head names: 吨, 公斤, kg."""
    return next((measure for measure in MEASURES.values() if words.strip().casefold() in measure.known_as), None)


class Wrong(Exception):
    """What stands in a field cannot be what was meant."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(zh)
        self.sentence = Text(zh, en)


def tonnes(typed: str | Decimal | None, measure: Measure = T) -> Decimal | None:
    """The tonnes a person wrote or a cell holds in ``measure``.

    ``None`` where there is nothing, ``Wrong`` where it cannot be.
    """
    if typed is None or typed == "":
        return None
    number = typed if isinstance(typed, Decimal) else _number(typed)
    if number is None:
        return None
    if number < 0:
        raise Wrong(f"{figure(number)} 是负数，请填 0 或正数", f"{figure(number)} is negative; give 0 or more")
    weight = number / measure.per_tonne
    if weight >= MOST:
        raise Wrong(
            f"数太大，一行不能到 1 亿吨，请核对单位是不是{measure.name.zh}",
            f"far too much for one line (100 million t or more); is it in {measure.name.en}?",
        )
    whole = weight.quantize(GRAM)
    if abs(whole - weight) > (NOISE if isinstance(typed, Decimal) else 0):
        raise Wrong(
            f"{figure(number)} 的小数超过 {measure.places} 位，请精确到克",
            f"{figure(number)}: give {measure.places} places at most",
        )
    return whole


def _number(typed: str) -> Decimal | None:
    plain = unicodedata.normalize("NFKC", typed).strip().replace("，", ",").replace("−", "-")
    plain = re.sub(r"(?<=\d)[ \u00a0](?=\d)", "", plain)
    if not plain:
        return None
    if THOUSANDS.match(plain):
        plain = plain.replace(",", "")
    if plain.startswith("."):
        plain = f"0{plain}"
    if not NUMBER.match(plain):
        shown = typed.strip()[:20]
        raise Wrong(f"“{shown}”不是数字，请只填数字，不写单位", f"“{shown}” is not a number; leave the unit out")
    number = Decimal(plain)
    return number if number else abs(number)  # nobody means -0
