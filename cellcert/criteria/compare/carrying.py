"""Last year's answers under a new edition: what still fits, what a person has to look at, what is gone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from cellcert.criteria import ways
from cellcert.criteria.answers import GROUPS, Answered
from cellcert.criteria.compare.comparing import Difference, differences
from cellcert.criteria.marking import Marking
from cellcert.criteria.schema import Checklist, Indicator, Input, Item
from cellcert.criteria.text import BLANK, Text

Place = tuple[str, str]  # group of an answer sheet, and key
GROUP_OF = {"fact": "facts", "indicator": "indicators", "prerequisite": "prerequisites", "item": "items"}


class Remark(NamedTuple):
    """Why somebody has to look at a place."""

    group: str
    key: str
    reason: Text


@dataclass(frozen=True, slots=True)
class Carried:
    """``kept`` mean the same, ``to_check`` still fit, ``dropped`` do not, ``new`` nobody was asked before."""

    answers: dict[str, dict[str, Any]]
    kept: tuple[Place, ...]
    to_check: tuple[Remark, ...]
    dropped: tuple[Remark, ...]
    new: tuple[Place, ...]


def carried(
    old: Checklist,
    new: Checklist,
    answers: Mapping[str, Any],
    *,
    years_later: int = 0,
    found: Sequence[Difference] | None = None,
) -> Carried:
    """The answers under ``new``; ``found``: the differences where they are known already. Never raises."""
    carrying = _Carrying(old, new, years_later, _reasons(differences(old, new) if found is None else found))
    given = {group: _group(answers, group) for group in GROUPS}
    carrying.drop_strangers(given)
    answered = carrying.facts_and_indicators(given)
    for prerequisite in new.prerequisites:
        value = given["prerequisites"].get(prerequisite.key)
        if value is not None:
            fits = isinstance(value, bool)
            carrying.keep(("prerequisites", prerequisite.key), value if fits else None)
    for item in new.items():
        value = given["items"].get(item.key)
        if value is not None:
            carrying.item(answered, item, value)
    return carrying.result()


def _group(answers: Mapping[str, Any], group: str) -> Mapping[str, Any]:
    found = answers.get(group) if isinstance(answers, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _reasons(found: Sequence[Difference]) -> dict[Place, Text]:
    """What was re-worded or re-scored at each place."""
    reasons: dict[Place, Text] = {}
    for one in found:
        if one.kind in {"re-worded", "re-scored"} and one.what in GROUP_OF:
            place, clauses = (GROUP_OF[one.what], one.key), one.clauses()
            before = reasons.get(place)
            reasons[place] = Text(f"{before}；{clauses}", f"{before.en}; {clauses.en}") if before else clauses
    return reasons


@dataclass(slots=True)
class _Carrying:
    old: Checklist
    new: Checklist
    years_later: int
    changed: Mapping[Place, Text]
    answers: dict[str, dict[str, Any]] = field(default_factory=lambda: {group: {} for group in GROUPS})
    kept: list[Place] = field(default_factory=list)
    to_check: list[Remark] = field(default_factory=list)
    dropped: list[Remark] = field(default_factory=list)

    def result(self) -> Carried:
        asked = [
            *(("facts", fact.key) for fact in self.new.facts),
            *(("indicators", one.key) for one in self.new.indicators),
            *(("prerequisites", one.key) for one in self.new.prerequisites),
            *(("items", item.key) for item in self.new.items() if not ways.is_computed(item.way)),
        ]
        before = _places(self.old)
        new = tuple(place for place in asked if place not in before)
        return Carried(self.answers, tuple(self.kept), tuple(self.to_check), tuple(self.dropped), new)

    def drop_strangers(self, given: Mapping[str, Mapping[str, Any]]) -> None:
        """What the new edition does not ask at all."""
        known = _places(self.new)
        for group, values in given.items():
            for key, value in values.items():
                if value is not None and (group, key) not in known:
                    self.drop((group, key), Text("新标准不再问这一条", "the new edition does not ask this any more"))

    def facts_and_indicators(self, given: Mapping[str, Mapping[str, Any]]) -> Answered:
        """Facts and indicators that fit; the answers everything else depends on."""
        figures: dict[str, tuple[Any, bool]] = {
            one.key: self._figures(one, given["indicators"][one.key])
            for one in self.new.indicators
            if given["indicators"].get(one.key) is not None
        }
        left = {
            "facts": {f.key: given["facts"][f.key] for f in self.new.facts if given["facts"].get(f.key) is not None},
            "indicators": {key: value for key, (value, _) in figures.items() if value is not None},
        }
        while True:
            answered = Answered(self.new, left)
            wrong = {fault.item_key for fault in answered.faults}
            fitting = {group: {k: v for k, v in values.items() if k not in wrong} for group, values in left.items()}
            if fitting == left:
                break
            left = fitting
        for fact in self.new.facts:
            if given["facts"].get(fact.key) is not None:
                self.keep(("facts", fact.key), left["facts"].get(fact.key))
        for key, (_, whole) in figures.items():
            self.keep(("indicators", key), left["indicators"].get(key), whole)
        return answered

    def item(self, answered: Answered, item: Item, value: object) -> None:
        """An item's answer, or as much of it as the new way can take."""
        if ways.is_computed(item.way):
            self.drop(("items", item.key), Text("新标准由指标计算，不用回答", "computed from indicators now"))
            return
        marking = Marking(answered, item.key)
        if fits(marking, item.way, value):
            self.keep(("items", item.key), value)
        else:
            self.keep(("items", item.key), _fitting(marking, item.way, value), whole=False)

    def keep(self, place: Place, value: object, whole: bool = True) -> None:
        """Keep an answer (``None``: it does not fit), and say where it has to be looked at."""
        changed = self.changed.get(place)
        years_passed = self.years_later > 0 and place[0] == "indicators"
        if value is None:
            reason = Text("原来的回答不适合新标准", "the earlier answer does not fit the new edition")
            if years_passed:
                reason = Text(
                    "是以前年度的数据，请填写新年度的", "these are figures of earlier years; give the new ones"
                )
            self.drop(place, _with(reason, changed))
            return
        self.answers[place[0]][place[1]] = value
        if not whole:
            partly = Text("只保留了适合新标准的部分", "only what fits the new edition was kept")
            if years_passed:
                partly = Text("只沿用年份相同的数据，其余请填写", "only the figures of the same years; give the others")
            self.to_check.append(Remark(*place, _with(partly, changed)))
        elif changed is not None:
            self.to_check.append(Remark(*place, changed))
        elif self.years_later and self._is_dated(place):
            stale = Text("这是以前年度的回答，请按今年的情况核对", "answered for earlier years; check it for this year")
            self.to_check.append(Remark(*place, stale))
        else:
            self.kept.append(place)

    def drop(self, place: tuple[str, object], reason: Text) -> None:
        self.dropped.append(Remark(place[0], str(place[1]), reason))

    def _is_dated(self, place: Place) -> bool:
        group, key = place
        match group:
            case "indicators" | "prerequisites":
                return True
            case "items":
                return self.new.item(key).period is not None
            case _:
                return False

    def _figures(self, indicator: Indicator, given: object) -> tuple[Any, bool]:
        """The figures of an indicator as the new edition asks for them, and whether all of them came along."""
        before = next((one for one in self.old.indicators if one.key == indicator.key), None)
        if not isinstance(given, Mapping) or before is None:
            return (given if before is None else None), True
        if self.years_later and indicator.period is not None and all(i.year is None for i in indicator.inputs):
            return None, False  # measured over other years
        figures: dict[str, object] = {}
        for one in indicator.inputs:
            source = self._source(one, before)
            if source is not None and given.get(source.key) not in (None, ""):
                figures[one.key] = given[source.key]
        answered = {key for key, value in given.items() if value not in (None, "")}
        return figures or None, len(figures) == len(answered)

    def _source(self, wanted: Input, before: Indicator) -> Input | None:
        """The input of the old edition that asked for the same figure: by key; of another year by name and unit."""
        same = next((one for one in before.inputs if one.key == wanted.key), None)
        if not self.years_later and same is not None and (same.year == wanted.year or None in (same.year, wanted.year)):
            return same  # a key keeps its meaning: an edition may only say which year it always was
        if wanted.year is None:
            # over the whole period: the same figure only where no year passed, or it is counted on the day
            return same if same is not None and same.year is None and not (self.years_later and before.period) else None
        year = wanted.year + self.years_later
        like = [one for one in before.inputs if one.year == year and one.unit == wanted.unit]
        return next((one for one in like if one.name == wanted.name or one.key == wanted.key), None)


def fits(marking: Marking, way: ways.Way, answer: object) -> bool:
    """Whether a way takes an answer."""
    faults = marking.answered.faults
    count = len(faults)
    try:
        marking.mark(way, answer)
    except (TypeError, ValueError):  # an answer no form could have sent
        return False
    fit = len(faults) == count
    del faults[count:]
    return fit


def _fitting(marking: Marking, way: ways.Way, answer: object) -> object:
    """The part of an answer that a way takes; ``None`` for nothing."""
    inner: Mapping[str, ways.Way] = {}
    match way:
        case ways.Parts(parts=parts):
            inner = {part.key: part.way for part in parts}
        case ways.AnyOf(ways=alternatives):
            inner = {alternative.key: alternative.way for alternative in alternatives}
        case ways.AtLeast(of=conditions) if isinstance(answer, list | tuple):
            known = [condition.key for condition in conditions if condition.key in answer]
            return known or None
        case ways.Deductions(faults=faults) if isinstance(answer, Mapping):
            # a fault that cannot be told any more is not “nothing found”
            known_faults = {f.key: answer[f.key] for f in faults if answer.get(f.key) is not None}
            left = {k: v for k, v in known_faults.items() if fits(marking, way, {k: v})}
            return left or None
    if not inner or not isinstance(answer, Mapping):
        return None
    found = {}
    for key, nested in inner.items():
        value = answer.get(key)
        if value is not None and not fits(marking, nested, value):
            value = _fitting(marking, nested, value)
        if value is not None:
            found[key] = value
    return found or None


def _places(checklist: Checklist) -> set[tuple[str, object]]:
    return {
        *(("facts", fact.key) for fact in checklist.facts),
        *(("indicators", one.key) for one in checklist.indicators),
        *(("prerequisites", one.key) for one in checklist.prerequisites),
        *(("items", item.key) for item in checklist.items()),
    }


def _with(reason: Text, changed: Text | None) -> Text:
    more = changed or BLANK
    return Text(f"{reason}：{more}", f"{reason.en}: {more.text('en')}") if more.zh else reason
