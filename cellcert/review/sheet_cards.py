"""What the page of a score sheet says of each item, in plain values: drawn once while nothing of it changes."""

import json
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from cellcert.assessment.steps import Step, steps
from cellcert.criteria.schema import Checklist, Item
from cellcert.criteria.scorer import experts_score, score
from cellcert.review import actions, queries
from cellcert.review.check_rules import put_right
from cellcert.review.own_sheet import OwnSheet
from cellcert.review.sheet_fields import full, nothing


class Said(NamedTuple):
    """What somebody gave for an item: points, where it has any, and the answer; ``why``: of a correction."""

    points: Decimal | None
    answer: object
    why: str = ""


class First(NamedTuple):
    """What the expert gave alone, and the others without names, before a second round."""

    points: Decimal | str
    words: str
    others: Sequence[tuple[Decimal, str]]


class Card(NamedTuple):
    """One item; ``is_mine``: a person judges it; ``full``, ``nothing``: the fields that give all points and none."""

    number: str
    state: str
    points: Decimal
    possible: Decimal
    reason: str
    is_mine: bool
    answer: object
    words: str
    seen: str
    full: str
    nothing: str
    claim: Said | None
    right: Said | None
    first: First | None
    found: str
    note: str
    files: Sequence[Mapping[str, Any]]


Part = tuple[Step, list[tuple[Item, Card]]]


def parts_shown(
    session: Session,
    own: OwnSheet,
    files: Mapping[str, Sequence[Mapping[str, Any]]],
    given: Mapping[str, object],
    words: Mapping[str, Any],
    seen: Mapping[str, str],
    alone: str,
    language: str,
) -> list[Part]:
    """The parts of the page with the cards of their items; ``alone``: the one item shown, a second round shows its own.

    ``seen`` says of items shown before what was kept of them then.
    """
    mine = {item.key for item in own.judged}
    shown = {alone} if alone else mine if own.second and not own.is_handed_in else None
    results = {result.key: result for result in own.scored.items}
    claims, answers = _claims(own), own.revision.answers["items"]
    notes = own.revision.sheet["notes"] or {}
    rights, firsts = _rights(session, own), _firsts(session, own)
    found = {item["key"]: item.get("found", "") for item in own.second.items} if own.second else {}
    keys = _keys(own.checklist, own.off.names) if own.can_score else {}

    def card(number: str, item: Item) -> Card:
        key, result, is_mine = item.key, results[item.key], item.key in mine
        return Card(
            number, result.state, result.points, result.possible, result.reason.text(language), is_mine,
            given.get(key), words.get(key, ""), seen.get(f"item.{key}") or own.seen(key),
            *(keys.get(key, ("", "")) if is_mine else ("", "")),
            Said(claims.get(key), answers.get(key)) if is_mine else None,
            rights.get(key) if is_mine else None, firsts.get(key),
            found.get(key, ""), notes.get(f"item.{key}") or "", files.get(key, ()),
        )  # fmt: skip

    parts = [
        (step, [(item, card(number, item)) for number, item in step.items if shown is None or item.key in shown])
        for step in steps(own.checklist)
    ]
    return [part for part in parts if part[1] or shown is None]


def _claims(own: OwnSheet) -> dict[str, Decimal]:
    """The points the unit gave itself."""
    penalties = {item.key for item in own.checklist.penalties}
    return {
        line["key"]: line["points"]
        for line in own.revision.sheet["items"]
        if line["state"] == "scored" and line["key"] not in penalties
    }


def _rights(session: Session, own: OwnSheet) -> dict[str, Said]:
    """What the first check put right; it binds no expert."""
    findings = queries.findings_of(session, own.application, own.revision.number, "correct")
    found = {key: kept for (kind, key), kept in findings.items() if kind == "item"}
    if not found:
        return {}
    right = score(own.checklist, put_right(own.revision.answers, findings))
    results = {key: right.item(key) for key in found}
    return {
        key: Said(results[key].points if results[key].state == "scored" else None, kept.answer, kept.reason)
        for key, kept in found.items()
    }


def _firsts(session: Session, own: OwnSheet) -> dict[str, First]:
    if own.sheet is None or own.second is None or own.closed:
        return {}
    blind = own.sheet.blind
    others = actions.others_said(session, own.application, own.sheet)
    return {
        key: First(blind["points"].get(key, ""), blind["comments"].get(key, ""), said) for key, said in others.items()
    }


@lru_cache(maxsize=256)
def _keys(checklist: Checklist, away: Collection[str]) -> dict[str, tuple[str, str]]:
    """For each item the fields that give all points and none, for those who score by keyboard."""
    found = {}
    for item in filter(experts_score, checklist.items()):
        name = f"items.{item.key}"
        both = (full(item.way, name, away), nothing(item.way, name, away))
        found[item.key] = (json.dumps(both[0]) if both[0] else "", json.dumps(both[1]) if both[1] else "")
    return found
