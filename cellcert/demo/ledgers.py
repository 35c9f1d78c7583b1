"""Ledgers of fictitious units that agree with their answers."""

from collections.abc import Mapping
from decimal import Decimal
from itertools import groupby
from typing import Any

from cellcert.criteria.ledger_reader import COLUMNS, IN_A_TONNE
from cellcert.criteria.schema import Checklist
from cellcert.criteria.wastes import Wastes
from cellcert.ledger.measures import T, measure_named
from cellcert.ledger.rules import Line

KILOGRAM = Decimal("0.001")
RECEIVERS = {"general": "示例建材有限公司", "hazardous": "示例危险废物处置中心"}
SEASON = (7, 5, 8, 9, 9, 10, 10, 10, 9, 9, 8, 8)
AT_MOST = 2  # kinds a sum is shared by


def ledger_of(checklist: Checklist, wastes: Wastes, answers: Mapping[str, Any], year: int) -> list[Line]:
    """The months whose sums are the figures an application of ``year`` gives."""
    sums: dict[tuple[int, str, str], Decimal] = {}  # year, group or kind, column
    measures: dict[tuple[int, str], str] = {}  # an office weighs in kilograms, a factory in tonnes
    for indicator in checklist.indicators:
        given = answers.get("indicators", {}).get(indicator.key) or {}
        for one in indicator.inputs:
            in_year = one.year if one.year is not None else indicator.period.last if indicator.period else None
            if in_year is None or len(one.ledger) != 1 or given.get(one.key) is None:
                continue
            what, _, column = one.ledger[0].partition(".")
            measures[year + in_year, what] = (measure_named(one.unit.zh) or T).key
            sums[year + in_year, what, column] = Decimal(str(given[one.key])) / IN_A_TONNE[one.unit.zh]
    lines = []
    for (in_year, what), group in groupby(sorted(sums), key=lambda key: key[:2]):
        columns = {column: sums[in_year, what, column] for _, _, column in group}
        lines += _months(in_year, what, columns, wastes, measures[in_year, what])
    return lines


def _months(year: int, what: str, columns: Mapping[str, Decimal], wastes: Wastes, measure: str) -> list[Line]:
    kinds = [kind for kind in wastes.kinds if what in {kind.key, kind.group}][:AT_MOST]
    rest = columns.get("generated", Decimal(0)) - columns.get("used", Decimal(0))
    if rest > 0 and not columns.keys() & {"stored", "disposed"}:  # no answer says what became of it
        columns = {**columns, "stored" if what == "general" else "disposed": rest}
    shares = [(kind, month) for month in range(1, 13) for kind in kinds]
    parts = {column: _shared(amount, len(shares)) for column, amount in columns.items()}
    return [
        Line(
            year=year, month=month, kind=kind.key, receiver=RECEIVERS.get(kind.group, ""), measure=measure,
            **{column: parts[column][place] for column in COLUMNS if column in parts},  # type: ignore[arg-type]
        )
        for place, (kind, month) in enumerate(shares)
    ]  # fmt: skip


def _shared(amount: Decimal, count: int) -> list[Decimal]:
    """An amount in parts of whole kilograms, more in summer than in winter; the last takes what is left over."""
    kilograms, weights = int(amount / KILOGRAM), [SEASON[place * 12 // count] for place in range(count)]
    parts = [kilograms * weight // sum(weights) for weight in weights]
    return [part * KILOGRAM for part in (*parts[:-1], kilograms - sum(parts[:-1]))]
