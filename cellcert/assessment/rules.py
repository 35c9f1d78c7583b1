"""What is missing and what changed, what a submission freezes and its head confirms, and until when it is taken."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from cellcert import clock
from cellcert.criteria.programme import Batch, Programme
from cellcert.criteria.schema import Checklist, Text
from cellcert.criteria.scorer import Sheet
from cellcert.criteria.text import figure
from cellcert.evidence.rules import SIGNED_LETTER
from cellcert.ledger.rules import Figures

Place = tuple[str, str]  # kind and key of an answer
COMMITMENT: Place = ("commitment", "commitment")
WITH_FILES = frozenset({"item", "prerequisite"})  # kinds of place that files are attached to


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that must be there before submission."""

    kind: str
    key: str
    text: Text
    wants: str  # answer | evidence | reason | confirm


def gaps(checklist: Checklist, sheet: Sheet, with_evidence: Collection[str]) -> list[Gap]:
    """Everything missing, in the order of the form: answers, then the files of mandatory items."""
    found = [Gap(missing.kind, missing.key, missing.text, "answer") for missing in sheet.missing]
    applies = {result.key for result in sheet.items if result.state != "not_applicable"}
    return found + [
        Gap("item", item.key, item.text, "evidence")
        for item in checklist.items()
        if item.required and item.evidence and item.key in applies and item.key not in with_evidence
    ]


def differs(figures: Figures, indicator: str, key: str, given: object) -> bool:
    """Whether an input was typed otherwise than the unit's ledger says."""
    said = figures.get(indicator, {}).get(key)
    return said is not None and given is not None and Decimal(str(given)) != said.value


def unexplained(
    checklist: Checklist,
    figures: Figures,
    indicators: Mapping[str, Any],
    notes: Mapping[str, str],
    asked: Collection[Place],
) -> list[Gap]:
    """Figures typed otherwise than the ledger says, where the unit may and does not say why."""
    return [
        Gap(
            "indicator",
            indicator.key,
            Text(
                f"“{indicator.name}”有数据与固废台账不同，请说明原因",
                f"“{indicator.name.text('en')}” differs from the waste ledger: say why",
            ),
            "reason",
        )
        for indicator in checklist.indicators
        if ("indicator", indicator.key) in asked
        and not notes.get(f"indicator.{indicator.key}", "").strip()
        and any(
            differs(figures, indicator.key, key, given) for key, given in (indicators.get(indicator.key) or {}).items()
        )
    ]


def to_keep(figures: Figures, indicators: Mapping[str, Any]) -> dict[str, Any]:
    """What the ledger said when the answers were handed in, and where another figure was given."""
    return {
        indicator: {
            key: {
                "figure": figure(said.value),
                "missing": [list(month) for month in said.missing],
                "differs": differs(figures, indicator, key, (indicators.get(indicator) or {}).get(key)),
            }
            for key, said in inputs.items()
        }
        for indicator, inputs in figures.items()
    }


@dataclass(frozen=True, slots=True)
class Said:
    """What an application says at one moment: answers, words by place, files as a manifest lists them."""

    answers: Mapping[str, Mapping[str, Any]]
    notes: Mapping[str, str]
    files: Iterable[Mapping[str, Any]]

    def at(self, place: Place) -> tuple[Any, str, list[Mapping[str, Any]]]:
        """The answer, the words and the files of one place."""
        kind, key = place
        files = [file for file in self.files if file["item"] == key] if kind in WITH_FILES else []
        return self.answers.get(f"{kind}s", {}).get(key), self.notes.get(f"{kind}.{key}", ""), files


@dataclass(frozen=True, slots=True)
class Change:
    """One place that says something else than before."""

    place: Place
    before: tuple[Any, str, list[Mapping[str, Any]]]  # answer, words, files
    after: tuple[Any, str, list[Mapping[str, Any]]]


def changed(order: Iterable[Place], before: Said, after: Said) -> list[Change]:
    """The places whose answer, words or files differ, in the order given."""
    found = []
    for place in order:
        was, now = before.at(place), after.at(place)
        if (was[0], was[1], _shown(was[2])) != (now[0], now[1], _shown(now[2])):
            found.append(Change(place, was, now))
    return found


def _shown(files: Iterable[Mapping[str, Any]]) -> list[tuple[object, object, object]]:
    return [(file["sha256"], file["name"], file.get("caption", "")) for file in files]


FROZEN = ("notes", "commitment", "ledger")  # parts of a revision's sheet that its manifest covers


def manifest_hash(
    answers: Mapping[str, object], evidence: Iterable[Mapping[str, object]], sheet: Mapping[str, object] | None = None
) -> str:
    """One figure over everything that was submitted; ``sheet`` names under ``frozen`` what else it covers."""
    kept = sheet or {}
    named = kept.get("frozen", ())
    also = {str(part): kept.get(str(part)) for part in named} if isinstance(named, list | tuple) else {}
    return _hash({"answers": answers, "evidence": list(evidence), **also})


def same_name(one: str, other: str) -> bool:
    """Whether two spellings are one person's name: blanks tell nothing."""
    return "".join(one.split()) == "".join(other.split())


def covered(
    letter: Iterable[Text],
    answers: Mapping[str, object],
    notes: Mapping[str, str],
    evidence: Iterable[Mapping[str, object]],
) -> str:
    """What a commitment is given for: the letter and everything the application says; not the signed paper itself."""
    files = [
        [file["item"], file["name"], file["caption"], file["sha256"]]
        for file in evidence
        if file["item"] != SIGNED_LETTER
    ]
    return _hash({"letter": [one.zh for one in letter], "answers": answers, "notes": notes, "files": files})


def _hash(whole: object) -> str:
    plain = json.dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(plain.encode()).hexdigest()


def code_of(hash: str) -> str:
    """The first figures of a hash as people compare them on paper: ``1A2B-3C4D``."""
    return f"{hash[:4]}-{hash[4:8]}".upper()


@dataclass(frozen=True, slots=True)
class Commitment:
    """What the head of a unit confirmed, beside what stands there now."""

    covers: str  # fingerprint of what would be confirmed now
    given: Mapping[str, Any]  # way, name, at, covers and files as they were confirmed; empty: never
    scans: tuple[str, ...]  # SHA-256 of the signed papers that are there

    @property
    def stands(self) -> bool:
        """Whether the head confirmed just this, and the signed paper, if that was the way, is still there."""
        return self.given.get("covers") == self.covers and set(self.given.get("files", ())) <= set(self.scans)

    @property
    def is_overtaken(self) -> bool:
        """Whether it was confirmed, but something was changed since."""
        return bool(self.given.get("covers")) and not self.stands

    @property
    def confirmed_at(self) -> datetime | None:
        return datetime.fromisoformat(self.given["at"]) if self.given else None

    @property
    def code(self) -> str:
        return code_of(self.covers)


@dataclass(frozen=True, slots=True)
class Window:
    """Until when a unit may hand in."""

    last_day: date
    days_left: int  # whole days between today and the last day; 0: today, negative: over
    is_open: bool
    is_in_grace: bool  # past the last midnight, within the minutes that are granted
    grace_minutes: int
    is_mending: bool  # after a return, not of a batch
    following: Batch | None = None  # the batch that is open when this one is over, or the next to open
    following_is_open: bool = False


def window(
    at: datetime, last_day: date, programme: Programme, *, is_mending: bool = False, ends_at: datetime | None = None
) -> Window:
    """How long there is still time to hand in."""
    today = clock.day_of(at, programme.time_zone)
    ends_at = ends_at or clock.end_of(last_day, programme.time_zone)
    following = programme.batch_from(today)
    return Window(
        last_day=last_day,
        days_left=(last_day - today).days,
        is_open=at <= ends_at + timedelta(minutes=programme.grace_minutes),
        is_in_grace=ends_at < at <= ends_at + timedelta(minutes=programme.grace_minutes),
        grace_minutes=programme.grace_minutes,
        is_mending=is_mending,
        following=following,
        following_is_open=following is not None and following.opens <= today,
    )
