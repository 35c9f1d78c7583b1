"""A score sheet as the lines of a table: one for each field of each item, with what may stand in it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from cellcert.criteria.schema import Item
from cellcert.criteria.text import Text, figure
from cellcert.criteria.ways import (
    AnyOf,
    AtLeast,
    Choice,
    Deduction,
    Deductions,
    Judged,
    Parts,
    Range,
    Way,
    YesNo,
    is_computed,
)

OPINION = "opinion"
YES_NO = {"符合": "yes", "不符合": "no"}
MOST_FOUND = Decimal(999)


@dataclass(frozen=True, slots=True)
class Entry:
    """One field: ``words`` are what may be picked and the value each stands for; without them a number is wanted."""

    name: str
    label: Text
    words: Mapping[str, str] = field(default_factory=dict)
    lowest: Decimal = Decimal(0)
    highest: Decimal = Decimal(0)
    whole: bool = False
    value: str = ""  # of a box that shares its name with others

    @property
    def id(self) -> str:
        """Its own, unlike the name of a box."""
        return f"{self.name}={self.value}" if self.value else self.name

    def shown(self, fields: Sequence[tuple[str, str]]) -> str:
        """What stands in the field when these are kept."""
        for name, value in fields:
            if name != self.name or (self.value and value != self.value):
                continue
            if not self.words:
                return value
            return next((word for word, meant in self.words.items() if meant == value), "")
        return ""


def entries(item: Item, away: Collection[str] = ()) -> list[Entry]:
    """The lines of one item."""
    return list(_of(item.way, f"items.{item.key}", Text("评分", "Score"), away))


def _of(way: Way, name: str, label: Text, away: Collection[str]) -> Iterator[Entry]:  # noqa: PLR0912
    match way:
        case YesNo():
            yield Entry(name, label, YES_NO)
        case Judged(points=points):
            yield _number(name, label, Range(Decimal(0), points, way.step))
        case Choice(options=options):
            yield Entry(name, label, {f"{one.label}（{_points(one.points)} 分）": one.key for one in options})
            ranges = [one.points for one in options if isinstance(one.points, Range)]
            if ranges:
                low, high = min(one.lowest for one in ranges), max(one.highest for one in ranges)
                words = "、".join(f"{one.label} {one.points}" for one in options if isinstance(one.points, Range))
                said = Text(f"再填几分（{words}）", "its points")
                yield Entry(f"{name}.points", said, lowest=low, highest=high)
        case Parts(parts=parts):
            for part in parts:
                if not is_computed(part.way) and f"{name}.{part.key}" not in away:
                    inner = Text(f"{part.text}（{figure(part.points)} 分）", part.text.text("en"))
                    yield from _of(part.way, f"{name}.{part.key}", inner, away)
        case AnyOf(ways=ways):
            for one in ways:
                if not is_computed(one.way):
                    yield from _of(one.way, f"{name}.{one.key}", one.text, away)
        case Deductions(faults=faults):
            yield Entry(f"{name}.checked", Text("已检查（没有问题时只填这一行）", "looked at"), {"已检查": "yes"})
            for fault in faults:
                if fault.short is None and f"{name}.{fault.key}" not in away:
                    yield _fault(f"{name}.{fault.key}", fault)
        case AtLeast(of=of):
            yield Entry(
                f"{name}.checked", Text("已逐条核对（都没做到时只填这一行）", "gone through"), {"已核对": "yes"}
            )
            for condition in of:
                yield Entry(name, condition.text, {"做到": condition.key}, value=condition.key)


def _number(name: str, label: Text, span: Range) -> Entry:
    said = Text(f"{label}：{span} 分，每档 {figure(span.step)} 分", f"{label.text('en')}: {span}")
    return Entry(name, said, lowest=span.lowest, highest=span.highest)


def _fault(name: str, fault: Deduction) -> Entry:
    if fault.each and isinstance(fault.lose, Decimal):
        return Entry(name, Text(f"{fault.rule_text()}：几处", "how many"), highest=MOST_FOUND, whole=True)
    if isinstance(fault.lose, Range):
        return Entry(name, Text(f"{fault.rule_text()}：扣几分", "points lost"), highest=fault.lose.highest)
    return Entry(name, fault.rule_text(), {"有": "yes"})


def _points(points: Decimal | Range) -> str:
    return str(points) if isinstance(points, Range) else figure(points)
