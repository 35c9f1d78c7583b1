"""Figures some thousand times those of the month before: mostly kilograms written as tonnes, or the other way."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from cellcert.criteria.ledger_reader import COLUMNS
from cellcert.criteria.text import Text
from cellcert.ledger.measures import Measure
from cellcert.ledger.rules import Line, Month

FACTOR = 400  # a slip of 1000 in a month that is otherwise less than half as large still shows
BACK = 12  # months a figure is compared with


@dataclass(frozen=True, slots=True)
class Jump:
    """A kind's quantity in one month beside that of the last month that had any."""

    year: int
    month: int
    kind: str
    column: str
    amount: Decimal
    before: Decimal
    month_before: Month

    @property
    def times(self) -> Text:
        if self.amount > self.before:
            many = int((self.amount / self.before).to_integral_value())
            return Text(f"约 {many} 倍", f"about {many} times")
        many = int((self.before / self.amount).to_integral_value())
        return Text(f"约 {many} 分之一", f"about 1/{many} of")

    def text(self, measure: Measure) -> Text:
        """2025 年 3 月产生量 1200 公斤，是 2 月（1.2 公斤）的约 1000 倍."""
        year, month = self.month_before
        name, unit = COLUMNS[self.column], measure.name
        now, then = measure.figure(self.amount), measure.figure(self.before)
        return Text(
            f"{self.year} 年 {self.month} 月{name.zh} {now} {unit.zh}，"
            f"是 {year} 年 {month} 月（{then} {unit.zh}）的{self.times.zh}",
            f"{name.en} of {self.year}-{self.month:02}, {now} {unit.en}, is {self.times.en} "
            f"that of {year}-{month:02} ({then} {unit.en})",
        )


def jumps(lines: Sequence[Line], months: Collection[Month]) -> list[Jump]:
    """What is out of all proportion in some months; ``lines`` reach a year further back."""
    found = []
    sums: dict[tuple[str, str], dict[Month, Decimal]] = {}
    for line in lines:
        for column in COLUMNS:
            if amount := line.amount(column):
                of_kind = sums.setdefault((line.kind, column), {})
                of_kind[line.year, line.month] = of_kind.get((line.year, line.month), Decimal(0)) + amount
    for (kind, column), by_month in sums.items():
        kept = sorted(by_month)
        for before, now in pairwise(kept):
            if now not in months or _count(now) - _count(before) > BACK:
                continue
            amount, then = by_month[now], by_month[before]
            if max(amount, then) >= FACTOR * min(amount, then):
                found.append(Jump(*now, kind, column, amount, then, before))
    return sorted(found, key=lambda jump: (jump.year, jump.month, jump.kind))


def _count(month: Month) -> int:
    return month[0] * 12 + month[1]
