"""How the city supervises what lags (提醒 → 通报督办 → 现场督导): the programme's ``supervision``."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal, cast

from cellcert.criteria.award_letter import filled
from cellcert.criteria.fields import Fields, repeated
from cellcert.criteria.text import BLANK, Text

PLACES = ("subject", "name", "findings", "due", "previous")  # what a sentence may name
SHARES, COUNTS = ("division_share", "category_share"), ("overdue_checks",)
MEASURES = (*SHARES, *COUNTS)
Every = Literal["never", "month", "quarter"]
ApprovedBy = Literal["office", "approver"]


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of the ladder: its letter's words, the calendar days to answer it, who lets it out."""

    key: str
    name: Text
    title: str
    paragraphs: tuple[str, ...]
    answer_days: int
    approved_by: ApprovedBy = "approver"
    copies: str = ""  # 抄送


@dataclass(frozen=True, slots=True)
class Measure:
    """What is looked at, and where each step's line lies: per cent of what time demands, or a number of cases."""

    key: str
    lines: tuple[int, ...]

    @property
    def is_share(self) -> bool:
        return self.key in SHARES


@dataclass(frozen=True, slots=True)
class Supervision:
    """``since``: from when a share's time runs; ``every`` and ``day``: when the periodic review is; ``cooling_days``:
    how long a closed matter is left alone; ``number`` (文号): a pattern of ``{year}`` and ``{ordinal}``."""

    since: date | None = None
    every: Every = "never"
    day: int = 1
    cooling_days: int = 0
    number: str = ""
    rungs: tuple[Rung, ...] = ()
    measures: tuple[Measure, ...] = ()

    def measure(self, key: str) -> Measure | None:
        return next((measure for measure in self.measures if measure.key == key), None)


UNSUPERVISED = Supervision()


def read_supervision(row: Fields | None) -> Supervision:
    """The ladder as the city wants it; none given, nobody is supervised."""
    if row is None:
        return UNSUPERVISED
    rungs = tuple(_rung(step) for step in row.rows("steps", required=True))
    measures = tuple(_measure(one, rungs) for one in row.rows("measures", required=True))
    for name, keys in (("steps", [rung.key for rung in rungs]), ("measures", [one.key for one in measures])):
        for twice in repeated(keys):
            row.fault(name, f"{name} 里“{twice}”写了两次", f"“{twice}” is given twice in {name}")
    number = row.word("number", required=True)
    if number and ("{ordinal}" not in number or re.search(r"[{}]", filled(number, year="", ordinal=""))):
        row.fault(
            "number",
            "number 只能用 {year} 和 {ordinal}，且必须有 {ordinal}（序号）",
            "number may use {year} and {ordinal}, and must have {ordinal}",
        )
    review = row.within("review", required=True)
    every: Every = "never"
    day = 1
    if review is not None:
        every = cast("Every", review.one_of("every", ("month", "quarter", "never"), required=True))
        day = review.whole("day", least=1, most=28) or 1
        review.done()
    read = Supervision(
        since=row.day("since", required=True), every=every, day=day,
        cooling_days=row.whole("cooling_days", required=True) or 0, number=number, rungs=rungs, measures=measures,
    )  # fmt: skip
    row.done()
    return read


def _rung(row: Fields) -> Rung:
    read = Rung(
        row.key(),
        row.text("name", required=True) or BLANK,
        row.word("title", required=True),
        tuple(one.zh for one in row.texts("paragraphs")),
        row.whole("answer_days", required=True, least=1) or 1,
        cast("ApprovedBy", row.one_of("approved_by", ("office", "approver"), "approver")),
        row.word("copies", empty=True),
    )
    for key, sentences in (("title", (read.title,)), ("paragraphs", read.paragraphs)):
        for sentence in sentences:
            if re.search(r"[{}]", filled(sentence, **dict.fromkeys(PLACES, ""))):
                known = [f"{{{place}}}" for place in PLACES]
                row.fault(key, f"{key} 只能用 {'、'.join(known)}", f"{key} may use {', '.join(known)}")
                break
    if not any("{findings}" in sentence for sentence in read.paragraphs):
        row.fault("paragraphs", "paragraphs 里必须有 {findings}（数据和原因）", "paragraphs must have {findings}")
    row.done()
    return read


def _measure(row: Fields, rungs: tuple[Rung, ...]) -> Measure:
    key = row.one_of("key", MEASURES, required=True)
    given = [
        row.as_number(node, "lines", 1, 100 if key in SHARES else 10_000) for node in row.row("lines", required=True)
    ]
    lines = [int(one) for one in given if one is not None]
    if len(lines) != len(rungs) or lines != sorted(lines, reverse=key in SHARES):
        row.fault(
            "lines", "lines 每级一个整数，一级比一级严重：百分比逐级降低，件数逐级增加",
            "lines has one whole number for each step, worse step by step: per cents fall, numbers rise",
        )  # fmt: skip
    row.done()
    return Measure(key, tuple(lines))
