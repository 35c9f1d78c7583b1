"""Reading ``levels``: what a sheet must reach for each."""

from collections.abc import Callable, Collection
from decimal import Decimal
from typing import TypeVar

from cellcert.criteria.fields import Fields, repeated
from cellcert.criteria.marked import Row
from cellcert.criteria.schema import Checklist, Each, Level, Sum, Zeros
from cellcert.criteria.text import BLANK, figure

MAX_LEVELS = 50
Condition = TypeVar("Condition", Each, Zeros, Sum)


def read_levels(fields: Fields, checklist: Checklist) -> tuple[Level, ...]:
    """The levels, best first, each within reach."""
    reach = checklist.points + (checklist.bonus.cap if checklist.bonus else 0)
    if checklist.total_cap is not None:
        reach = min(reach, checklist.total_cap)
    levels: list[Level] = []
    for row in fields.rows("levels", required=True):
        level = Level(
            key=row.key(),
            name=row.text("name", required=True) or BLANK,
            total=row.points("total") or Decimal(0),
            floor=row.percent("floor"),
            each=_conditions(row, "each", lambda inner: _each(inner, checklist)),
            zeros=_conditions(row, "zeros", lambda inner: _zeros(inner, checklist)),
            sums=_conditions(row, "sum", lambda inner: _sum(inner, checklist)),
        )
        row.done()
        if level.total > reach > 0:
            row.fault(
                "total",
                f"要求 {figure(level.total)} 分，而连同加分最多只能得 {figure(reach)} 分，请改低",
                f"asks for {figure(level.total)}, only {figure(reach)} points can be reached; ask for less",
            )
        if levels and level.total >= levels[-1].total:
            row.fault(
                "total",
                "等级要从高到低排列，总分逐级降低",
                "list the best level first; each total is less than the one before",
            )
        levels.append(level)
        if len(levels) > MAX_LEVELS:
            row.fault(None, f"等级超过 {MAX_LEVELS} 个，请合并", f"more than {MAX_LEVELS} levels; merge some")
            break
    for twice in repeated(level.key for level in levels):
        fields.fault("levels", f"key“{twice}”重复，请改名", f"the key “{twice}” is used twice; rename one")
    return tuple(levels)


def _conditions(row: Fields, key: str, read: Callable[[Fields], Condition | None]) -> tuple[Condition, ...]:
    """One condition, or a list of several."""
    several = isinstance(row.node(key), Row)
    inner = [*row.rows(key)] if several else [one for one in [row.within(key)] if one is not None]
    found = [read(one) for one in inner]
    return tuple(condition for condition in found if condition is not None)


def _each(row: Fields, checklist: Checklist) -> Each | None:
    items, sections = _named(row, checklist)
    share = row.percent("at_least", required=True)
    row.done()
    return Each(items, sections, share) if share is not None else None


def _zeros(row: Fields, checklist: Checklist) -> Zeros | None:
    items, most = _keys(row, "items", _scored(checklist), required=True), row.whole("at_most", required=True)
    row.done()
    if most is not None and most >= len(items) > 0:
        row.fault_if_new(
            "at_most",
            f"只列了 {len(items)} 项，最多 {most} 项得 0 分等于没有要求",
            f"only {len(items)} items are named, so {most} at 0 asks for nothing",
        )
    return Zeros(items, most) if most is not None else None


def _sum(row: Fields, checklist: Checklist) -> Sum | None:
    items, sections = _named(row, checklist)
    least = row.points("at_least")
    row.done()
    if least is None:
        return None
    reach = sum((item.points for item in checklist.items() if item.key in items), Decimal(0))
    reach += sum((section.points for section in checklist.sections if section.key in sections), Decimal(0))
    if least > reach > 0:
        row.fault_if_new(
            "at_least", f"这几项合计只有 {figure(reach)} 分", f"these can earn only {figure(reach)} together"
        )
    return Sum(items, sections, least)


def _named(row: Fields, checklist: Checklist) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if "items" not in row and "sections" not in row:
        row.fault(None, "要写 items: [...] 或 sections: [...]", "name items: [...] or sections: [...]")
    items = _keys(row, "items", _scored(checklist))
    return items, _keys(row, "sections", {section.key for section in checklist.sections})


def _scored(checklist: Checklist) -> set[str]:
    return {item.key for section in checklist.sections for item in section.items}


def _keys(row: Fields, key: str, known: Collection[str], required: bool = False) -> tuple[str, ...]:
    keys = tuple(str(getattr(node, "value", "")) for node in row.row(key, required))
    for one in keys:
        if one not in known:
            what = ("计分项", "scored item") if key == "items" else ("部分", "section")
            row.fault(key, f"没有叫“{one}”的{what[0]}", f"no {what[1]} is called “{one}”")
    for twice in repeated(keys):
        row.fault_if_new(key, f"“{twice}”写了两次，请删去一个", f"“{twice}” is named twice; remove one")
    return keys
