"""What scoring gives: every figure with its reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from cellcert.criteria.schema import Level
from cellcert.criteria.text import Text

State = Literal["scored", "missing", "not_applicable", "no_value"]


@dataclass(frozen=True, slots=True)
class AnswerFault:
    """One answer that cannot be counted, and why."""

    item_key: str
    message: Text

    def __str__(self) -> str:
        return f"{self.item_key}: {self.message}"


class AnswerFaults(Exception):
    """Everything wrong with a set of answers."""

    def __init__(self, faults: list[AnswerFault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Missing:
    """Something still to be answered."""

    kind: Literal["fact", "indicator", "prerequisite", "item"]
    key: str
    text: Text


@dataclass(frozen=True, slots=True)
class IndicatorResult:
    """``applies`` is ``None`` while a fact it depends on is unanswered; ``full``: 0 ÷ 0 that counts full; ``missing``:
    some of its figures are not given yet."""

    key: str
    name: Text
    value: Decimal | None
    reason: Text
    applies: bool | None = True
    full: bool = False
    missing: bool = False


@dataclass(frozen=True, slots=True)
class ItemResult:
    """A penalty's points are negative and its ``possible`` 0."""

    key: str
    points: Decimal
    possible: Decimal
    state: State
    reason: Text


@dataclass(frozen=True, slots=True)
class SectionResult:
    """``possible`` is what the section could earn here; ``floor`` a percentage of it."""

    key: str
    title: Text
    points: Decimal
    possible: Decimal
    floor: Decimal | None
    floor_reached: bool | None
    reason: Text


@dataclass(frozen=True, slots=True)
class Sheet:
    """A scored answer sheet."""

    total: Decimal
    possible: Decimal
    level: Level | None
    barred: tuple[Text, ...]
    gates: tuple[Text, ...]
    sections: tuple[SectionResult, ...]
    items: tuple[ItemResult, ...]
    bonus: Decimal
    penalties: Decimal
    missing: tuple[Missing, ...]
    indicators: tuple[IndicatorResult, ...]
    reason: Text

    def item(self, key: str) -> ItemResult:
        return next(item for item in self.items if item.key == key)

    def section(self, key: str) -> SectionResult:
        return next(section for section in self.sections if section.key == key)

    def indicator(self, key: str) -> IndicatorResult:
        return next(indicator for indicator in self.indicators if indicator.key == key)

    def to_json(self, lang: str = "zh") -> dict[str, Any]:
        """Plain JSON values; every number is written as the exact decimal it is."""
        return {
            "total": as_json_number(self.total),
            "possible": as_json_number(self.possible),
            "level": self.level.key if self.level else None,
            "level_name": self.level.name.text(lang) if self.level else None,
            "barred": [reason.text(lang) for reason in self.barred],
            "gates": [reason.text(lang) for reason in self.gates],
            "reason": self.reason.text(lang),
            "bonus": as_json_number(self.bonus),
            "penalties": as_json_number(self.penalties),
            "sections": [
                {"key": s.key, "title": s.title.text(lang), "points": as_json_number(s.points)}
                | {"possible": as_json_number(s.possible), "floor": as_json_number(s.floor)}
                | {"floor_reached": s.floor_reached, "reason": s.reason.text(lang)}
                for s in self.sections
            ],
            "items": [
                {"key": i.key, "points": as_json_number(i.points), "possible": as_json_number(i.possible)}
                | {"state": i.state, "reason": i.reason.text(lang)}
                for i in self.items
            ],
            "indicators": [
                {
                    "key": i.key,
                    "name": i.name.text(lang),
                    "value": as_json_number(i.value),
                    "reason": i.reason.text(lang),
                }
                for i in self.indicators
            ],
            "missing": [{"kind": m.kind, "key": m.key, "text": m.text.text(lang)} for m in self.missing],
        }


Answers = Mapping[str, Any]


def to_keep(sheet: Sheet) -> dict[str, Any]:
    """A sheet to be stored: in Chinese, with the same in English inside."""
    return sheet.to_json("zh") | {"en": sheet.to_json("en")}


def in_language(kept: Mapping[str, Any], lang: str) -> Mapping[str, Any]:
    """A stored sheet in the reader's language, as far as it was stored so."""
    english: Mapping[str, Any] | None = kept.get("en")
    return english if lang == "en" and english is not None else kept


def as_json_number(number: Decimal | None) -> int | float | None:
    """A figure for JSON."""
    # JSON knows no decimals. A float of so few digits is written as the very decimal it came from: 79.99 stays 79.99.
    if number is None:
        return None
    return int(number) if number == int(number) else float(number)
