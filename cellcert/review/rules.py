"""What the first check looks at, what an expert judges, and where sheets lie too far apart."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cellcert.assessment.rules import Place
from cellcert.criteria.schema import Checklist, Item, Text
from cellcert.criteria.scorer import Sheet, experts_score


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """Figures of one item (or of the totals, key empty) further apart than the limit."""

    key: str
    lowest: Decimal
    highest: Decimal
    limit: Decimal


def places(checklist: Checklist) -> dict[Place, Text]:
    """Every place the first check looks at, in the order of the form, with what is asked there."""
    found: dict[Place, Text] = {("fact", fact.key): fact.ask for fact in checklist.facts}
    found |= {("indicator", indicator.key): indicator.name for indicator in checklist.indicators}
    found |= {("prerequisite", prerequisite.key): prerequisite.text for prerequisite in checklist.prerequisites}
    return found | {("item", item.key): item.text for item in checklist.items()}


def numbered(checklist: Checklist) -> dict[str, str]:
    """The number every item is known by: section and place in it; bonus and penalties by a letter."""
    numbers: dict[str, str] = {}
    for at, section in enumerate(checklist.sections, 1):
        numbers |= {item.key: f"{at}.{place}" for place, item in enumerate(section.items, 1)}
    bonus = checklist.bonus.items if checklist.bonus else ()
    numbers |= {item.key: f"A{place}" for place, item in enumerate(bonus, 1)}
    return numbers | {item.key: f"B{place}" for place, item in enumerate(checklist.penalties, 1)}


def sheet_answers(unit: Mapping[str, Any], judged: Mapping[str, Any]) -> dict[str, Any]:
    """An expert's answer sheet: facts, indicators and prerequisites of the unit, items as the expert saw them."""
    return {**unit, "items": dict(judged)}


def to_judge(checklist: Checklist, sheet: Sheet) -> Iterator[Item]:
    """The items an expert answers: something in them is for a person to judge, and they apply here."""
    off = {result.key for result in sheet.items if result.state == "not_applicable"}
    return (item for item in checklist.items() if experts_score(item) and item.key not in off)


def unscored(checklist: Checklist, sheet: Sheet) -> list[Item]:
    """What must still be scored before a sheet can be handed in."""
    missing = {gap.key for gap in sheet.missing if gap.kind == "item"}
    return [item for item in to_judge(checklist, sheet) if item.key in missing]


def discrepancies(
    points: Mapping[str, Sequence[Decimal]],
    possible: Mapping[str, Decimal],
    totals: Sequence[Decimal],
    *,
    item_limit: Decimal,
    total_limit: Decimal,
) -> list[Discrepancy]:
    """Items further apart than ``item_limit`` percent of their points, and totals than ``total_limit`` points."""
    found = []
    for key, given in points.items():
        limit = possible[key] * item_limit / 100
        if given and max(given) - min(given) > limit:
            found.append(Discrepancy(key, min(given), max(given), limit))
    if totals and max(totals) - min(totals) > total_limit:
        found.append(Discrepancy("", min(totals), max(totals), total_limit))
    return found
