"""What a new edition changes: each difference typed, and said in a plain sentence."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from cellcert.criteria.compare.changes import SCORED, WORDED, Change, Words, points_text, quoted
from cellcert.criteria.compare.line_changes import Line, day_or_period, line_changes
from cellcert.criteria.schema import (
    Bonus,
    Checklist,
    Fact,
    Indicator,
    Item,
    Level,
    Prerequisite,
    Section,
)
from cellcert.criteria.text import BLANK, Text, joined

Kind = Literal["added", "removed", "moved", "re-worded", "re-scored"]
What = Literal["sheet", "fact", "indicator", "prerequisite", "section", "item", "bonus", "level"]

NOUNS: Mapping[str, Text] = {
    "sheet": Text("标准", "the checklist"),
    "fact": Text("单位情况", "fact"),
    "indicator": Text("指标", "indicator"),
    "prerequisite": Text("前置条件", "prerequisite"),
    "section": Text("部分", "section"),
    "item": Text("条目", "item"),
    "bonus": Text("加分", "bonus"),
    "level": Text("等级", "level"),
}
BONUS, PENALTIES = Text("加分项", "bonus items"), Text("扣分项", "penalties")


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: a line came, went, moved (``before`` and ``after`` say where), or reads or scores differently."""

    kind: Kind
    what: What
    key: str
    name: Text
    before: Text | None = None
    after: Text | None = None
    changes: tuple[Change, ...] = ()

    @property
    def noun(self) -> Text:
        """What kind of line it is."""
        return NOUNS[self.what]

    def sentence(self) -> Text:
        """In plain words."""
        noun, name = self.noun, quoted(self.name)
        match self.kind:
            case "added":
                more = _bracketed(self.after)
                return Text(f"新增{noun}{name}{more}", f"New {noun.en} {name.en}{more.en}")
            case "removed":
                more = _bracketed(self.before)
                return Text(f"删去{noun}{name}{more}", f"Dropped {noun.en} {name.en}{more.en}")
            case "moved" if self.before == self.after:
                where = quoted(self.after) if self.after else None
                inside = Text(f"在{where}内", f" within {where.en}") if where else BLANK
                return Text(f"{noun}{name}{inside}调整了顺序", f"{name.en} stands in another order{inside.en}")
            case "moved":
                out, into = (
                    quoted(place) if place else Text("单列", "a list of its own") for place in (self.before, self.after)
                )
                return Text(f"{noun}{name}由{out}移到{into}", f"{name.en} moved from {out.en} to {into.en}")
            case _:
                clauses = self.clauses()
                return Text(f"{self.name}：{clauses}", f"{self.name.text('en')}: {clauses.en}")

    def clauses(self) -> Text:
        """What changed, without the name."""
        return joined(change.clause() for change in self.changes)


def _bracketed(text: Text | None) -> Text:
    return Text(f"（{text}）", f" ({text.text('en')})") if text and text.zh else BLANK


@dataclass(frozen=True, slots=True)
class _Line:
    what: What
    key: str
    place: str
    where: Text | None
    line: Line

    @property
    def id(self) -> tuple[str, str]:
        return self.what, self.key


def differences(old: Checklist, new: Checklist) -> tuple[Difference, ...]:
    """Every difference, in the order of the new file; what was dropped stands where it stood."""
    before, after = list(_lines(old)), list(_lines(new))
    was, now = {line.id: line for line in before}, {line.id: line for line in after}
    gone: dict[tuple[str, str], list[_Line]] = {}
    anchor = before[0].id
    for line in before:
        if line.id in now:
            anchor = line.id
        else:
            gone.setdefault(anchor, []).append(line)
    moved = _moved(was, now)
    words = Words.of(old), Words.of(new)
    found: list[Difference] = []
    for line in after:
        if line.id not in was:
            found.append(Difference("added", line.what, line.key, _name(line), after=_detail(line)))
        else:
            found += _changed(was[line.id], line, line.id in moved, *words)
        found += [
            Difference("removed", dropped.what, dropped.key, _name(dropped), before=_detail(dropped))
            for dropped in gone.get(line.id, ())
        ]
    return tuple(found)


def _lines(checklist: Checklist) -> Iterator[_Line]:
    yield _Line("sheet", "", "", None, checklist)
    yield from (_Line("fact", fact.key, "", None, fact) for fact in checklist.facts)
    yield from (_Line("indicator", one.key, "", None, one) for one in checklist.indicators)
    titles = {section.key: section.title for section in checklist.sections}
    for one in checklist.prerequisites:
        yield _Line("prerequisite", one.key, one.section or "", titles.get(one.section or ""), one)
    for section in checklist.sections:
        yield _Line("section", section.key, "", None, section)
        yield from (_Line("item", item.key, f"section {section.key}", section.title, item) for item in section.items)
    if checklist.bonus:
        yield _Line("bonus", "", "", None, checklist.bonus)
        yield from (_Line("item", item.key, "bonus", BONUS, item) for item in checklist.bonus.items)
    yield from (_Line("item", item.key, "penalties", PENALTIES, item) for item in checklist.penalties)
    yield from (_Line("level", level.key, "", None, level) for level in checklist.levels)


def _moved(was: Mapping[tuple[str, str], _Line], now: Mapping[tuple[str, str], _Line]) -> set[tuple[str, str]]:
    """Lines in another place, and the fewest that account for another order among those that stayed."""
    position = {id_: number for number, id_ in enumerate(was)}
    stayed: dict[tuple[str, str], list[tuple[str, str]]] = {}
    moved = set()
    for id_, line in now.items():
        if id_ in was and was[id_].place == line.place:
            stayed.setdefault((line.what, line.place), []).append(id_)
        elif id_ in was:
            moved.add(id_)
    for ids in stayed.values():
        kept = _longest_rising([position[id_] for id_ in ids])
        moved |= {id_ for id_ in ids if position[id_] not in kept}
    return moved


def _longest_rising(numbers: Sequence[int]) -> set[int]:
    tails: list[int] = []
    before: dict[int, int | None] = {}
    for number in numbers:
        at = bisect_left(tails, number)
        before[number] = tails[at - 1] if at else None
        tails[at : at + 1] = [number]
    kept: set[int] = set()
    last = tails[-1] if tails else None
    while last is not None:
        kept.add(last)
        last = before[last]
    return kept


def _name(line: _Line) -> Text:
    match line.line:
        case Checklist():
            return Text("整份标准", "The checklist")
        case Bonus():
            return BONUS
        case Fact(ask=name) | Indicator(name=name) | Prerequisite(text=name) | Section(title=name):
            return name
        case Item(text=name) | Level(name=name):
            return name


def _detail(line: _Line) -> Text | None:
    """What a line that came or went is worth."""
    match line.line:
        case Item() as item:
            rule = item.rule_text()
            place = quoted(line.where or BLANK)
            points = points_text(item.points) if item.kind != "penalty" else None
            worth = Text(f"，{points}", f", {points.en}") if points else BLANK
            return Text(f"{place}{worth}；{rule}", f"{place.en}{worth.en}; {rule.text('en')}")
        case Section(points=points_) | Level(total=points_) | Bonus(cap=points_):
            return points_text(points_)
        case Indicator() as indicator:
            return day_or_period(indicator.period)
        case _:
            return None


def _changed(before: _Line, after: _Line, moved: bool, old: Words, new: Words) -> Iterator[Difference]:
    if moved:
        yield Difference("moved", after.what, after.key, _name(after), before=before.where, after=after.where)
    if before.line == after.line:
        return
    changes = line_changes(before.line, after.line, old, new)
    for effect in (WORDED, SCORED):
        if found := changes.of(effect):
            yield Difference(effect, after.what, after.key, _name(after), changes=found)
