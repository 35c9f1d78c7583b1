"""What a unit still lacks (还差什么): where points could be won and how, and what the next level asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from cellcert.criteria.answers import Answered
from cellcert.criteria.marking import Marking
from cellcert.criteria.schema import Checklist, Level
from cellcert.criteria.scorer import Sheet, score
from cellcert.criteria.summing import lacking
from cellcert.criteria.text import Text, figure, joined, measured, spaced
from cellcert.criteria.ways import (
    AnyOf,
    AtLeast,
    Choice,
    Deductions,
    Judged,
    Linear,
    Parts,
    Shortfall,
    Tiers,
    Way,
    YesNo,
    best,
)

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Gain:
    """Points an item could still earn, and how."""

    key: str
    points: Decimal
    how: Text


def gains(checklist: Checklist, answers: Mapping[str, Any], sheet: Sheet | None = None) -> list[Gain]:
    """The items where points could still be won, the largest gain first; raises ``AnswerFaults``."""
    sheet = sheet or score(checklist, answers)
    answered = Answered(checklist, answers)
    left = checklist.bonus.cap - sheet.bonus if checklist.bonus else ZERO
    given = answered.group("items")
    won = []
    for item, result in zip(checklist.items(), sheet.items, strict=True):
        gain = min(result.possible - result.points, left if item.kind == "bonus" else result.possible)
        if gain > 0 and result.state != "not_applicable":
            advice = _Advice(answered, Marking(answered, item.key))
            won.append(Gain(item.key, gain, advice.how(item.way, given.get(item.key))))
    return sorted(won, key=lambda gain: -gain.points)


def next_level(checklist: Checklist, sheet: Sheet) -> tuple[Level, tuple[Text, ...]] | None:
    """The level above the one reached, and everything it asks for that is not there; vetoes come first."""
    better = checklist.levels
    if sheet.level is not None:
        better = better[: better.index(sheet.level)]
    if not better:
        return None
    return better[-1], (*sheet.barred, *lacking(checklist, sheet, better[-1]))


@dataclass(frozen=True, slots=True)
class _Advice:
    answered: Answered
    marking: Marking

    def how(self, way: Way, answer: object) -> Text:
        """One sentence: what would earn the points this answer does not."""
        match way:
            case Tiers() | Linear() | Shortfall():
                return self._measured(way)
            case YesNo():
                return Text("做到“符合”", "meet it")
            case Choice(options=options):
                top = max(options, key=lambda option: option.best)
                return Text(f"达到“{top.label}”", f"reach “{top.label.text('en')}”")
            case Parts():
                return self._parts(way, answer)
            case Deductions():
                return self._deductions(way, answer)
            case AtLeast():
                return _at_least(way, answer)
            case AnyOf(ways=ways):
                given = answer if isinstance(answer, Mapping) else {}
                now = self.marking.mark(way, answer).points
                rows = [
                    Text(f"{one.text}：{how}", f"{one.text.text('en')}: {how.text('en')}")
                    for one in ways
                    if best(one.way) > now  # another, done in full, would add nothing
                    for how in [self.how(one.way, given.get(one.key))]
                ]
                return joined(rows, "，或者", ", or ")
            case Judged(points=points):
                return Text(f"由评审人评定，最高 {figure(points)} 分", f"as judged, {figure(points)} at most")

    def _measured(self, way: Tiers | Linear | Shortfall) -> Text:
        result = self.answered.indicators[way.indicator]
        if result.value is None:
            name = result.name
            return Text(f"填写“{name}”的数据", f"give the figures of “{name.text('en')}”")
        match way:
            case Tiers(steps=steps):
                now = self.marking.mark(way, None).points
                better = [step for step in reversed(steps) if step.points > now]
                rows = [
                    Text(f"{limit} 得 {figure(step.points)} 分", f"{limit.en}: {figure(step.points)} points")
                    for step in (better[:1] if len(better) == 1 else [better[0], better[-1]])
                    for limit in [way.limit_text(step)]
                ]
                return joined(rows, "，", ", ")
            case Linear(start=start, end=end):
                top = max((start, end), key=lambda mark: mark.points)
                at = measured(top.value, way.unit)
                return Text(f"达到 {at}", f"reach {at.en}")
            case Shortfall(target=target):
                word = ("不低于", "no less than") if way.direction == "at_least" else ("不高于", "no more than")
                at = measured(target, way.unit)
                return Text(f"{word[0]} {spaced(at.zh)}就不扣分", f"{word[1]} {at.en} loses nothing")

    def _parts(self, way: Parts, answer: object) -> Text:
        given = answer if isinstance(answer, Mapping) else {}
        rows = []
        for part in way.parts:
            if self.answered.holds(part.applies_if) is False:
                continue
            mark = self.marking.mark(part.way, given.get(part.key))
            short = Fraction(part.points) - Fraction(mark.points)
            if mark.state != "not_applicable" and short > 0:
                rows.append(Text(f"{part.text}（{figure(short)} 分）", f"{part.text.text('en')} ({figure(short)})"))
        return joined(rows)

    def _deductions(self, way: Deductions, answer: object) -> Text:
        if answer is None and not all(fault.short for fault in way.faults):
            return Text("检查后填写，没有发现问题得满分", "check and answer; nothing found earns all")
        if (nothing := self.marking.not_measured(way)).zh:
            return nothing
        _, clauses, _ = self.marking.lost(way, answer if answer is not None else {})
        rows = joined(clauses)
        return Text(f"改正：{rows}", f"put right: {rows.en}")


def _at_least(way: AtLeast, answer: object) -> Text:
    met = set(answer) if isinstance(answer, list | tuple | set | frozenset) else set()
    left = joined(condition.text for condition in way.of if condition.key not in met)
    more = way.count - len(met)
    return Text(f"再做到 {more} 条：{left}", f"{more} more of: {left.en}")
