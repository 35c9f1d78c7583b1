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
    "Period",
    "Prerequisite",
    "Sample",
    "Section",
    "Shortfall",
    "Sum",
    "Text",
    "Tiers",
    "Way",
    "YesNo",
    "Zeros",
]


@dataclass(frozen=True, slots=True)
class Period:
    """Calendar years counted from that of application: -1 is the last full one, 0 that year so far."""

    first: int
    last: int

    def text(self) -> Text:
        """The years in words, whenever the application will be."""
        first, last = -self.first, -self.last
        if first == last:
            return _year_text(first)
        if last > 1:
            return Text(
                f"申报年份之前的第 {first} 年至第 {last} 年", f"year {first} to year {last} before that of application"
            )
        if (first, last) == (1, 0):
            return Text("申报前一年和当年（至申报之日）", "the year before that of application and that year so far")
        count = Text(f"申报年份之前的 {first} 个自然年", f"the {first} calendar years before that of application")
        return count if last else Text(f"{count}，以及当年至申报之日", f"{count.en} and that year so far")

    def text_in(self, year: int) -> Text:
        """The same for an application of ``year``."""
        first, last = year + self.first, year + self.last
        if self.last == 0:
            return Text(f"{first}年1月1日至申报之日", f"1 January {first} to the day of application")
        return Text(f"{first}年", f"{first}") if first == last else Text(f"{first}年至{last}年", f"{first} to {last}")

    def __contains__(self, year: int) -> bool:
        return self.first <= year <= self.last


def _year_text(before: int) -> Text:
    if before == 0:
        return Text("申报当年至申报之日", "the year of application so far")
    if before == 1:
        return Text("申报前一个自然年", "the calendar year before that of application")
    return Text(f"申报年份之前的第 {before} 年", f"year {before} before that of application")


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
    whole: bool = False
    help: Text | None = None


@dataclass(frozen=True, slots=True)
class Input:
    """One measured figure, of the whole period or of one ``year`` of it; an empty one counts as ``otherwise``."""

    key: str
    name: Text
    unit: Text
    otherwise: Decimal | None = None
    at_least: Decimal = Decimal(0)
    at_most: Decimal | None = None
    whole: bool = False
    year: int | None = None
    help: Text | None = None
    ledger: tuple[str, ...] = ()  # the sums of the unit's waste ledger it is, such as general.used

    def label(self, year: int | None = None) -> Text:
        """The name, with its year where it has one; ``year`` is that of the application."""
        if self.year is None:
            return self.name
        period = Period(self.year, self.year)
        said = period.text() if year is None else period.text_in(year)
        return Text(f"{self.name}（{said}）", f"{self.name.text('en')} ({said.en})")


@dataclass(frozen=True, slots=True)
class Indicator:
    """Measured, never typed as a score; ``period`` is ``None`` for what is counted on the day of application."""

    key: str
    name: Text
    unit: Text
    period: Period | None
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
    """否决项: unscored; without it no level. One with a ``section`` is printed there, starred."""

    key: str
    text: Text
    unless: str | None = None
    applies_if: str | None = None
    check: tuple[str, ...] = ()
    evidence: tuple[Text, ...] = ()
    basis: tuple[Text, ...] = ()
    help: Text | None = None
    period: Period | None = None
    section: str | None = None


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
    period: Period | None = None

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
    """Each of these items and sections earns at least this percentage of what it could earn."""

    items: tuple[str, ...]
    sections: tuple[str, ...]
    at_least: Decimal


@dataclass(frozen=True, slots=True)
class Zeros:
    """At most so many of these items earn nothing."""

    items: tuple[str, ...]
    at_most: int


@dataclass(frozen=True, slots=True)
class Sum:
    """These items and sections earn so many points together."""

    items: tuple[str, ...]
    sections: tuple[str, ...]
    at_least: Decimal


@dataclass(frozen=True, slots=True)
class Level:
    """A result: the total it asks for, a floor in every section, and whatever else must hold at once."""

    key: str
    name: Text
    total: Decimal
    floor: Decimal | None = None
    each: tuple[Each, ...] = ()
    zeros: tuple[Zeros, ...] = ()
    sums: tuple[Sum, ...] = ()


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

    def __hash__(self) -> int:
        """Short, so that what follows from a checklist can be kept by it; all its texts need not be read for that."""
        return hash((self.category, self.edition))

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
