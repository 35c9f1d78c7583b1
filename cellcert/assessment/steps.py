"""The order in which a unit works through a checklist, one page each, and what of it is not asked."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cellcert.assessment.rules import Place
from cellcert.criteria.answers import Answered
from cellcert.criteria.schema import Checklist, Item, Text
from cellcert.criteria.ways import AnyOf, Deductions, Parts, Way

# A hyphen keeps these apart from the keys of sections.
FACTS, INDICATORS, PREREQUISITES, EXTRAS = "basic-facts", "indicator-data", "veto-items", "bonus-and-penalties"


@dataclass(frozen=True, slots=True)
class Step:
    """One page of the self-assessment; ``items`` carry the number they have on every page and on paper."""

    key: str
    title: Text
    places: tuple[Place, ...]
    items: tuple[tuple[str, Item], ...] = ()
    help: Text | None = None


@lru_cache(maxsize=64)
def steps(checklist: Checklist) -> tuple[Step, ...]:
    """Facts, indicators, prerequisites, each section, bonus and penalties: those the checklist has."""
    return tuple(step for step in _all(checklist) if step.places)


def numbers(checklist: Checklist) -> dict[str, str]:
    """Every item's number, by its key."""
    return {item.key: number for step in _all(checklist) for number, item in step.items}


@lru_cache(maxsize=64)
def names(checklist: Checklist) -> Mapping[Place, Text]:
    """What every place asks, in the order of the pages."""
    asked: dict[Place, Text] = {("fact", one.key): one.ask for one in checklist.facts}
    asked |= {("indicator", one.key): one.name for one in checklist.indicators}
    asked |= {("prerequisite", one.key): one.text for one in checklist.prerequisites}
    return asked | {("item", one.key): one.text for one in checklist.items()}


def _all(checklist: Checklist) -> Iterator[Step]:
    yield Step(FACTS, Text("单位情况", "About the unit"), tuple(("fact", fact.key) for fact in checklist.facts))
    yield Step(
        INDICATORS, Text("指标数据", "Measured figures"), tuple(("indicator", one.key) for one in checklist.indicators)
    )
    yield Step(
        PREREQUISITES,
        Text("前置条件", "Prerequisites"),
        tuple(("prerequisite", one.key) for one in checklist.prerequisites),
    )
    for part, section in enumerate(checklist.sections, 1):
        yield _of_items(section.key, section.title, section.items, str(part), section.help)
    bonus = checklist.bonus.items if checklist.bonus else ()
    title = {
        (True, True): Text("加分项和扣分项", "Bonus and penalties"),
        (True, False): Text("加分项", "Bonus"),
        (False, True): Text("扣分项", "Penalties"),
        (False, False): Text(""),
    }[bool(bonus), bool(checklist.penalties)]
    last = len(checklist.sections) + 1
    yield _of_items(EXTRAS, title, (*bonus, *checklist.penalties), str(last))


def _of_items(key: str, title: Text, items: tuple[Item, ...], part: str, help: Text | None = None) -> Step:
    numbered = tuple((f"{part}.{line}", item) for line, item in enumerate(items, 1))
    return Step(key, title, tuple(("item", item.key) for item in items), numbered, help)


@dataclass(frozen=True, slots=True)
class NotAsked:
    """What the unit's own facts make superfluous: whole places, and the names of parts inside items."""

    places: frozenset[Place]
    names: frozenset[str]


def not_asked(checklist: Checklist, answers: Mapping[str, Any]) -> NotAsked:
    """Everything whose ``applies_if`` is known not to hold; conditions speak of facts and measured figures alone."""
    told = json.dumps([answers.get("facts", {}), answers.get("indicators", {})], sort_keys=True, default=str)
    return _not_asked(checklist, told)


@lru_cache(maxsize=1024)
def _not_asked(checklist: Checklist, told: str) -> NotAsked:
    """Kept for each set of facts and figures: while a unit fills in the rest, nothing of it changes."""
    facts, indicators = json.loads(told)
    answered = Answered(checklist, {"facts": facts, "indicators": indicators})
    conditions: list[tuple[Place, str | None]] = [
        *((("indicator", one.key), one.applies_if) for one in checklist.indicators),
        *((("prerequisite", one.key), one.applies_if) for one in checklist.prerequisites),
        *((("item", one.key), one.applies_if) for one in checklist.items()),
    ]
    places = frozenset(place for place, condition in conditions if answered.holds(condition) is False)
    names = frozenset(
        name
        for item in checklist.items()
        for name, condition in _inner(item.way, f"items.{item.key}")
        if answered.holds(condition) is False
    )
    return NotAsked(places, names)


def _inner(way: Way, name: str) -> Iterator[tuple[str, str | None]]:
    match way:
        case Parts(parts=parts):
            for part in parts:
                yield f"{name}.{part.key}", part.applies_if
                yield from _inner(part.way, f"{name}.{part.key}")
        case AnyOf(ways=ways):
            for alternative in ways:
                yield from _inner(alternative.way, f"{name}.{alternative.key}")
        case Deductions(faults=faults):
            yield from ((f"{name}.{fault.key}", fault.applies_if) for fault in faults)
