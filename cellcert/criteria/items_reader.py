"""Reading what is asked and scored: prerequisites, sections, items, bonus, penalties."""

from decimal import Decimal
from typing import Literal, cast

from cellcert.criteria import ways
from cellcert.criteria.fields import Fields
from cellcert.criteria.period_reader import read_period, refuse_unsaid_years
from cellcert.criteria.schema import Bonus, Item, Prerequisite, Sample, Section
from cellcert.criteria.text import BLANK, figure
from cellcert.criteria.ways_reader import HUNDREDTH, Names, read_condition, read_way

CHECKS = ("records", "site", "interview", "survey", "sample")


def read_prerequisite(row: Fields, names: Names) -> Prerequisite:
    """One prerequisite."""
    read = Prerequisite(
        key=_item_key(row, names),
        text=row.text("text", required=True) or BLANK,
        unless=read_condition(row, "unless", names.kinds),
        applies_if=read_condition(row, "applies_if", names.kinds),
        check=_checks(row),
        evidence=row.texts("evidence"),
        basis=row.texts("basis"),
        help=row.text("help"),
        period=read_period(row),
        section=row.word("section") or None,
    )
    refuse_unsaid_years(row, [read.text], read.period)
    row.done()
    return read


def _checks(row: Fields) -> tuple[str, ...]:
    found = []
    for node in row.row("check"):
        value = getattr(node, "value", "")
        if value in CHECKS:
            found.append(value)
        else:
            row.fault("check", f"check 只能写 {'、'.join(CHECKS)}", f"check must be of {', '.join(CHECKS)}")
    return tuple(found)


def read_section(row: Fields, names: Names) -> Section:
    """One section, whose items must add up to its points."""
    key, title = row.key(), row.text("title", required=True) or BLANK
    points, floor = row.points(least=HUNDREDTH), row.percent("floor")
    items = tuple(_item(inner, names) for inner in row.rows("items", required=True))
    total = sum((item.points for item in items), Decimal(0))
    if points is not None and all(item.points > 0 for item in items) and items and total != points:
        row.fault(
            "points",
            f"本部分写 {figure(points)} 分，各项相加是 {figure(total)} 分，请改成一致",
            f"says {figure(points)} points, its items add up to {figure(total)}; make them agree",
        )
    section = Section(key, title, points or Decimal(0), items, floor, row.text("help"))
    row.done()
    return section


def _item(row: Fields, names: Names, kind: Literal["item", "bonus", "penalty"] = "item") -> Item:
    key, text = _item_key(row, names), row.text("text", required=True) or BLANK
    points = None
    if kind != "penalty":
        points = row.points(least=HUNDREDTH)
    elif row.node("points") is not None:
        row.fault(
            "points", "扣分项没有满分，请删去 points；上限写在 most", "a penalty has no points of its own; remove it"
        )
    way = read_way(row, points, names)
    applies_if, veto_if = read_condition(row, "applies_if", names.kinds), read_condition(row, "veto_if", names.kinds)
    if kind == "penalty" and way is not None:
        _penalty_way(row, way)
    if (
        isinstance(way, ways.Tiers | ways.Linear | ways.Shortfall)
        and applies_if is None
        and way.indicator in names.conditional
    ):
        row.fault(
            "score",
            f"指标 {way.indicator} 有适用条件，本项也要写 applies_if",
            f"the indicator {way.indicator} applies only sometimes; give the item its applies_if as well",
        )
    if kind != "item":
        for only in ("required", "gate", "not_applicable"):
            if only in row:
                row.fault(only, f"{only} 只用于计分项", f"{only} belongs to the items of sections")
    read = Item(
        key=key,
        text=text,
        points=points or Decimal(0),
        way=way or ways.YesNo(points or Decimal(0)),
        kind=kind,
        required=row.truth("required"),
        gate=row.truth("gate"),
        veto_if=veto_if,
        applies_if=applies_if,
        not_applicable=cast(
            "Literal['section', 'total', 'full']",
            row.one_of("not_applicable", ("section", "total", "full"), "section"),
        ),
        sample=_sample(row),
        evidence=row.texts("evidence"),
        check=_checks(row),
        help=row.text("help"),
        basis=row.texts("basis"),
        period=read_period(row),
    )
    if not any(names.over_years(indicator) for indicator in ways.indicators(read.way)):
        refuse_unsaid_years(row, [read.text, *ways.texts(read.way)], read.period)
    row.done()
    return read


def _penalty_way(row: Fields, way: ways.Way) -> None:
    if not isinstance(way, ways.Deductions):
        row.fault("score", "扣分项只能用 deductions", "penalties are scored with deductions")
    elif any(fault.lose is None for fault in way.faults):
        row.fault(
            "score", "扣分项没有满分，不能写 lose: all，请写扣几分", "a penalty cannot lose: all; say how many points"
        )
    elif ways.indicators(way):
        row.fault(
            "score",
            "扣分项不能按指标扣分，请写固定分数、区间或按处数",
            "a penalty cannot be measured; give a figure, a range or points per occurrence",
        )


def _sample(row: Fields) -> Sample | None:
    inner = row.within("sample")
    if inner is None:
        return None
    size, of = inner.whole("size", required=True, least=1), inner.text("of", required=True)
    inner.done()
    return Sample(size, of) if size is not None and of is not None else None


def read_bonus(fields: Fields, names: Names) -> Bonus | None:
    """The bonus items and their cap."""
    inner = fields.within("bonus")
    if inner is None:
        return None
    cap = inner.points("cap", least=HUNDREDTH)
    items = tuple(_item(row, names, "bonus") for row in inner.rows("items", required=True))
    inner.done()
    return Bonus(cap or Decimal(0), items)


def read_penalties(fields: Fields, names: Names) -> tuple[Item, ...]:
    """The penalty items."""
    inner = fields.within("penalties")
    if inner is None:
        return ()
    items = tuple(_item(row, names, "penalty") for row in inner.rows("items", required=True))
    inner.done()
    return items


def _item_key(row: Fields, names: Names) -> str:
    """Answers and evidence are kept by key, so items and prerequisites share one set of keys."""
    key = row.key()
    if key in names.taken:
        row.fault(
            "key",
            f"key“{key}”重复（第一次在第 {names.taken[key]} 行），请改名",
            f"the key “{key}” is used twice (first on line {names.taken[key]}); rename one",
        )
    elif key:
        names.taken[key] = row.line("key")
    return key
