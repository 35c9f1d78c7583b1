"""The ten ways to earn points, and each in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from cellcert.criteria.text import BLANK, Text, distance, figure, joined, measured, spaced


@dataclass(frozen=True, slots=True)
class Range:
    """Points a reviewer picks between two bounds, in steps."""

    lowest: Decimal
    highest: Decimal
    step: Decimal

    def __str__(self) -> str:
        return f"{figure(self.lowest)}–{figure(self.highest)}"


@dataclass(frozen=True, slots=True)
class Option:
    key: str
    label: Text
    points: Decimal | Range

    @property
    def best(self) -> Decimal:
        return self.points.highest if isinstance(self.points, Range) else self.points


@dataclass(frozen=True, slots=True)
class Part:
    key: str
    text: Text
    points: Decimal
    way: "Way"
    applies_if: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One tier; ``inclusive`` is at_least / at_most, else above / below."""

    limit: Decimal
    inclusive: bool
    points: Decimal


@dataclass(frozen=True, slots=True)
class Deduction:
    """One fault that loses points: a figure, a range, all of them (``None``), or measured by a ``short``fall."""

    key: str
    text: Text
    lose: Decimal | Range | None
    each: bool = False
    most: Decimal | None = None
    applies_if: str | None = None
    short: "Shortfall | None" = None

    def rule_text(self) -> Text:
        if self.lose is None:
            return Text(f"{self.text}，本项不得分", f"{self.text.text('en')}: no points for the item")
        lose = str(self.lose) if isinstance(self.lose, Range) else figure(self.lose)
        most = Text(f"，最多扣 {figure(self.most)} 分", f", {figure(self.most)} at most") if self.most else Text("", "")
        if self.short is not None:
            steps = self.short.steps_text()
            return Text(f"{self.text}：{steps}{most}", f"{self.text.text('en')}: {steps.en}{most.en}")
        each = Text("每发现一处", "each occurrence") if self.each else Text("", "once")
        start = f"{self.text}，{each.zh}" if self.each else f"{self.text}，"
        return Text(f"{start}扣 {lose} 分{most.zh}", f"{self.text.text('en')}: −{lose} ({each.en}{most.en})")


@dataclass(frozen=True, slots=True)
class Condition:
    key: str
    text: Text


@dataclass(frozen=True, slots=True)
class Alternative:
    key: str
    text: Text
    way: "Way"


@dataclass(frozen=True, slots=True)
class YesNo:
    points: Decimal

    def rule_text(self) -> Text:
        points = Text(f"{figure(self.points)} 分", f"{figure(self.points)} point{'' if self.points == 1 else 's'}")
        return Text(f"符合得 {points}，不符合不得分", f"{points.en} if met, else none")


@dataclass(frozen=True, slots=True)
class Choice:
    points: Decimal
    options: tuple[Option, ...]

    def rule_text(self) -> Text:
        return joined(
            Text(f"{o.label}：{_points(o.points)} 分", f"{o.label.text('en')}: {_points(o.points)}")
            for o in self.options
        )


@dataclass(frozen=True, slots=True)
class Parts:
    """Sub-points added up, at most ``cap``."""

    points: Decimal
    parts: tuple[Part, ...]
    cap: Decimal | None = None

    def rule_text(self) -> Text:
        rows = joined(
            Text(
                f"{p.text}（{figure(p.points)} 分{_how(p.way).zh}）",
                f"{p.text.text('en')} ({figure(p.points)}{_how(p.way).en})",
            )
            for p in self.parts
        )
        most = Text(f"，合计最多 {figure(self.cap)} 分", f"; {figure(self.cap)} at most") if self.cap else Text("", "")
        return Text(rows.zh + most.zh, rows.en + most.en)


@dataclass(frozen=True, slots=True)
class Tiers:
    """Points by the tier an indicator falls in, best first; ``rising``: more is better."""

    points: Decimal
    indicator: str
    steps: tuple[Step, ...]
    rising: bool
    unit: Text = BLANK
    otherwise: Decimal = Decimal(0)

    def rule_text(self) -> Text:
        rows = [
            Text(f"{spaced(limit.zh)}得 {figure(s.points)} 分", f"{limit.en}: {figure(s.points)}")
            for s in self.steps
            for limit in [self.limit_text(s)]
        ]
        rows.append(Text(f"其余得 {figure(self.otherwise)} 分", f"otherwise: {figure(self.otherwise)}"))
        return joined(rows)

    def limit_text(self, step: Step) -> Text:
        at = measured(step.limit, self.unit)
        if self.rising:
            return Text(f"达到 {at}", f"{at.en} or more") if step.inclusive else Text(f"高于 {at}", f"above {at.en}")
        return Text(f"不高于 {at}", f"{at.en} or less") if step.inclusive else Text(f"低于 {at}", f"below {at.en}")


@dataclass(frozen=True, slots=True)
class Mark:
    """A value of an indicator and the points it earns."""

    value: Decimal
    points: Decimal


@dataclass(frozen=True, slots=True)
class Linear:
    points: Decimal
    indicator: str
    start: Mark
    end: Mark
    unit: Text = BLANK

    def rule_text(self) -> Text:
        a, b = (measured(m.value, self.unit) for m in (self.start, self.end))
        p, q = figure(self.start.points), figure(self.end.points)
        return Text(
            f"{spaced(a.zh)}得 {p} 分，{spaced(b.zh)}得 {q} 分，之间按比例",
            f"{p} points at {a.en}, {q} at {b.en}, in proportion between",
        )


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Points lost for every ``per`` by which an indicator misses its target."""

    points: Decimal
    indicator: str
    target: Decimal
    lose: Decimal
    per: Decimal
    part: Literal["full", "started", "proportional"]
    direction: Literal["at_least", "at_most"] = "at_least"
    unit: Text = BLANK

    def rule_text(self) -> Text:
        steps = self.steps_text()
        return Text(f"{steps}，扣完为止", f"{steps.en}, not below 0")

    def steps_text(self) -> Text:
        """What each step costs, without the bound."""
        target, per, lose = measured(self.target, self.unit), distance(self.per, self.unit), figure(self.lose)
        short = Text("每低", "below") if self.direction == "at_least" else Text("每高", "above")
        how = {
            "full": Text("，不足一档不扣", ", complete steps only"),
            "started": Text("，不足一档按一档扣", ", a begun step counts"),
            "proportional": Text("，按比例计算", ", in proportion"),
        }[self.part]
        return Text(
            f"以 {spaced(target.zh)}为准，{short.zh} {spaced(per.zh)}扣 {lose} 分{how.zh}",
            f"−{lose} for every {per.en} {short.en} {target.en}{how.en}",
        )


@dataclass(frozen=True, slots=True)
class Deductions:
    points: Decimal
    faults: tuple[Deduction, ...]

    def rule_text(self) -> Text:
        return joined(fault.rule_text() for fault in self.faults)


@dataclass(frozen=True, slots=True)
class AtLeast:
    points: Decimal
    count: int
    of: tuple[Condition, ...]
    short: Literal["none", "proportional"] = "none"

    def rule_text(self) -> Text:
        rows = joined(c.text for c in self.of)
        less = (
            Text("，不足的按比例得分", ", fewer in proportion")
            if self.short == "proportional"
            else Text("，不足不得分", ", else none")
        )
        asked = Text(f"以下 {len(self.of)} 条至少做到 {self.count} 条", f"at least {self.count} of {len(self.of)}")
        if self.count == len(self.of):
            asked = Text(f"以下 {self.count} 条都做到", f"all {self.count}")
        return Text(
            f"{asked}，得 {figure(self.points)} 分{less.zh}：{rows.zh}",
            f"{figure(self.points)} points for {asked.en}{less.en}: {rows.en}",
        )


@dataclass(frozen=True, slots=True)
class AnyOf:
    points: Decimal
    ways: tuple[Alternative, ...]

    def rule_text(self) -> Text:
        rows = joined(
            Text(f"{a.text}（{a.way.rule_text()}）", f"{a.text.text('en')} ({a.way.rule_text().text('en')})")
            for a in self.ways
        )
        return Text(f"以下任取其一，取最高分：{rows.zh}", f"any of these, the best counts: {rows.en}")


@dataclass(frozen=True, slots=True)
class Judged:
    points: Decimal
    step: Decimal

    def rule_text(self) -> Text:
        most, step = figure(self.points), figure(self.step)
        return Text(f"由评审人在 0–{most} 分内评定，每档 {step} 分", f"0–{most} points as judged, in steps of {step}")


Way = YesNo | Choice | Parts | Tiers | Linear | Shortfall | Deductions | AtLeast | AnyOf | Judged


def best(way: Way) -> Decimal:
    """The most a way can earn, whatever its item says."""
    match way:
        case Choice(options=options):
            return max((option.best for option in options), default=Decimal(0))
        case Parts(parts=parts, cap=cap):
            total = sum((part.points for part in parts), Decimal(0))
            return total if cap is None else min(cap, total)
        case Tiers(steps=steps, otherwise=otherwise):
            return max((*(step.points for step in steps), otherwise))
        case Linear(start=start, end=end):
            return max(start.points, end.points)
        case AnyOf(ways=ways):
            return max((best(alternative.way) for alternative in ways), default=Decimal(0))
        case YesNo() | Shortfall() | Deductions() | AtLeast() | Judged():
            return way.points


def indicators(way: Way) -> frozenset[str]:
    """The indicators a way is computed from."""
    match way:
        case Tiers() | Linear() | Shortfall():
            return frozenset({way.indicator})
        case Deductions(faults=faults):
            return frozenset(fault.short.indicator for fault in faults if fault.short)
        case Parts(parts=parts):
            return frozenset().union(*(indicators(part.way) for part in parts))
        case AnyOf(ways=ways):
            return frozenset().union(*(indicators(alternative.way) for alternative in ways))
        case _:
            return frozenset()


def is_computed(way: Way) -> bool:
    """Nothing in it is for a person to judge."""
    match way:
        case Tiers() | Linear() | Shortfall():
            return True
        case Deductions(faults=faults):
            return all(fault.short for fault in faults)
        case Parts(parts=parts):
            return all(is_computed(part.way) for part in parts)
        case AnyOf(ways=ways):
            return all(is_computed(alternative.way) for alternative in ways)
        case _:
            return False


def texts(way: Way) -> Iterator[Text]:
    """Every label in it."""
    match way:
        case Choice(options=options):
            yield from (option.label for option in options)
        case Parts(parts=rows) | AnyOf(ways=rows):
            for row in rows:
                yield row.text
                yield from texts(row.way)
        case Deductions(faults=faults):
            yield from (fault.text for fault in faults)
        case AtLeast(of=conditions):
            yield from (condition.text for condition in conditions)
        case YesNo() | Tiers() | Linear() | Shortfall() | Judged():
            pass


def _points(points: Decimal | Range) -> str:
    return str(points) if isinstance(points, Range) else figure(points)


def _how(way: Way) -> Text:
    if isinstance(way, YesNo):
        return Text("", "")
    return Text(f"：{way.rule_text()}", f": {way.rule_text().text('en')}")
