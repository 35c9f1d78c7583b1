"""What a list of cases may be narrowed to, sorted by and shown with: read from an address, and written into one."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from cellcert.application.lifecycle import State
from cellcert.criteria.calendar import Calendar
from cellcert.criteria.programme import Programme
from cellcert.errors import N_

LONGEST = 100  # signs that are looked for


class Order(StrEnum):
    """How the list is sorted."""

    NEWEST = "newest"
    OLDEST = "oldest"
    NUMBER = "number"

    @property
    def label(self) -> str:
        return {Order.NEWEST: N_("最近到达的在前"), Order.OLDEST: N_("等待最久的在前"), Order.NUMBER: N_("按编号")}[
            self
        ]


class Column(StrEnum):
    """What is shown of a case beside its unit."""

    CATEGORY = "category"
    DIVISION = "division"
    LEAD = "lead"
    BATCH = "batch"
    REFERENCE = "reference"
    CODE = "code"
    STATE = "state"
    SINCE = "since"
    SUBMITTED = "submitted"
    DUE = "due"
    LEVEL = "level"
    SERIAL = "serial"
    VALID = "valid"

    @property
    def label(self) -> str:
        return LABELS[self]


LABELS: Mapping[Column, str] = {
    Column.CATEGORY: N_("类别"),
    Column.DIVISION: N_("管理主体"),
    Column.LEAD: N_("牵头部门"),
    Column.BATCH: N_("批次"),
    Column.REFERENCE: N_("编号"),
    Column.CODE: N_("统一社会信用代码"),
    Column.STATE: N_("状态"),
    Column.SINCE: N_("到达"),
    Column.SUBMITTED: N_("提交时间"),
    Column.DUE: N_("补正期限"),
    Column.LEVEL: N_("等次"),
    Column.SERIAL: N_("证书编号"),
    Column.VALID: N_("有效期至"),
}
USUAL = (Column.CATEGORY, Column.DIVISION, Column.REFERENCE, Column.STATE, Column.SINCE)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the list is narrowed to, its order and columns; empty means everything."""

    state: State | None = None
    category: str = ""
    division: str = ""
    batch: str = ""
    level: str = ""
    year: int | None = None  # of the certificate
    late: bool = False
    search: str = ""
    order: Order = Order.NEWEST
    columns: tuple[Column, ...] = USUAL

    @property
    def narrows(self) -> bool:
        return replace(self, order=Order.NEWEST, columns=USUAL) != Chosen()


def read_chosen(args: Mapping[str, Sequence[str]], programme: Programme, levels: Collection[str]) -> Chosen:
    """What an address asks for; a word that means nothing narrows nothing."""

    def one(name: str, known: Collection[str]) -> str:
        given = next(iter(args.get(name, ())), "")
        return given if given in known else ""

    state, order, year = one("state", set(State)), one("order", set(Order)), next(iter(args.get("year", ())), "")
    columns = set(args.get("column", ()))
    return Chosen(
        state=State(state) if state else None,
        category=one("category", {place.key for place in programme.categories}),
        division=one("division", {place.key for place in programme.divisions}),
        batch=one("batch", {batch.key for batch in programme.batches}),
        level=one("level", levels),
        year=int(year) if year.isascii() and year.isdigit() and len(year) == 4 else None,
        late=one("late", {"1"}) == "1",
        search=next(iter(args.get("q", ())), "").strip()[:LONGEST],
        order=Order(order) if order else Order.NEWEST,
        columns=tuple(column for column in Column if column.value in columns) or USUAL,
    )


@lru_cache(256)  # a page asks for it with every link
def query_of(chosen: Chosen) -> Mapping[str, Any]:
    """The same as the names and values of an address; what is usual is left out."""
    usual = Chosen()
    names = {"search": "q", "columns": "column"}
    return MappingProxyType({
        names.get(one.name, one.name): _written(getattr(chosen, one.name))
        for one in fields(Chosen)
        if getattr(chosen, one.name) != getattr(usual, one.name)
    })  # fmt: skip


def _written(value: object) -> object:
    if isinstance(value, tuple):
        return [column.value for column in value]
    return "1" if value is True else getattr(value, "value", value)


def asked_of(chosen: Chosen) -> str:
    """The same as one text: what a saved view and an export remember."""
    return urlencode(query_of(chosen), doseq=True)


def first_day_in_time(calendar: Calendar, working_days: int, today: date) -> date:
    """The earliest day from which ``working_days`` are not over yet: what came before it is late."""
    day = today
    while calendar.add_working_days(day - timedelta(days=1), working_days) >= today:
        day -= timedelta(days=1)
    return day
