"""What is looked at on site, what a finding may say, and what is signed: pure."""

import hashlib
import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cellcert.assessment.rules import Place
from cellcert.assessment.steps import NotAsked, numbers, steps
from cellcert.criteria.schema import Checklist, Item, Prerequisite
from cellcert.errors import N_, Unusable

MOST_CHECKED = 999
LONGEST_LINE = 20_000
FIELD = (600, 200)  # where a signature is drawn
LINE = re.compile(r"(?:[ML](\d{1,3}) (\d{1,3}))+")
KEY = re.compile(r"[0-9a-zA-Z-]{8,64}")
VERDICTS = {"same": N_("与申报一致"), "differs": N_("与申报不符"), "unseen": N_("未能查看")}
TAKEN_FROM = {
    "camera": N_("照片自带的拍摄时间"),
    "phone": N_("手机记录的时间"),
    "upload": N_("照片没有拍摄时间，为上传时间"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to look at: an item or a prerequisite."""

    place: Place
    number: str
    thing: Item | Prerequisite

    @property
    def key(self) -> str:
        return self.place[1]

    @property
    def item(self) -> Item | None:
        return self.thing if isinstance(self.thing, Item) else None

    @property
    def planned(self) -> int | None:
        """How many are to be counted."""
        return self.thing.sample.size if isinstance(self.thing, Item) and self.thing.sample else None


def lines(checklist: Checklist, off: NotAsked) -> Iterator[Line]:
    """Every item and prerequisite that applies here, in the order of the checklist."""
    number = numbers(checklist)
    prerequisites = {one.key: one for one in checklist.prerequisites}
    for place in (place for step in steps(checklist) for place in step.places if place not in off.places):
        kind, key = place
        if kind == "prerequisite":
            yield Line(place, number.get(key, ""), prerequisites[key])
        elif kind == "item":
            yield Line(place, number[key], checklist.item(key))


def is_for_site(line: Line) -> bool:
    """Whether the criteria send somebody to look."""
    return "site" in line.thing.check


def to_visit(checklist: Checklist, off: NotAsked, asked: Collection[str]) -> list[Line]:
    """What is looked at: the items marked for it, and those asked for."""
    return [line for line in lines(checklist, off) if is_for_site(line) or line.key in asked]


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody found on one item; ``checked`` were looked at, ``passing`` of them are in order."""

    verdict: str = ""
    what: str = ""
    suggestion: str = ""
    checked: int | None = None
    passing: int | None = None

    @property
    def is_empty(self) -> bool:
        return self == Said()


def read_said(given: Mapping[str, str], planned: int | None) -> Said:
    """A finding as it was sent, or a sentence that says what to put right."""
    verdict = given.get("verdict", "")
    what, suggestion = (" ".join(given.get(name, "").split()) for name in ("what", "suggestion"))
    if verdict not in {"", *VERDICTS}:
        raise Unusable(N_("请选择“与申报一致”“与申报不符”或“未能查看”。"))
    if verdict == "differs" and not what:
        raise Unusable(N_("请写明哪里与申报不符。"))
    if verdict == "unseen" and not what:
        raise Unusable(N_("请写明为什么未能查看。"))
    if max(len(what), len(suggestion)) > 1000:
        raise Unusable(N_("请控制在 1000 字以内。"))
    checked, passing = (None, None) if planned is None else _counts(given)
    return Said(verdict, what, suggestion, checked, passing)


def _counts(given: Mapping[str, str]) -> tuple[int | None, int | None]:
    checked, passing = (given.get(name, "").strip() for name in ("checked", "passing"))
    if not passing:
        return None, None
    are_numbers = all(typed.isdecimal() and len(typed) <= 9 for typed in (checked, passing))
    if not (are_numbers and int(passing) <= int(checked) <= MOST_CHECKED):
        raise Unusable(N_("合格数应是 0 到抽查数之间的整数，抽查数不超过 {most}。"), most=MOST_CHECKED)
    return int(checked), int(passing)


def read_line(line: str) -> str:
    """A signature as an SVG path inside its field, or a refusal."""
    line = line.strip()
    if len(line) > LONGEST_LINE:
        raise Unusable(N_("签名的笔画太长，请清除后重新签。"))
    if not LINE.fullmatch(line) or not _is_inside(line):
        raise Unusable(N_("没有收到签名。请在签名框里签字；不能手写的，请打印记录签字后上传。"))
    if line.count("L") < 4:
        raise Unusable(N_("签名太短，请在签名框里完整签字。"))
    return line


def _is_inside(line: str) -> bool:
    points = re.findall(r"[ML](\d+) (\d+)", line)
    return all(int(x) <= FIELD[0] and int(y) <= FIELD[1] for x, y in points)


def fingerprint(content: Mapping[str, Any]) -> str:
    """The hash of a record: the same for the same words, counts and photos, on every machine."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def taken(camera: datetime | None, phone: datetime | None, at: datetime) -> tuple[datetime, str]:
    """When a photo was taken, and how that is known; a clock that runs ahead of ours says nothing."""
    for moment, source in ((camera, "camera"), (phone, "phone")):
        if moment is not None and moment <= at + timedelta(minutes=5):
            return moment, source
    return at, "upload"


def calendar_entry(uid: str, starts_at: datetime, summary: str, place: str, at: datetime) -> str:
    """One appointment as an iCalendar file."""

    def moment(value: datetime) -> str:
        return value.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")

    def text(value: str) -> str:
        value = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
        return " ".join(value.split())

    told = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//cellcert//visit//ZH", "BEGIN:VEVENT", f"UID:{uid}",
        f"DTSTAMP:{moment(at)}", f"DTSTART:{moment(starts_at)}", f"DTEND:{moment(starts_at + timedelta(hours=2))}",
        f"SUMMARY:{text(summary)}", f"LOCATION:{text(place)}", "END:VEVENT", "END:VCALENDAR",
    ]  # fmt: skip
    return "".join(f"{part}\r\n" for line in told for part in _folded(line))


def _folded(line: str) -> list[str]:
    """A long line goes on behind a space (RFC 5545): at most 75 bytes each."""
    parts, now = [], ""
    for sign in line:
        if len((now + sign).encode()) > 74:
            parts.append(now)
            now = " "
        now += sign
    return [*parts, now]
