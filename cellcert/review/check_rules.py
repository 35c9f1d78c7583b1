"""What a reviewer finds at one place of the first check, what comes of it for the score, and how far the check is."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from cellcert.assessment.rules import Place
from cellcert.criteria.schema import Checklist
from cellcert.criteria.ways import is_computed
from cellcert.errors import N_
from cellcert.review.rules import GROUPS

CASE: Place = ("case", "case")  # where a note on the whole case is kept
VERDICTS: Mapping[str, str] = {"fine": N_("无问题"), "correct": N_("核正"), "return": N_("需补正")}
FILTERS: Mapping[str, str] = {
    "": N_("全部"),
    "open": N_("还没核对的"),
    "return": N_("需补正的"),
    "correct": N_("已核正的"),
    "changed": N_("本次修改的"),
    "files": N_("有材料的"),
}


@dataclass(frozen=True, slots=True)
class Found:
    """A verdict with its reason, and what it should be where the reviewer put it right; no verdict: not looked at."""

    verdict: str = ""
    reason: str = ""
    answer: Any = None


class Kept(Protocol):
    """A finding as the database has it."""

    verdict: str
    reason: str
    answer: Any


def found_in(kept: Kept | None) -> Found:
    """What is kept of a place."""
    return Found(kept.verdict, kept.reason, kept.answer) if kept else Found()


def seen_of(found: Found, note: str) -> str:
    """Tells a finding with one's own note from another: two who find the same do not disturb each other."""
    plain = json.dumps([found.verdict, found.reason, found.answer, note], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(plain.encode()).hexdigest()[:16]


def token_of(findings: Mapping[Place, Kept]) -> str:
    """Tells the findings of a case from any others."""
    every = sorted((place, seen_of(found_in(kept), "")) for place, kept in findings.items())
    return hashlib.sha256(repr(every).encode()).hexdigest()[:16]


def may_put_right(checklist: Checklist, place: Place) -> bool:
    """Whether a reviewer can say what it should be: what is computed is put right where its figures come from."""
    return place[0] != "item" or not is_computed(checklist.item(place[1]).way)


def put_right(answers: Mapping[str, Any], findings: Mapping[Place, Kept]) -> dict[str, Any]:
    """The unit's answers with those of the first check in their place."""
    right = {group: dict(given) if isinstance(given, Mapping) else given for group, given in answers.items()}
    for (kind, key), kept in findings.items():
        if kept.verdict == "correct" and kept.answer is not None and kind in GROUPS:
            right.setdefault(GROUPS[kind], {})[key] = kept.answer
    return right


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a first check is."""

    asked: int
    fine: int
    correct: int
    returned: int

    @property
    def done(self) -> int:
        return self.fine + self.correct + self.returned

    @property
    def left(self) -> int:
        return self.asked - self.done


def progress_of(asked: Collection[Place], findings: Mapping[Place, Kept]) -> Progress:
    """Verdicts at the places asked about; what was found elsewhere does not count."""
    given = [findings[place].verdict for place in asked if place in findings]
    return Progress(len(asked), given.count("fine"), given.count("correct"), given.count("return"))


def narrowed(
    asked: Iterable[Place],
    wish: str,
    findings: Mapping[Place, Kept],
    changed: Collection[Place],
    with_files: Collection[str],
) -> set[Place]:
    """The places a filter leaves."""
    match wish:
        case "open":
            return {place for place in asked if place not in findings}
        case "return" | "correct":
            return {place for place in asked if place in findings and findings[place].verdict == wish}
        case "changed":
            return {place for place in asked if place in changed}
        case "files":
            return {place for place in asked if place[1] in with_files and place[0] != "fact"}
        case _:
            return set(asked)
