"""A whole case scored again under a new edition: what it keeps, what it loses, and why."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from cellcert.criteria.compare.carrying import Carried, carried
from cellcert.criteria.compare.comparing import Difference, differences
from cellcert.criteria.schema import Checklist, Item, Level
from cellcert.criteria.scorer import AnswerFaults, Combine, Sheet, experts_score, score, settle
from cellcert.criteria.summing import lacking
from cellcert.criteria.text import Text, figure, joined

ZERO = Decimal(0)


class Cost(NamedTuple):
    """What costs a case: an item with the points it lost, or (0 points, key empty) what bars it from its level."""

    key: str
    text: Text
    points: Decimal


@dataclass(frozen=True, slots=True)
class Restated:
    """One case before and after.

    ``certain``: it falls even if everything asked for the first time were answered as well as can be;
    never where there are new facts or figures, because nobody knows what is best there.
    ``assumed``: judged items that are not scored by the experts' points any more, and what was taken in their place.
    """

    before: Sheet | None
    after: Sheet
    falls: bool
    certain: bool
    costs: tuple[Cost, ...]
    assumed: tuple[Text, ...]


def restated(
    old: Checklist,
    new: Checklist,
    answers: Mapping[str, Any],
    points: Mapping[str, Sequence[Decimal]] | None,
    combine: Combine,
    *,
    found: Sequence[Difference] | None = None,
) -> Restated:
    """The case under ``new``; ``points``: the experts' of a closed round, else the unit's own answers count."""
    if found is None:
        found = differences(old, new)
    before = _before(old, answers, points, combine)
    kept = carried(old, new, answers, found=found)
    changed = _judged_otherwise(old, new, found)
    # the unit's own sheet costs as much again as the final one: only where something of it counts
    own = score(new, kept.answers) if points is None or changed else None
    given: dict[str, Sequence[Decimal]] | None = None
    assumed: list[Text] = []
    if points is not None:
        given = {}
        for item, row, said in _points(new, points, own, kept, changed):
            given[item.key] = row
            if said is not None:
                assumed.append(Text(f"{item.text}：{said}", f"{item.text.text('en')}: {said.en}"))
    after = own if own is not None and given is None else settle(new, kept.answers, given or {}, combine)
    falls = _falls(old, new, before, after)
    return Restated(
        before,
        after,
        falls,
        certain=falls
        and not any(group in {"facts", "indicators"} for group, _ in kept.new)
        and (not kept.new or _falls(old, new, before, _at_best(new, kept, given or _own_points(new, after), combine))),
        costs=tuple(_costs(old, new, before, after)) if before is not None else (),
        assumed=tuple(assumed),
    )


def _before(
    old: Checklist, answers: Mapping[str, Any], points: Mapping[str, Sequence[Decimal]] | None, combine: Combine
) -> Sheet | None:
    try:
        return score(old, answers) if points is None else settle(old, answers, points, combine)
    except AnswerFaults:
        if points is not None:
            return None
        # a draft may hold answers its own edition cannot take: they do not count there either
        return score(old, carried(old, old, answers, found=()).answers)


def _judged_otherwise(old: Checklist, new: Checklist, found: Sequence[Difference]) -> dict[str, bool]:
    """The judged items whose rule is not the old one, and whether they are new."""
    judged = {item.key: item.kind for item in old.items() if experts_score(item)}
    changed = {one.key for one in found if one.what == "item" and one.kind == "re-scored"}
    return {
        item.key: item.key not in judged
        for item in new.items()
        if experts_score(item) and (item.key in changed or judged.get(item.key) != item.kind)
    }


def _points(
    new: Checklist,
    points: Mapping[str, Sequence[Decimal]],
    own: Sheet | None,
    kept: Carried,
    changed: Mapping[str, bool],
) -> Iterator[tuple[Item, Sequence[Decimal], Text | None]]:
    """Each judged item with the experts' points where its rule is the same, else with what the unit's answer earns."""
    results = {result.key: result for result in own.items} if own else {}
    for item in new.items():
        if not experts_score(item):
            continue
        if item.key not in changed:
            yield item, points.get(item.key, ()), None
        elif item.key in kept.answers["items"]:
            said = Text("计分有变，按单位自己的回答计", "scored otherwise now; the unit's own answer counts")
            yield item, [results[item.key].points], said
        elif item.kind != "item" or results[item.key].state == "not_applicable":
            yield item, (), None
        elif changed[item.key]:
            yield item, (), Text("新增，还没有回答，按 0 分计", "new and not answered yet: 0 points")
        else:
            yield item, (), Text("原来的回答不适合新规则，按 0 分计", "the earlier answer does not fit: 0 points")


def _own_points(new: Checklist, own: Sheet) -> dict[str, Sequence[Decimal]]:
    return {r.key: [r.points] for r in own.items if experts_score(new.item(r.key)) and r.state == "scored"}


def _at_best(new: Checklist, kept: Carried, given: Mapping[str, Sequence[Decimal]], combine: Combine) -> Sheet:
    """The sheet if every new question were answered as well as can be."""
    fresh = {key for group, key in kept.new if group == "prerequisites"}
    prerequisites = kept.answers["prerequisites"] | dict.fromkeys(fresh, True)
    answers = kept.answers | {"prerequisites": prerequisites}
    asked = {key for group, key in kept.new if group == "items"}
    best = {item.key: [item.points] for item in new.items() if item.key in asked and item.kind != "penalty"}
    return settle(new, answers, {**given, **best}, combine)


def _falls(old: Checklist, new: Checklist, before: Sheet | None, after: Sheet) -> bool:
    """Whether a level was reached and none is now, or a lower one."""
    held = before.level if before is not None else None
    if held is None:
        return False
    return after.level is None or _rank(new, after.level, old) > _rank(new, held, old)


def _rank(new: Checklist, level: Level, old: Checklist) -> int:
    # levels keep their keys; one that is gone stands where it stood, counted from the best
    keys = [one.key for one in new.levels]
    return keys.index(level.key) if level.key in keys else [one.key for one in old.levels].index(level.key)


def _costs(old: Checklist, new: Checklist, before: Sheet, after: Sheet) -> Iterator[Cost]:
    """What bars first, then the items that lost points, the largest loss first."""
    known = {reason.zh for reason in (*before.barred, *before.gates)}
    for reason in (*after.barred, *after.gates):
        if reason.zh not in known:
            yield Cost("", reason, ZERO)
    held = before.level
    if held is not None and not after.barred:
        wanted = next((level for level in new.levels if level.key == held.key), new.levels[-1])
        if lacks := lacking(new, after, wanted):
            name, row = wanted.name, joined(lacks, "、", ", ")
            yield Cost("", Text(f"未达到“{name}”：{row}", f"Does not reach “{name.text('en')}”: {row.en}"), ZERO)
    yield from sorted(_lost(old, new, before, after), key=lambda cost: -cost.points)


def _lost(old: Checklist, new: Checklist, before: Sheet, after: Sheet) -> Iterator[Cost]:
    was, now = ({result.key: result for result in sheet.items} for sheet in (before, after))
    for item in new.items():
        earlier, result = was.get(item.key), now[item.key]
        text, en, reason = item.text, item.text.text("en"), result.reason
        if earlier is None:
            if item.kind == "item" and result.points < result.possible:
                said = Text(f"新增“{text}”：{reason}", f"New “{en}”: {reason.text('en')}")
                yield Cost(item.key, said, result.possible - result.points)
        elif "not_applicable" not in (earlier.state, result.state) and result.points < earlier.points:
            fell = f"{figure(earlier.points)} → {figure(result.points)}"
            said = Text(f"{text}：{fell} 分（{reason}）", f"{en}: {fell} ({reason.text('en')})")
            yield Cost(item.key, said, earlier.points - result.points)
    for item in old.items():
        if item.key not in now and (lost := was[item.key].points) > 0:
            had, en = figure(lost), item.text.text("en")
            yield Cost(item.key, Text(f"删去“{item.text}”：原得 {had} 分", f"Dropped “{en}”: earned {had}"), lost)
