"""What the first check looks at, what an expert judges, and where sheets lie too far apart."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from cellcert.assessment.rules import Place
from cellcert.assessment.steps import NotAsked, numbers, steps
from cellcert.criteria.schema import Checklist, Item, Text
from cellcert.criteria.scorer import Sheet, experts_score
from cellcert.errors import N_

GROUPS = {"fact": "facts", "indicator": "indicators", "prerequisite": "prerequisites", "item": "items"}


class Hindrance(StrEnum):
    """Why somebody cannot sit on a case, beside what ties the person to the unit."""

    NOT_IN_POOL = "not-in-pool"
    OTHER_FIELD = "other-field"
    ADVISED = "advised"
    LEFT = "left"

    @property
    def label(self) -> str:
        return HINDRANCES[self]


HINDRANCES = {
    Hindrance.NOT_IN_POOL: N_("目前不是在册专家"),
    Hindrance.OTHER_FIELD: N_("专业范围不含这一类别"),
    Hindrance.ADVISED: N_("已对本案办理初审或提出意见"),
    Hindrance.LEFT: N_("已退出本案评审"),
}


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """Figures of one item (or of the totals, key empty) further apart than the limit."""

    key: str
    lowest: Decimal
    highest: Decimal
    limit: Decimal


def to_look_at(checklist: Checklist, off: NotAsked) -> list[Place]:
    """Every place the first check gives a verdict on, in the order of the form."""
    return [place for step in steps(checklist) for place in step.places if place not in off.places]


def place_title(checklist: Checklist, place: Place) -> Text:
    """What is asked at a place; items with their number."""
    kind, key = place
    match kind:
        case "fact":
            return checklist.fact(key).ask
        case "indicator":
            return checklist.indicator(key).name
        case "prerequisite":
            return next(one.text for one in checklist.prerequisites if one.key == key)
        case _:
            number, text = numbers(checklist)[key], checklist.item(key).text
            return Text(f"{number} {text.zh}", f"{number} {text.text('en')}")


def changed_places(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[Place]:
    """The places whose answers differ between two submissions."""
    return {
        (kind, key)
        for kind, group in GROUPS.items()
        for key in {*before.get(group, {}), *after.get(group, {})}
        if before.get(group, {}).get(key) != after.get(group, {}).get(key)
    }


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


def to_settle(
    apart: Sequence[Discrepancy], points: Mapping[str, Sequence[Decimal]], judged: Collection[str]
) -> list[str]:
    """The items of a second round: those too far apart; where the totals alone are, every item that differs at all."""
    items = [gap.key for gap in apart if gap.key in judged]
    if items or not apart:
        return items
    return [key for key, given in points.items() if key in judged and given and min(given) != max(given)]


def unexplained(
    keys: Collection[str],
    answers: Mapping[str, Any],
    comments: Mapping[str, str],
    blind: Mapping[str, Any],
) -> list[str]:
    """The items somebody changed in the second round without a new reason."""
    return [
        key
        for key in keys
        if answers.get(key) != blind["answers"].get(key)
        and comments.get(key, "") in {"", blind["comments"].get(key, "")}
    ]


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
