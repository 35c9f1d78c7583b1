"""First check, opinions, experts' seats and sheets, the close of the round, on-site records."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellcert import clock
from cellcert.actors import Actor, Role
from cellcert.application.actions import tell_unit
from cellcert.application.lifecycle import Act, State
from cellcert.application.models import Application, Assignment, Conflict, Step
from cellcert.assessment.actions import plain
from cellcert.assessment.models import Revision
from cellcert.assessment.rules import Place
from cellcert.audit.actions import record
from cellcert.criteria.programme import Programme
from cellcert.criteria.schema import Checklist
from cellcert.criteria.scorer import score, settle
from cellcert.errors import N_, Incomplete, NotAllowed, NotFound, NotReady, Refusal, Unusable
from cellcert.outbox.actions import enqueue
from cellcert.people.models import Post
from cellcert.review.models import Finding, OnSiteReport, Opinion, Reopening, RoundResult, ScoreSheet
from cellcert.review.rules import discrepancies, sheet_answers

# first check


def start_check(application: Application, *, by: Actor, at: datetime) -> Step:
    """Take a submitted application into the first check (B08)."""
    return application.make(Act.START_CHECK, by=by, at=at)


def note_findings(
    session: Session, application: Application, findings: Mapping[Place, tuple[str, str]], *, by: Actor, at: datetime
) -> None:
    """Write findings ``(verdict, reason)`` for places of the present revision (B09)."""
    application.permit(Act.NOTE, by)
    if any(verdict == "return" and not reason for verdict, reason in findings.values()):
        raise Unusable(N_("标为“需补正”的内容，请逐项写明原因。"))
    for (kind, key), (verdict, reason) in findings.items():
        row = _finding(session, application, kind, key)
        if row is None:
            row = Finding(application_id=application.id, revision=application.revision, kind=kind, key=key)
            session.add(row)
        row.verdict, row.reason, row.by, row.at = verdict, reason, _person(by), at
    places = [f"{kind}.{key}" for kind, key in findings]
    record(session, "note", f"application:{application.id}", by=by, at=at, places=places)


def return_to_unit(
    session: Session,
    application: Application,
    places: Mapping[Place, str],
    reason: str,
    programme: Programme,
    *,
    by: Actor,
    at: datetime,
) -> Step:
    """Send the application back (B10): only the named places open again, each with its reason."""
    application.permit(Act.RETURN, by)
    if not places:
        raise NotReady(N_("请至少点名一项需要补正的内容，并写明原因。"))
    if not all(places.values()):
        raise Unusable(N_("标为“需补正”的内容，请逐项写明原因。"))
    zone = programme.time_zone
    last_day = clock.day_of(at, zone) + timedelta(days=programme.first_check.correction_days)
    due = clock.end_of(last_day, zone)
    step = application.make(
        Act.RETURN, by=by, at=at, reason=reason,
        places=[list(place) for place in places], reasons={".".join(place): why for place, why in places.items()},
        due=due.isoformat(),
    )  # fmt: skip
    application.due_at = due
    subject = f"申报 {application.reference} 需要补正"
    asked = f"有 {len(places)} 项内容需要补正，请在 {last_day}（含当日）前登录修改并重新提交。"
    text = f"{application.unit.name}：\n{asked}\n{reason}"
    tell_unit(session, application, f"returned-{application.revision}", subject, text, at=at)
    return step


def pass_on(
    session: Session, application: Application, text: str, programme: Programme, *, by: Actor, at: datetime
) -> Step:
    """Pass the application to the experts with the managing body's opinion (B11)."""
    application.permit(Act.PASS, by)
    if programme.first_check.lead_opinion == "required" and not _department_spoke(session, application):
        raise NotReady(N_("牵头部门还没有填写意见，请等部门意见填写后再通过初审。"))
    if session.scalar(_returns(application)):
        raise NotReady(N_("还有标为“需补正”的内容。请退回补正，或先把这些内容改为“无问题”。"))
    if not text:
        raise Unusable(N_("请写明初审意见。"))
    session.add(_opinion(application, "district", True, text, by=by, at=at))
    return application.make(Act.PASS, by=by, at=at, reason=text)


def advise_against(session: Session, application: Application, text: str, *, by: Actor, at: datetime) -> Step:
    """Give a negative opinion; the office decides (B12)."""
    application.permit(Act.ADVISE_AGAINST, by)
    if not text:
        raise Unusable(N_("请写明不予推荐的理由。"))
    session.add(_opinion(application, "district", False, text, by=by, at=at))
    return application.make(Act.ADVISE_AGAINST, by=by, at=at, reason=text)


def give_opinion(
    session: Session, application: Application, in_favour: bool, text: str, *, by: Actor, at: datetime
) -> Opinion:
    """The lead department's opinion beside the managing body's (B45)."""
    application.permit(Act.GIVE_OPINION, by)
    if not text:
        raise Unusable(N_("请写明意见。"))
    opinion = _opinion(application, "department", in_favour, text, by=by, at=at)
    session.add(opinion)
    record(session, "give-opinion", f"application:{application.id}", by=by, at=at, in_favour=in_favour)
    return opinion


def _opinion(application: Application, side: str, in_favour: bool, text: str, *, by: Actor, at: datetime) -> Opinion:
    return Opinion(
        application_id=application.id, revision=application.revision, side=side,
        in_favour=in_favour, text=text, by=_person(by), at=at,
    )  # fmt: skip


def _department_spoke(session: Session, application: Application) -> bool:
    spoken = select(Opinion.id).where(
        Opinion.application_id == application.id,
        Opinion.revision == application.revision,
        Opinion.side == "department",
    )
    return session.scalar(spoken.limit(1)) is not None


def _returns(application: Application) -> Any:  # noqa: ANN401
    return (
        select(Finding.id)
        .where(
            Finding.application_id == application.id,
            Finding.revision == application.revision,
            Finding.verdict == "return",
        )
        .limit(1)
    )


def _finding(session: Session, application: Application, kind: str, key: str) -> Finding | None:
    return session.scalar(
        select(Finding).where(
            Finding.application_id == application.id,
            Finding.revision == application.revision,
            Finding.kind == kind,
            Finding.key == key,
        )
    )


# experts


def assign(
    application: Application, post: Post, due_at: datetime, *, by: Actor, at: datetime, session: Session
) -> Assignment:
    """Give an expert a seat, or a seated one a later due date (B13)."""
    application.permit(Act.ASSIGN, by)
    if hindrance := why_not(application, post):
        raise hindrance
    if due_at <= at:
        raise Unusable(N_("评审截止时间应晚于现在。"))
    if _seats_are_of_before(application):
        application.round += 1
    seat = next((seat for seat in application.seats if seat.person_id == post.person_id), None)
    if seat is None:
        seat = Assignment(
            round=application.round, person=post.person, person_id=post.person_id,
            assigned_by=_person(by), assigned_at=at, due_at=due_at,
        )  # fmt: skip
        application.assignments.append(seat)
        _tell_expert(session, application, post, at=at)
    else:
        seat.due_at = due_at
    record(session, "assign", f"application:{application.id}", by=by, at=at, expert=post.person_id, due=due_at)
    return seat


def _seats_are_of_before(application: Application) -> bool:
    """Every re-check has a round of its own: seats and sheets of the round before stay as they are."""
    opened = [step.at for step in application.history if step.act == Act.OPEN_RECHECK.name]
    if application.state is not State.RECHECK or not opened:
        return False
    return bool(application.seats) and all(seat.assigned_at < opened[-1] for seat in application.seats)


def why_not(application: Application, post: Post) -> Refusal | None:
    """Why the holder of this post cannot sit on the case; None when nothing stands against it."""
    name = post.person.name
    if post.role is not Role.EXPERT or post.ended_at is not None or not post.person.active:
        return NotReady(N_("{name} 目前不是在册专家，不能指派。"), name=name)
    if post.categories and application.category not in post.categories:
        return NotReady(N_("{name} 的专业范围不含这一类别，请另选专家。"), name=name)
    if application.is_conflicted(post.actor()):
        return NotReady(N_("{name} 与申报单位存在利害关系（同单位、同属地或已申请回避），不能指派。"), name=name)
    if any(seat.person_id == post.person_id and not seat.is_open for seat in application.seats):
        return NotReady(N_("{name} 已退出本案评审，请另选专家。"), name=name)
    return None


def _tell_expert(session: Session, application: Application, post: Post, *, at: datetime) -> None:
    if post.person.email:
        key = f"application-{application.id}-seat-{application.round}-{post.person_id}"
        text = f"{post.person.name}：\n请登录查看申报 {application.reference}，先确认有无利害关系，再在期限内提交评分。"
        enqueue(session, "mail", key, at=at, key=key, to=post.person.email, subject="有一份申报需要您评审", text=text)


def replace(
    session: Session, application: Application, seat: Assignment, reason: str, *, by: Actor, at: datetime
) -> None:
    """Free a seat whose expert cannot go on (B13)."""
    application.permit(Act.ASSIGN, by)
    if seat not in application.seats or not seat.is_open:
        raise NotFound
    if not reason:
        raise Unusable(N_("请写明更换专家的原因。"))
    seat.left_at, seat.left_because = at, reason
    record(session, "replace", f"application:{application.id}", by=by, at=at, expert=seat.person_id, reason=reason)


def step_down(session: Session, application: Application, reason: str, *, by: Actor, at: datetime) -> None:
    """An expert declares a conflict and leaves the case (B14)."""
    application.permit(Act.STEP_DOWN, by)
    if not reason:
        raise Unusable(N_("请写明回避的原因。"))
    seat = seat_of(application, by)
    seat.left_at, seat.left_because = at, reason
    application.conflicts.append(Conflict(person_id=_person(by), reason=reason, at=at))
    record(session, "step-down", f"application:{application.id}", by=by, at=at, reason=reason)


def declare(session: Session, application: Application, *, by: Actor, at: datetime) -> Assignment:
    """An expert declares to have no interest in the case; the sheet opens only then."""
    application.permit(Act.SCORE, by)
    seat = seat_of(application, by)
    if seat.declared_at is None:
        seat.declared_at = at
        record(session, "declare", f"application:{application.id}", by=by, at=at)
    return seat


def seat_of(application: Application, by: Actor) -> Assignment:
    """The seat this expert holds in the present round; whoever asks has been let through as the case's expert."""
    return next(seat for seat in application.seats if seat.person_id == by.person_id and seat.is_open)


def save_sheet(  # noqa: PLR0917 - what a sheet consists of
    session: Session,
    application: Application,
    checklist: Checklist,
    revision: Revision,
    answers: Mapping[str, object],
    comments: Mapping[str, str],
    opinion: str,
    *,
    by: Actor,
    at: datetime,
) -> ScoreSheet:
    """Keep an expert's draft (B15); answers outside the rule of their item are refused by the scorer."""
    application.permit(Act.SCORE, by)
    _refuse_sheet(session, application, by, at)
    sheet = my_sheet(session, application, by)
    if sheet is None:
        sheet = ScoreSheet(application=application, round=application.round, person_id=_person(by), saved_at=at)
        sheet.revision = revision.number
        session.add(sheet)
    if sheet.handed_in_at is not None:
        raise NotReady(N_("评分表已经提交，不能再修改。确有错误可申请重开。"))
    score(checklist, sheet_answers(revision.answers, answers))
    sheet.answers, sheet.comments, sheet.opinion, sheet.saved_at = plain(answers), dict(comments), opinion, at
    record(session, "score", f"application:{application.id}", by=by, at=at, items=sorted(answers))
    return sheet


def hand_in(
    session: Session, application: Application, checklist: Checklist, revision: Revision, *, by: Actor, at: datetime
) -> ScoreSheet:
    """Make the sheet final (B16): every judged item must be scored."""
    application.permit(Act.HAND_IN, by)
    _refuse_sheet(session, application, by, at)
    sheet = my_sheet(session, application, by)
    if sheet is None or sheet.handed_in_at is not None:
        raise NotReady(N_("没有可以提交的评分表。"))
    result = score(checklist, sheet_answers(revision.answers, sheet.answers))
    if missing := [gap.text.zh for gap in result.missing if gap.kind == "item"]:
        raise Incomplete(missing)
    sheet.points = {item.key: str(item.points) for item in result.items}
    sheet.total, sheet.handed_in_at = result.total, at
    record(session, "hand-in", f"application:{application.id}", by=by, at=at, sheet=sheet.id)
    return sheet


def my_sheet(session: Session, application: Application, by: Actor) -> ScoreSheet | None:
    """The actor's own sheet of the present round."""
    return session.scalar(
        select(ScoreSheet).where(
            ScoreSheet.application_id == application.id,
            ScoreSheet.round == application.round,
            ScoreSheet.person_id == by.person_id,
        )
    )


def _refuse_sheet(session: Session, application: Application, by: Actor, at: datetime) -> None:
    _refuse_closed(session, application)
    seat = seat_of(application, by)
    if seat.declared_at is None:
        raise NotReady(N_("请先声明与本案没有利害关系，再开始评分。"))
    if at > seat.due_at:
        raise NotReady(N_("评审截止时间已过。请联系市办经办人延长时间。"))


def _refuse_closed(session: Session, application: Application) -> None:
    if round_is_closed(session, application):
        raise NotReady(N_("本轮评审已经结束，评分不能再更改。"))


def ask_reopen(
    session: Session, application: Application, sheet: ScoreSheet, reason: str, *, by: Actor, at: datetime
) -> Reopening:
    """Ask to open a handed-in sheet before the round closes (B17)."""
    application.permit(Act.ASK_REOPEN, by)
    mine = by.role is not Role.EXPERT or sheet.person_id == by.person_id
    if sheet.application_id != application.id or sheet.round != application.round or not mine:
        raise NotFound
    _refuse_closed(session, application)
    if sheet.handed_in_at is None:
        raise NotReady(N_("评分表还没有提交，可以直接修改。"))
    if open_reopening(session, sheet):
        raise NotReady(N_("重开申请已提出，等待审定人批准。"))
    if not reason:
        raise Unusable(N_("请写明申请重开的原因。"))
    asked = Reopening(sheet=sheet, asked_by=_person(by), asked_at=at, reason=reason)
    session.add(asked)
    record(session, "ask-reopen", f"application:{application.id}", by=by, at=at, sheet=sheet.id, reason=reason)
    return asked


def reopen(session: Session, application: Application, asked: Reopening, *, by: Actor, at: datetime) -> None:
    """Approve the reopening of a sheet (B44): another person than the one who asked."""
    application.permit(Act.REOPEN, by)
    sheet = asked.sheet
    if sheet.application_id != application.id or sheet.round != application.round or asked.approved_at is not None:
        raise NotFound
    _refuse_closed(session, application)
    if asked.asked_by == by.person_id:
        raise NotAllowed(N_("提出申请的人不能自己批准，请由另一位审定人办理。"))
    asked.approved_by, asked.approved_at = _person(by), at
    sheet.total, sheet.handed_in_at, sheet.points = None, None, {}
    record(session, "reopen", f"application:{application.id}", by=by, at=at, sheet=sheet.id)


def open_reopening(session: Session, sheet: ScoreSheet) -> Reopening | None:
    """The request that waits for approval."""
    waiting = select(Reopening).where(Reopening.score_sheet_id == sheet.id, Reopening.approved_at.is_(None))
    return session.scalar(waiting)


# the round


def close_round(  # noqa: PLR0917 - what a round is combined from
    session: Session,
    application: Application,
    checklist: Checklist,
    revision: Revision,
    programme: Programme,
    on_site: bool,
    *,
    by: Actor,
    at: datetime,
) -> RoundResult:
    """Combine the sheets (B18); every seated expert has handed in, and there are enough of them."""
    application.permit(Act.CLOSE_ROUND, by)
    seats = {seat.person_id for seat in application.seats if seat.is_open}
    sheets = [sheet for sheet in sheets_of(session, application) if sheet.person_id in seats and sheet.handed_in_at]
    least = programme.review.experts
    if len(seats) < least:
        raise NotReady(N_("至少需要 {least} 位专家，目前 {have} 位。请先补充指派。"), least=least, have=len(seats))
    if waiting := len(seats) - len(sheets):
        raise NotReady(N_("还有 {count} 位专家没有提交评分表。可以催办，或更换专家。"), count=waiting)
    if on_site and programme.review.on_site == "never":
        raise NotReady(N_("本方案不设现场核查。"))
    result = _combine(application, checklist, revision, sheets, programme, by=by, at=at)
    session.add(result)
    goes_on_site = on_site or programme.review.on_site == "required"
    to = State.ON_SITE if goes_on_site else State.DECISION
    total, level = str(result.total), result.level
    application.make(Act.CLOSE_ROUND, by=by, at=at, to=to, round=application.round, total=total, level=level)
    return result


def _combine(
    application: Application,
    checklist: Checklist,
    revision: Revision,
    sheets: Sequence[ScoreSheet],
    programme: Programme,
    *,
    by: Actor,
    at: datetime,
) -> RoundResult:
    items = {item.key: item for item in checklist.items()}
    # sorted: the reason of an item shows the figures, and their order must not tell one expert's from another's
    points = {key: sorted(Decimal(sheet.points[key]) for sheet in sheets if key in sheet.points) for key in items}
    final = settle(checklist, revision.answers, points, programme.review.combine)
    apart = discrepancies(
        points,
        {key: item.points for key, item in items.items()},
        [sheet.total for sheet in sheets if sheet.total is not None],
        item_limit=programme.review.discrepancy.item,
        total_limit=programme.review.discrepancy.total,
    )
    return RoundResult(
        application=application,
        round=application.round,
        revision=revision.number,
        combine=programme.review.combine,
        sheet=final.to_json("zh"),
        discrepancies=[
            {"key": gap.key, "lowest": str(gap.lowest), "highest": str(gap.highest), "limit": str(gap.limit)}
            for gap in apart
        ],
        total=final.total,
        level=final.level.key if final.level else None,
        closed_by=_person(by),
        closed_at=at,
    )


def sheets_of(session: Session, application: Application, round: int | None = None) -> list[ScoreSheet]:
    """Every sheet of the present round, or of an earlier one."""
    wanted = application.round if round is None else round
    rows = select(ScoreSheet).where(ScoreSheet.application_id == application.id, ScoreSheet.round == wanted)
    return list(session.scalars(rows.order_by(ScoreSheet.id)))


def result_of(session: Session, application: Application) -> RoundResult | None:
    """The result of the closed round."""
    return session.scalar(
        select(RoundResult)
        .where(RoundResult.application_id == application.id)
        .order_by(RoundResult.round.desc())
        .limit(1)
    )


def round_is_closed(session: Session, application: Application) -> bool:
    """Whether the present round has its result."""
    closed = result_of(session, application)
    return closed is not None and closed.round == application.round


def report_on_site(
    session: Session, application: Application, visited_on: date, text: str, *, by: Actor, at: datetime
) -> OnSiteReport:
    """File what was seen on site (B19)."""
    application.permit(Act.REPORT_ON_SITE, by)
    if not text:
        raise Unusable(N_("请写明现场核查情况。"))
    report = OnSiteReport(
        application_id=application.id, visited_on=visited_on.isoformat(), text=text, by=_person(by), at=at
    )
    session.add(report)
    record(session, "report-on-site", f"application:{application.id}", by=by, at=at, visited_on=visited_on)
    return report


def end_on_site(session: Session, application: Application, *, by: Actor, at: datetime) -> Step:
    """End the on-site check once a record is there (B20)."""
    application.permit(Act.END_ON_SITE, by)
    if session.scalar(select(OnSiteReport.id).where(OnSiteReport.application_id == application.id).limit(1)) is None:
        raise NotReady(N_("还没有现场核查记录。请核查人员先提交记录。"))
    return application.make(Act.END_ON_SITE, by=by, at=at)


def _person(by: Actor) -> int:
    if by.person_id is None:
        raise NotAllowed(N_("请先登录。"))
    return by.person_id
