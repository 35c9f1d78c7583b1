"""A line of a ledger, whether it can be true, the balance of a year, and the figures a checklist takes from it."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from itertools import groupby

from cellcert.criteria.ledger_reader import COLUMNS, IN_A_TONNE
from cellcert.criteria.schema import Checklist, Input, Period
from cellcert.criteria.text import Text, figure
from cellcert.criteria.wastes import Wastes
from cellcert.ledger.measures import MEASURES, T

LONGEST = 200  # of a receiver or a note
YEARS = 20  # so far back a ledger goes
Month = tuple[int, int]  # year and month


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One kind of waste in one month, in tonnes, and who took it over; ``measure`` is what it was written in."""

    year: int
    month: int
    kind: str
    receiver: str = ""
    generated: Decimal = Decimal(0)
    used: Decimal = Decimal(0)
    used_from_storage: Decimal = Decimal(0)
    stored: Decimal = Decimal(0)
    disposed: Decimal = Decimal(0)
    disposed_from_storage: Decimal = Decimal(0)
    dumped: Decimal = Decimal(0)
    transferred: Decimal = Decimal(0)
    note: str = ""
    measure: str = T.key

    @property
    def key(self) -> tuple[int, int, str, str]:
        return self.year, self.month, self.kind, self.receiver

    def amount(self, column: str) -> Decimal:
        return Decimal(getattr(self, column))


def words_fault(text: str) -> Text | None:
    """What is wrong with a receiver or a note."""
    if len(text) > LONGEST:
        return Text(f"最多 {LONGEST} 字，现在有 {len(text)} 字", f"at most {LONGEST} characters, not {len(text)}")
    if any(unicodedata.category(char) in {"Cc", "Cf", "Co", "Cs", "Cn"} and char not in "\r\n\t" for char in text):
        return Text("有看不见的特殊字符，请删去后重新输入", "holds characters nobody can see; type it again")
    return None


def month_fault(year: int, month: int, today: date) -> Text | None:
    """Why a month cannot be entered: it is no month, long ago, or still to come."""
    if not 1 <= month <= 12:
        return Text(f"没有 {month} 月", f"there is no month {month}")
    if not today.year - YEARS <= year <= today.year:
        return Text(
            f"年份应当在 {today.year - YEARS} 到 {today.year} 之间",
            f"the year must be from {today.year - YEARS} to {today.year}",
        )
    if (year, month) > (today.year, today.month):
        return Text(f"{year} 年 {month} 月还没有到", f"month {month} of {year} is still to come")
    return None


def line_faults(line: Line) -> list[tuple[str, Text]]:
    """Figures of a line that contradict each other, by column."""
    found, weight = [], MEASURES[line.measure].figure
    for whole, part in (("used", "used_from_storage"), ("disposed", "disposed_from_storage")):
        if line.amount(part) > line.amount(whole):
            names = COLUMNS[part], COLUMNS[whole]
            found.append(
                (
                    part,
                    Text(
                        f"“{names[0]}”{weight(line.amount(part))} 大于“{names[1]}”{weight(line.amount(whole))}，"
                        "它应当包含在内",
                        f"“{names[0].en}” is more than “{names[1].en}”, of which it is a part",
                    ),
                )
            )
    return found


# a year


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """The sums of a kind over a year, and how far they are from adding up."""

    kind: str
    generated: Decimal
    used: Decimal
    used_from_storage: Decimal
    stored: Decimal
    disposed: Decimal
    disposed_from_storage: Decimal
    dumped: Decimal
    transferred: Decimal

    @property
    def accounted(self) -> Decimal:
        """What became of the year's own waste."""
        used, disposed = self.used - self.used_from_storage, self.disposed - self.disposed_from_storage
        return used + self.stored + disposed + self.dumped

    @property
    def gap(self) -> Decimal:
        """Generated less what is accounted for: forgotten or mistyped; below 0 is more than arose."""
        return self.generated - self.accounted

    @property
    def share(self) -> Decimal | None:
        """The gap in percent of what arose."""
        return (abs(self.gap) / self.generated * 100).quantize(Decimal("0.01")) if self.generated else None


def balances(lines: Iterable[Line]) -> list[Balance]:
    """One balance for each kind of the given lines, in the order of the kinds."""
    ordered = sorted(lines, key=lambda line: line.kind)
    return [balance(kind, list(group)) for kind, group in groupby(ordered, key=lambda line: line.kind)]


def balance(kind: str, lines: Sequence[Line]) -> Balance:
    """The sums of some lines."""
    return Balance(
        kind=kind, **{column: sum((line.amount(column) for line in lines), Decimal(0)) for column in COLUMNS}
    )


# what a checklist takes


@dataclass(frozen=True, slots=True)
class LedgerFigure:
    """What the ledger says an input is, in the input's own unit, and which months it does not cover."""

    value: Decimal
    years: tuple[int, ...] = ()
    missing: tuple[Month, ...] = ()

    @property
    def text(self) -> str:
        return figure(self.value)

    @property
    def years_text(self) -> Text:
        """2025 年, or 2023—2025 年."""
        span = str(self.years[0]) if len(self.years) == 1 else f"{self.years[0]}—{self.years[-1]}"
        return Text(f"{span} 年", span)

    @property
    def missing_text(self) -> Text:
        """2025 年 3 月、4 月."""
        years = [(year, [m for _, m in months]) for year, months in groupby(self.missing, key=lambda month: month[0])]
        zh = "；".join(f"{year} 年 {'、'.join(f'{m} 月' for m in months)}" for year, months in years)
        return Text(zh, "; ".join(f"{year}: months {', '.join(map(str, months))}" for year, months in years))


Figures = Mapping[str, Mapping[str, LedgerFigure]]


def figures(checklist: Checklist, wastes: Wastes, lines: Sequence[Line], year: int, today: date) -> Figures:
    """By indicator and input, for an application of ``year``; an input whose waste was never entered has none."""
    found: dict[str, dict[str, LedgerFigure]] = {}
    kept = frozenset((line.year, line.month) for line in lines)
    for indicator in checklist.indicators:
        if indicator.period is None:
            continue
        for one in indicator.inputs:
            taken = _taken(one, indicator.period, wastes, lines, kept, year, today)
            if taken is not None:
                found.setdefault(indicator.key, {})[one.key] = taken
    return found


def _taken(
    one: Input, period: Period, wastes: Wastes, lines: Sequence[Line], kept: frozenset[Month], year: int, today: date
) -> LedgerFigure | None:
    if not one.ledger or one.unit.zh not in IN_A_TONNE:
        return None
    years = _years(one, period, year)
    amount, has_any = Decimal(0), False
    for wanted in one.ledger:
        what, _, column = wanted.partition(".")
        kinds = wastes.of(what)
        for line in lines:
            if line.year in years and line.kind in kinds:
                amount, has_any = amount + line.amount(column), True
    if not has_any:
        return None
    expected = [(y, m) for y in years for m in range(1, 13) if (y, m) < (today.year, today.month)]
    missing = tuple(month for month in expected if month not in kept)
    value = amount * IN_A_TONNE[one.unit.zh]
    return LedgerFigure(
        value.to_integral_value() if value == value.to_integral_value() else value.normalize(), tuple(years), missing
    )


def years_asked(checklist: Checklist, year: int) -> list[int]:
    """The years whose ledger an application of ``year`` takes figures from."""
    asked = [(indicator.period, one) for indicator in checklist.indicators for one in indicator.inputs if one.ledger]
    return sorted({y for period, one in asked if period is not None for y in _years(one, period, year)})


def _years(one: Input, period: Period, year: int) -> list[int]:
    first, last = (one.year, one.year) if one.year is not None else (period.first, period.last)
    return list(range(year + first, year + last + 1))


AMOUNTS = tuple(field.name for field in fields(Line) if field.name in COLUMNS)
