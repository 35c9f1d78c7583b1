"""Twelve months as small columns; the page draws them as SVG, the words say the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from cellcert.criteria.text import Text
from cellcert.ledger.measures import Measure
from cellcert.ledger.rules import Line

HEIGHT = 56  # of the highest column
STEP = 20  # from one month to the next


@dataclass(frozen=True, slots=True)
class Column:
    month: int
    amount: Decimal
    x: int
    y: int
    height: int


@dataclass(frozen=True, slots=True)
class Chart:
    """One kind of waste over a year."""

    kind: str
    columns: tuple[Column, ...]
    measure: Measure

    @property
    def text(self) -> Text:
        """What the columns show, in words."""
        some = [column for column in self.columns if column.amount]
        weight, unit = self.measure.figure, self.measure.name
        zh = "，".join(f"{column.month} 月 {weight(column.amount)} {unit.zh}" for column in some)
        en = ", ".join(f"month {column.month}: {weight(column.amount)} {unit.en}" for column in some)
        return Text(zh or "各月均为 0", en or "nothing in any month")


def charts(lines: Sequence[Line], column: str, measure: Measure) -> list[Chart]:
    """One chart for each kind, all to its own scale."""
    return [_chart(kind, lines, column, measure) for kind in sorted({line.kind for line in lines})]


def _chart(kind: str, lines: Sequence[Line], column: str, measure: Measure) -> Chart:
    amounts = [month_sum(lines, kind, month, column) or Decimal(0) for month in range(1, 13)]
    most = max(amounts) or Decimal(1)
    columns = []
    for month, amount in enumerate(amounts, 1):
        height = max(int(amount / most * HEIGHT), 1 if amount else 0)
        columns.append(Column(month, amount, (month - 1) * STEP + 3, HEIGHT - height, height))
    return Chart(kind, tuple(columns), measure)


def month_sum(lines: Sequence[Line], kind: str, month: int, column: str) -> Decimal | None:
    """What a kind came to in one month; ``None`` where nothing was entered."""
    found = [line.amount(column) for line in lines if line.kind == kind and line.month == month]
    return sum(found, Decimal(0)) if found else None
