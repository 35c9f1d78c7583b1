"""What lies before a meeting of each case: points, opinions, the site, the second round; no expert's name."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from cellcert.application.models import Application, Assignment
from cellcert.assessment.steps import numbers
from cellcert.criteria.programme import Programme
from cellcert.decision.meeting_queries import Before
from cellcert.review.clarify_models import Clarification
from cellcert.review.clarify_rules import Level
from cellcert.review.consensus import Settled, minutes_of
from cellcert.review.models import OnSiteReport, Opinion, RoundResult, ScoreSheet, SecondRound
from cellcert.review.site.models import Visit

VERDICTS = {"same": "与申报一致", "differs": "与申报不一致", "unseen": "未能核查"}


@dataclass(slots=True)
class Papers:
    """What stages wrote about one case."""

    result: RoundResult | None = None
    opinions: list[Opinion] = field(default_factory=list)
    sheets: list[ScoreSheet] = field(default_factory=list)
    second: SecondRound | None = None
    reports: list[OnSiteReport] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    said: list[Clarification] = field(
        default_factory=list
    )  # questions to the unit and answers; not what is the office's
    experts: set[int] = field(default_factory=set)  # persons with a seat, in any round

    @property
    def minutes(self) -> list[Settled]:
        return minutes_of(self.second, self.result, self.sheets) if self.result else []

    def points_of(self, item: str) -> list[Decimal]:
        """Every counted expert's points, sorted, so that nobody is known by the order."""
        return sorted(Decimal(str(sheet.points[item])) for sheet in self.sheets if item in sheet.points)

    def said_of(self, item: str) -> list[str]:
        return sorted(text for sheet in self.sheets if (text := sheet.comments.get(item)))


def papers_of(session: Session, ids: Collection[int]) -> Mapping[int, Papers]:
    """The papers of some cases; eleven queries, however many they are."""
    found = {number: Papers() for number in ids}
    results = select(RoundResult).where(RoundResult.application_id.in_(ids)).order_by(RoundResult.round)
    for result in session.scalars(results):
        found[result.application_id].result = result
    seats = select(Assignment).where(Assignment.application_id.in_(ids))
    stayed = set()
    for seat in session.scalars(seats):
        found[seat.application_id].experts.add(seat.person_id)
        if seat.is_open:
            stayed.add((seat.application_id, seat.round, seat.person_id))
    sheets = select(ScoreSheet).where(ScoreSheet.application_id.in_(ids), ScoreSheet.handed_in_at.is_not(None))
    for sheet in session.scalars(sheets.order_by(ScoreSheet.id)):
        closed = found[sheet.application_id].result
        if closed and sheet.round == closed.round and (sheet.application_id, sheet.round, sheet.person_id) in stayed:
            found[sheet.application_id].sheets.append(sheet)
    for second in session.scalars(select(SecondRound).where(SecondRound.application_id.in_(ids))):
        closed = found[second.application_id].result
        if closed and closed.round == second.round:
            found[second.application_id].second = second
    now = and_(Opinion.application_id == Application.id, Opinion.revision == Application.revision)
    opinions = select(Opinion).join(Application, now).where(Application.id.in_(ids)).order_by(Opinion.id)
    for opinion in session.scalars(opinions.options(joinedload(Opinion.person))):
        found[opinion.application_id].opinions.append(opinion)
    reports = select(OnSiteReport).where(OnSiteReport.application_id.in_(ids)).order_by(OnSiteReport.id)
    for report in session.scalars(reports.options(joinedload(OnSiteReport.person))):
        found[report.application_id].reports.append(report)
    visits = select(Visit).where(Visit.application_id.in_(ids), Visit.closed_at.is_not(None)).order_by(Visit.id)
    for visit in session.scalars(visits.options(selectinload(Visit.findings), selectinload(Visit.members))):
        found[visit.application_id].visits.append(visit)
    said = select(Clarification).where(
        Clarification.application_id.in_(ids), Clarification.level.in_([Level.UNIT, Level.REVIEWERS])
    )
    for message in session.scalars(said.order_by(Clarification.id).options(selectinload(Clarification.files))):
        found[message.application_id].said.append(message)
    return found


# as paper says it, in Chinese


def figure(value: object) -> str:
    """6, 2.5, never 6.00."""
    said = str(value)
    return said.rstrip("0").rstrip(".") if "." in said else said


def figures(values: Iterable[Decimal]) -> str:
    """Points side by side."""
    return "、".join(figure(value) for value in values)


def on_paper(case: Before, papers: Papers, programme: Programme) -> dict[str, Any]:
    """One case as its pages in the pack say it."""
    sheet, checklist = case.sheet, case.checklist
    number_of, gaps = numbers(checklist), _gaps(papers.result)
    level = case.level_name
    return {
        "title": f"{case.number}. {case.unit}",
        "reference": case.reference,
        "pairs": [
            ("申报单位", case.unit),
            ("申报编号", case.reference),
            ("类别", programme.category(case.category).name.zh),
            ("管理主体", programme.division(case.division).name.zh),
            ("申报批次", programme.batch(case.batch).name.zh),
            ("标准版本", checklist.edition),
            ("评审得分", _points(case)),
            ("达到等次", level.zh if level else "未达到任何等次"),
            ("名次", f"同类第 {case.stand.rank} 名" if case.stand.rank else "无"),
            ("名额", side_on_paper(case) or "不限"),
        ],
        "hindered": hindered(case),
        "sections": sheet.get("sections", []),
        "bonus": sheet.get("bonus", 0),
        "penalties": sheet.get("penalties", 0),
        "marks": [
            {
                "no": number_of[item.key],
                "text": item.text.zh,
                "points": figure(line["points"]),
                "possible": figure(line["possible"]),
                "given": figures(papers.points_of(item.key)),
                "gap": gaps.get(item.key, ""),
                "said": papers.said_of(item.key) if item.key in gaps else [],
            }
            for line in sheet.get("items", [])
            for item in [checklist.item(line["key"])]
        ],
        "total_gap": gaps.get("", ""),
        "remarks": sorted(one.opinion for one in papers.sheets if one.opinion),
        "opinions": [
            (
                "属地审核意见" if one.side == "district" else "牵头部门意见",
                "同意推荐" if one.in_favour else "不予推荐",
                one.text,
            )
            for one in papers.opinions
        ],
        "reports": [
            (one.visited, "评审专家" if one.by in papers.experts else one.person.name, one.text)
            for one in papers.reports
        ],
        "visits": [_visit(visit, number_of, programme) for visit in papers.visits],
        "said": [
            (
                number_of.get(one.item, ""),
                one.role.label if one.level == Level.UNIT else f"{one.role.label}（仅审核人员）",
                one.text,
                len(one.files),
            )
            for one in sorted(papers.said, key=lambda one: (one.item, one.id))
        ],
        "minutes": [
            (
                number_of.get(one.key, ""), checklist.item(one.key).text.zh, figures(one.before), figures(one.after),
                one.changed, "；".join(one.reasons), "仍有差异，合并定分" if one.is_apart else "差异在限度内",
            )
            for one in papers.minutes
        ],
        "proposal": _proposed(case),
    }  # fmt: skip


def _points(case: Before) -> str:
    if case.total is None:
        return "未经专家评审"
    return f"{figure(case.total)} 分（满分 {figure(case.sheet['possible'])} 分）"


def side_on_paper(case: Before) -> str:
    """Which side of the line of places, in words."""
    if case.stand.reserve:
        return f"候补第 {case.stand.reserve} 位"
    return case.stand.side.label if case.total is not None else ""


def hindered(case: Before) -> list[str]:
    """Floors and vetoes, in words."""
    if case.total is None:
        return ["未经专家评审，属地不予推荐"]
    short = [one["title"] for one in case.sheet["sections"] if one["floor_reached"] is False]
    return [f"“{title}”部分未达到最低分" for title in short] + [*case.sheet["barred"], *case.sheet["gates"]]


def outcome_on_paper(case: Before) -> str:
    """What is proposed or decided, in words."""
    if case.proposal is None:
        return ""
    level = case.proposed_level
    return f"予以认定，等次为“{level.zh}”" if level else "不予认定"


def _proposed(case: Before) -> tuple[str, str] | None:
    return (outcome_on_paper(case), case.proposal.reason) if case.proposal else None


def _gaps(result: RoundResult | None) -> dict[str, str]:
    if result is None:
        return {}
    return {
        gap["key"]: f"{figure(gap['lowest'])}～{figure(gap['highest'])}，限差 {figure(gap['limit'])}"
        for gap in result.discrepancies
    }


def _visit(visit: Visit, number_of: Mapping[str, str], programme: Programme) -> dict[str, Any]:
    starts = visit.starts_at.astimezone(ZoneInfo(programme.time_zone))
    told: Sequence[tuple[str, str, str]] = [
        (number_of.get(one.item, ""), VERDICTS[one.verdict], _found(one.what, one.suggestion, one.checked, one.passing))
        for one in visit.findings
        if one.verdict in VERDICTS and (one.verdict != "same" or one.checked)
    ]
    same = sum(one.verdict == "same" for one in visit.findings)
    return {
        "when": f"{starts:%Y-%m-%d %H:%M}",
        "place": visit.place,
        "size": len(visit.members),
        "same": same,
        "told": told,
        "statements": [str(one.get("text", "")) if isinstance(one, dict) else str(one) for one in visit.statements],
        "hash": visit.record_hash[:16],
    }


def _found(what: str, suggestion: str, checked: int | None, passing: int | None) -> str:
    counted = f"抽查 {checked}，合格 {passing or 0}" if checked else ""
    return "；".join(part for part in (what, counted, f"建议：{suggestion}" if suggestion else "") if part)
