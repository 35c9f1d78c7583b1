"""What a criteria file says, as Python values that cannot be changed."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from cellcert.criteria.text import BLANK, Text
from cellcert.criteria.ways import (
    AnyOf,
    AtLeast,
    Choice,
    Deductions,
    Judged,
    Linear,
    Parts,
    Shortfall,
    Tiers,
    Way,
    YesNo,
)

# The whole language in one place for who imports it.
__all__ = [
    "AnyOf",
    "AtLeast",
    "Bonus",
    "Checklist",
    "Choice",
    "Deductions",
    "Each",
    "Fact",
    "Indicator",
    "Input",
    "Item",
    "Judged",
    "Level",
    "Linear",
    "Parts",
    "Prerequisite",
    "Sample",
    "Section",
    "Shortfall",
    "Text",
    "Tiers",
    "Way",
    "YesNo",
    "Zeros",
]


@dataclass(frozen=True, slots=True)
class Fact:
    """Asked once; conditions speak of it."""

    key: str
    ask: Text
    type: Literal["yes_no", "choice", "number"]
    options: tuple[tuple[str, Text], ...] = ()
    unit: Text = BLANK
    at_least: Decimal | None = None
    at_most: Decimal | None = None
    help: Text | None = None


@dataclass(frozen=True, slots=True)
class Input:
    """One measured figure; ``otherwise`` is what an empty one counts as."""

    key: str
    name: Text
    unit: Text
    otherwise: Decimal | None = None
    at_least: Decimal = Decimal(0)
    at_most: Decimal | None = None
    help: Text | None = None


@dataclass(frozen=True, slots=True)
class Indicator:
    key: str
    name: Text
    unit: Text
    period: Literal["calendar_year", "three_years", "at_application"]
    inputs: tuple[Input, ...]
    formula: str
    plausible: tuple[Decimal, Decimal] | None = None
    places: int = 2
    empty: Literal["none", "full"] = "none"
    source: Text | None = None
    applies_if: str | None = None
    help: Text | None = None


@dataclass(frozen=True, slots=True)
class Prerequisite:
    """否决项: unscored; without it no level."""

    key: str
    text: Text
    unless: str | None = None
    applies_if: str | None = None
    check: tuple[str, ...] = ()
    evidence: tuple[Text, ...] = ()
    basis: tuple[Text, ...] = ()
    help: Text | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    size: int
    of: Text


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the checklist, worth up to ``points`` (a penalty: 0, it only takes)."""

    key: str
    text: Text
    points: Decimal
    way: Way
    kind: Literal["item", "bonus", "penalty"] = "item"
    required: bool = False
    gate: bool = False
    veto_if: str | None = None
    applies_if: str | None = None
    not_applicable: Literal["section", "total", "full"] = "section"
    sample: Sample | None = None
    evidence: tuple[Text, ...] = ()
    check: tuple[str, ...] = ()
    help: Text | None = None
    basis: tuple[Text, ...] = ()

    def rule_text(self) -> Text:
        return self.way.rule_text()


@dataclass(frozen=True, slots=True)
class Section:
    """Items that belong together; ``floor`` is a percentage of its points."""

    key: str
    title: Text
    points: Decimal
    items: tuple[Item, ...]
    floor: Decimal | None = None
    help: Text | None = None


@dataclass(frozen=True, slots=True)
class Each:
    """Each of these items earns at least this percentage."""

    items: tuple[str, ...]
    at_least: Decimal


@dataclass(frozen=True, slots=True)
class Zeros:
    """At most so many of these items earn nothing."""

    items: tuple[str, ...]
    at_most: int


@dataclass(frozen=True, slots=True)
class Level:
    """A result: the total it asks for, and a floor in every section."""

    key: str
    name: Text
    total: Decimal
    floor: Decimal | None = None
    each: Each | None = None
    zeros: Zeros | None = None


@dataclass(frozen=True, slots=True)
class Bonus:
    cap: Decimal
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Checklist:
    """One edition of one checklist, in the order a unit works through it."""

    category: str
    edition: str
    title: Text
    lead: str
    levels: tuple[Level, ...]
    sections: tuple[Section, ...]
    model: bool = False
    who: tuple[Text, ...] = ()
    basis: tuple[Text, ...] = ()
    facts: tuple[Fact, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    prerequisites: tuple[Prerequisite, ...] = ()
    bonus: Bonus | None = None
    penalties: tuple[Item, ...] = ()
    total_cap: Decimal | None = None

    @property
    def points(self) -> Decimal:
        """The full scale, without bonus."""
        return sum((section.points for section in self.sections), Decimal(0))

    def items(self) -> Iterator[Item]:
        """Every item in order: sections, bonus, penalties; ``kind`` tells which."""
        for section in self.sections:
            yield from section.items
        yield from self.bonus.items if self.bonus else ()
        yield from self.penalties

    def item(self, key: str) -> Item:
        return next(item for item in self.items() if item.key == key)

    def section(self, key: str) -> Section:
        return next(section for section in self.sections if section.key == key)

    def fact(self, key: str) -> Fact:
        return next(fact for fact in self.facts if fact.key == key)

    def indicator(self, key: str) -> Indicator:
        return next(indicator for indicator in self.indicators if indicator.key == key)

    def level(self, key: str) -> Level:
        return next(level for level in self.levels if level.key == key)
