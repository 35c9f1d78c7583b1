"""The first check on paper (初审意见表): what was found, put right or sent back, and the opinions, to be sealed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from cellcert.assessment.rules import Place
from cellcert.criteria.programme import Programme
from cellcert.criteria.schema import Checklist
from cellcert.criteria.scorer import Sheet
from cellcert.criteria.text import figure
from cellcert.paper import render, to_pdf
from cellcert.review.check_page import Check
from cellcert.review.check_rules import put_right
from cellcert.review.models import Opinion
from cellcert.review.rules import place_title

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class OpinionPrint:
    """One body's opinion; without words it is a blank box to write in."""

    title: str
    body: str
    stand: str = ""
    text: str = ""
    name: str = ""
    on: str = ""


@dataclass(frozen=True, slots=True)
class CheckPrint:
    """All of a first check as it is put on record; what reviewers noted for each other is not on it."""

    title: str
    number: str
    case: tuple[Pair, ...]
    told: str
    corrected: tuple[tuple[str, str, str, str], ...]  # what, claimed, put right, why
    returned: tuple[Pair, ...]
    opinions: tuple[OpinionPrint, ...]
    on: date


def check_printed(c: Check, programme: Programme, opinions: Iterable[Opinion], *, on: date) -> CheckPrint:
    """The words of one first check."""
    application, unit, zone = c.application, c.application.unit, ZoneInfo(programme.time_zone)
    progress, right = c.progress, put_right(c.revision.answers, c.findings)
    submitted = c.revision.submitted_at.astimezone(zone).date()
    of_verdict = {
        verdict: [place for place in c.asked if place in c.findings and c.findings[place].verdict == verdict]
        for verdict in ("correct", "return")
    }
    corrected = tuple(
        (
            place_title(c.checklist, place).zh,
            in_words(c.checklist, place, c.revision.answers, c.scored),
            in_words(c.checklist, place, right, c.corrected),
            c.findings[place].reason,
        )
        for place in of_verdict["correct"]
    )
    told = f"应核对 {progress.asked} 处，已核对 {progress.done} 处：无问题 {progress.fine} 处，"
    told += f"核正 {progress.correct} 处，需补正 {progress.returned} 处。"
    if progress.left:
        told += f"尚有 {progress.left} 处未核对。"
    said = {one.side: one for one in opinions if one.revision == c.revision.number}
    division = programme.division(application.division).name.zh
    lead = programme.department(application.lead).name.zh
    bodies = [("district", "属地初审意见", division)]
    if programme.first_check.lead_opinion != "none":
        bodies.append(("department", "牵头部门意见", lead))
    return CheckPrint(
        title=f"{programme.category(application.category).name.zh}初审意见表",
        number=application.reference or "",
        case=(
            ("申报单位", unit.name),
            ("申报编号", application.reference or ""),
            ("属地", division),
            ("牵头部门", lead),
            ("提交", f"第 {c.revision.number} 次，{_day(submitted)}"),
            ("自评得分", f"{figure(c.scored.total)} / {figure(c.scored.possible)} 分"),
            *(
                (("核正后得分", f"{figure(c.corrected.total)} / {figure(c.corrected.possible)} 分"),)
                if corrected
                else ()
            ),
        ),
        told=told,
        corrected=corrected,
        returned=tuple(
            (place_title(c.checklist, place).zh, c.findings[place].reason) for place in of_verdict["return"]
        ),
        opinions=tuple(_opinion(title, body, said.get(side), zone) for side, title, body in bodies),
        on=on,
    )


def _opinion(title: str, body: str, said: Opinion | None, zone: ZoneInfo) -> OpinionPrint:
    if said is None:
        return OpinionPrint(title, body)
    stand = "同意推荐" if said.in_favour else "不同意推荐"
    return OpinionPrint(title, body, stand, said.text, said.person.name, _day(said.at.astimezone(zone).date()))


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def in_words(checklist: Checklist, place: Place, answers: Mapping[str, Any], sheet: Sheet) -> str:
    """What is answered at a place, as a line of print; an item by its points and why."""
    kind, key = place
    match kind:
        case "fact":
            fact, given = checklist.fact(key), answers["facts"].get(key)
            if given is None:
                return "未填写"
            if fact.type == "yes_no":
                return "是" if given else "否"
            return dict(fact.options)[given].zh if fact.type == "choice" else f"{given} {fact.unit.zh}".strip()
        case "indicator":
            figures = answers["indicators"].get(key) or {}
            inputs = checklist.indicator(key).inputs
            return "；".join(
                f"{one.label().zh} {figures[one.key]} {one.unit.zh}" for one in inputs if one.key in figures
            )
        case "prerequisite":
            given = answers["prerequisites"].get(key)
            return "未填写" if given is None else "符合" if given else "不符合"
        case _:
            result = sheet.item(key)
            return "不适用" if result.state == "not_applicable" else f"{figure(result.points)} 分。{result.reason.zh}"


def print_check(check: CheckPrint) -> bytes:
    """The 初审意见表 on A4."""
    return to_pdf(render("check.html", c=check), "print.css", "check.css")
