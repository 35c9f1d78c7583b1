"""What changes inside a way to score."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from cellcert.criteria.compare.changes import SCORED, WORDED, Changes, Words, points_text, quoted
from cellcert.criteria.text import BLANK, Text, figure, joined
from cellcert.criteria.ways import (
    Alternative,
    AnyOf,
    AtLeast,
    Choice,
    Deduction,
    Deductions,
    Judged,
    Linear,
    Option,
    Part,
    Parts,
    Shortfall,
    Tiers,
    Way,
)


@dataclass(frozen=True, slots=True)
class WayChanges:
    """Compares the ways of one item; ``old`` and ``new`` know the names of either checklist."""

    changes: Changes
    old: Words
    new: Words

    def compare(self, before: Way, after: Way, where: Text = BLANK) -> None:
        """What changed in a way, part by part where the parts are the same kind."""
        count = len(self.changes.found)
        match before, after:
            case Choice(), Choice():
                self._keyed(where, Text("选项", "option"), before.options, after.options, self._option)
            case Parts(), Parts():
                self._keyed(where, Text("分项", "part"), before.parts, after.parts, self._part)
                self._scored(where, "合计上限", "cap", points_text(before.cap), points_text(after.cap))
            case Deductions(), Deductions():
                self._keyed(where, Text("扣分情形", "fault"), before.faults, after.faults, self._fault)
            case AtLeast(), AtLeast():
                self._scored(where, "应做到的条数", "number to be met", _count(before.count), _count(after.count))
                self._keyed(where, Text("条件", "condition"), before.of, after.of, self._nothing_more)
            case AnyOf(), AnyOf():
                self._keyed(where, Text("可选途径", "alternative"), before.ways, after.ways, self._alternative)
            case Judged(), Judged():
                self._scored(where, "评定档差", "step", points_text(before.step), points_text(after.step))
            case _:
                pass
        if bare(before) != bare(after) and len(self.changes.found) == count:
            self._rule(where, before, after)

    def _rule(self, where: Text, before: Way, after: Way) -> None:
        rules = [quoted(way.rule_text()) for way in (before, after)]
        if rules[0] == rules[1]:  # the same words of another indicator, or an order that words do not tell
            behind = self._behind(self.old, before), self._behind(self.new, after)
            if behind[0] == behind[1]:
                behind = BLANK, Text("（新写法）", " (written anew)")
            rules = [Text(f"{r}{b}", f"{r.en}{b.en}") for r, b in zip(rules, behind, strict=True)]
        self._scored(where, "计分办法", "rule", *rules)

    @staticmethod
    def _behind(words: Words, way: Way) -> Text:
        match way:
            case Tiers(indicator=key) | Linear(indicator=key) | Shortfall(indicator=key):
                name = words.indicator(key)
                return Text(f"（按{name}）", f" (by {name.text('en')})")
            case _:
                return BLANK

    def _keyed(
        self, where: Text, noun: Text, before: Sequence[Any], after: Sequence[Any], compare: Callable[..., None]
    ) -> None:
        was, now = {one.key: one for one in before}, {one.key: one for one in after}
        for key, one in was.items():
            if key not in now:
                self._scored(where, noun.zh, noun.en, _said(one), None)
        for key, one in now.items():
            if key not in was:
                self._scored(where, noun.zh, noun.en, None, _said(one))
            else:
                inner = _within(where, _name(one))
                self._worded(where, noun.zh, noun.en, quoted(_name(was[key])), quoted(_name(one)))
                compare(inner, was[key], one)
        order = [key for key in was if key in now], [key for key in now if key in was]
        if order[0] != order[1]:
            rows = [joined((_name(now[key]) for key in keys), "、", ", ") for keys in order]
            self._worded(where, f"{noun}顺序", f"order of {noun.en}s", quoted(rows[0]), quoted(rows[1]))

    def _nothing_more(self, where: Text, before: object, after: object) -> None:
        pass

    def _option(self, where: Text, before: Option, after: Option) -> None:
        self._scored(where, "得分", "points", points_text(before.points), points_text(after.points))

    def _part(self, where: Text, before: Part, after: Part) -> None:
        self._scored(where, "满分", "points", points_text(before.points), points_text(after.points))
        self._applies(where, before.applies_if, after.applies_if)
        self.compare(before.way, after.way, where)

    def _alternative(self, where: Text, before: Alternative, after: Alternative) -> None:
        # An alternative may earn less than its item: its own most is part of its rule.
        if type(before.way) is type(after.way) and bare(before.way) == bare(after.way):
            self._scored(where, "满分", "points", points_text(before.way.points), points_text(after.way.points))
        self.compare(before.way, after.way, where)

    def _fault(self, where: Text, before: Deduction, after: Deduction) -> None:
        self._applies(where, before.applies_if, after.applies_if)
        if before.short is not None or after.short is not None:
            if (before.short and bare(before.short)) != (after.short and bare(after.short)):
                self._scored(where, "扣分办法", "rule", quoted(before.rule_text()), quoted(after.rule_text()))
        elif before.each != after.each or (before.lose is None) != (after.lose is None):
            self._scored(where, "扣分办法", "rule", quoted(before.rule_text()), quoted(after.rule_text()))
        else:
            each = ("每处扣分", "points lost each") if after.each else ("扣分", "points lost")
            self._scored(where, *each, points_text(before.lose), points_text(after.lose))
        self._scored(where, "最多扣分", "most points lost", points_text(before.most), points_text(after.most))

    def _applies(self, where: Text, before: str | None, after: str | None) -> None:
        if before != after:
            self._condition(where, "适用条件", "condition", before, after)

    def _condition(self, where: Text, zh: str, en: str, before: str | None, after: str | None) -> None:
        self._scored(where, zh, en, self.old.condition(before), self.new.condition(after))

    def _scored(self, where: Text, zh: str, en: str, before: Text | None, after: Text | None) -> None:
        self.changes.add(SCORED, Text(f"{where.zh}{zh}", f"{en}{where.en}"), before, after)

    def _worded(self, where: Text, zh: str, en: str, before: Text | None, after: Text | None) -> None:
        self.changes.add(WORDED, Text(f"{where.zh}{zh}", f"{en}{where.en}"), before, after)


def bare(way: Way) -> Way:
    """A way without what is said elsewhere: its own points (the item's) and units (the indicator's)."""
    nothing = Decimal(0)
    match way:
        case Tiers() | Linear() | Shortfall():
            return replace(way, points=nothing, unit=BLANK)
        case Parts(parts=parts):
            return replace(way, points=nothing, parts=tuple(replace(part, way=bare(part.way)) for part in parts))
        case AnyOf(ways=ways):
            inner = tuple(replace(one, way=replace(bare(one.way), points=one.way.points)) for one in ways)
            return replace(way, points=nothing, ways=inner)
        case Deductions(faults=faults):
            plain = tuple(
                replace(f, short=replace(f.short, points=nothing, unit=BLANK)) if f.short else f for f in faults
            )
            return replace(way, points=nothing, faults=plain)
        case _:
            return replace(way, points=nothing)


def _name(one: Any) -> Text:  # noqa: ANN401 - an option, a part, a fault, a condition, an alternative
    name: Text = one.label if isinstance(one, Option) else one.text
    return name


def _said(one: Any) -> Text:  # noqa: ANN401 - as above
    match one:
        case Option():
            worth = points_text(one.points) or BLANK
            label = quoted(one.label)
            return Text(f"{label}{worth}", f"{label.en} {worth.en}")
        case Part():
            rule, points = one.way.rule_text(), figure(one.points)
            return Text(
                f"“{one.text}”（{points} 分；{rule}）", f"“{one.text.text('en')}” ({points}; {rule.text('en')})"
            )
        case Alternative():
            rule = one.way.rule_text()
            return Text(f"“{one.text}”（{rule}）", f"“{one.text.text('en')}” ({rule.text('en')})")
        case Deduction():
            return quoted(one.rule_text())
        case _:
            return quoted(_name(one))


def _within(where: Text, name: Text) -> Text:
    return Text(f"{where.zh}“{name.zh}”", f" of “{name.text('en')}”{where.en}")


def _count(count: int) -> Text:
    return Text(f"{count} 条", str(count))
