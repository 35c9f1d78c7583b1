"""Propose, approve by another person, publish the notice, take and close objections."""

import secrets
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellcert import clock
from cellcert.actors import Actor
from cellcert.application.actions import tell_unit
from cellcert.application.lifecycle import Act, State
from cellcert.application.models import Application
from cellcert.audit.actions import record
from cellcert.criteria.calendar import Calendar
from cellcert.criteria.editions import checklist_of
from cellcert.criteria.programme import Programme
from cellcert.criteria.text import Text
from cellcert.decision.matters import Matter
from cellcert.decision.models import Notice, Objection, Proposal
from cellcert.decision.rules import OUTCOMES, levels_open_to, notice_is_over, notice_is_running
from cellcert.errors import N_, NotAllowed, NotFound, NotReady
from cellcert.review.actions import result_of


def propose(
    session: Session,
    application: Application,
    outcome: State,
    level: str | None,
    reason: str,
    *,
    by: Actor,
    at: datetime,
) -> Proposal:
    """Propose to recognise the unit at a level it reached, or not to recognise it (B21)."""
    application.permit(Act.PROPOSE, by)
    if outcome is State.NOTICE:
        result = result_of(session, application)
        reached = result.level if result else None
        if level not in levels_open_to(checklist_of(application.edition), reached):
            raise NotReady(N_("评审结果没有达到这一等次，不能建议认定。可建议不予认定，或选择已达到的等次。"))
    elif outcome is not State.REJECTED:
        raise NotReady(N_("请选择“予以认定”或“不予认定”。"))
    return put_forward(
        session, application, Matter.DECISION, outcome, reason, level if outcome is State.NOTICE else None, by=by, at=at
    )


def approve(
    session: Session,
    application: Application,
    proposal: Proposal,
    agreed: bool,
    answer: str,
    programme: Programme,
    calendar: Calendar,
    *,
    by: Actor,
    at: datetime,
) -> Notice | None:
    """Settle the proposal (B22): agreed, notice is given or the unit rejected; else it goes back to the office."""
    application.permit(Act.APPROVE, by)
    settle_proposal(session, application, proposal, Matter.DECISION, agreed, answer, by=by, at=at)
    if not agreed:
        return None
    if proposal.outcome is State.REJECTED:
        application.make(Act.APPROVE, by=by, at=at, to=State.REJECTED, reason=proposal.reason, proposal=proposal.id)
        tell_unit(
            session, application, f"rejected-{proposal.id}", f"申报 {application.reference} 审定结果",
            f"{application.unit.name}：\n经审定，本次不予认定。理由：{proposal.reason}\n"
            f"如有异议，可在 {programme.appeal.working_days} 个工作日内提出。", at=at,
        )  # fmt: skip
        return None
    notice = _publish(session, application, proposal, programme, calendar, at)
    application.make(
        Act.APPROVE,
        by=by,
        at=at,
        to=State.NOTICE,
        proposal=proposal.id,
        level=proposal.level,
        ends_on=notice.ends_on.isoformat(),
    )
    tell_unit(
        session, application, f"notice-{proposal.id}", f"申报 {application.reference} 已进入公示",
        f"{application.unit.name}：\n经审定，拟予以认定，现向社会公示，公示至 {notice.ends_on.isoformat()}。", at=at,
    )  # fmt: skip
    return notice


def _publish(
    session: Session,
    application: Application,
    proposal: Proposal,
    programme: Programme,
    calendar: Calendar,
    at: datetime,
) -> Notice:
    published_on = clock.day_of(at, programme.time_zone)
    level = next((level for level in checklist_of(application.edition).levels if level.key == proposal.level), None)
    notice = Notice(
        application=application,
        published_on=published_on,
        published_at=at,
        ends_on=calendar.add_working_days(published_on, programme.notice.working_days),
        working_days=programme.notice.working_days,
        calendar_version=calendar.version,
        shown={
            "unit": application.unit.name,
            "division": application.division,
            "division_name": _both(programme.division(application.division).name),
            "category": application.category,
            "category_name": _both(programme.category(application.category).name),
            "authority": _both(programme.authority.name),
            "level": level.key if level else None,
            "level_name": level.name.zh if level else "",
            "level_name_en": level.name.text("en") if level else "",
            "reference": application.reference,
        },
    )
    session.add(notice)
    return notice


def _both(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.text("en")}


def object_to(
    session: Session,
    application: Application,
    name: str,
    contact: str,
    text: str,
    programme: Programme,
    calendar: Calendar,
    *,
    by: Actor,
    at: datetime,
) -> Objection:
    """Take in an objection (B23): in the notice window; from a rejected unit in its appeal window."""
    application.permit(Act.OBJECT, by)
    today = clock.day_of(at, programme.time_zone)
    notice = notice_of(session, application)
    if application.state is State.REJECTED:
        since = clock.day_of(application.state_since, programme.time_zone)
        last = calendar.add_working_days(since, programme.appeal.working_days)
        if today > last:
            raise NotReady(N_("申诉期已于 {day} 结束。"), day=last)
    elif notice is None or not notice_is_running(notice.published_on, notice.ends_on, today):
        raise NotReady(N_("公示期已结束，不再接收异议。如发现认定单位弄虚作假，可向主管部门举报。"))
    objection = Objection(
        application=application,
        notice_id=notice.id if notice else None,
        receipt=f"YY{today:%Y%m%d}-{secrets.token_hex(4).upper()}",
        name=name,
        contact=contact,
        text=text,
        received_at=at,
        taken_at=at if application.state is State.OBJECTION else None,  # joins those already in hand
    )
    session.add(objection)
    session.flush()
    record(session, "object", f"application:{application.id}", by=by, at=at, receipt=objection.receipt)
    return objection


def take_objection(
    session: Session, application: Application, objection: Objection, *, by: Actor, at: datetime
) -> None:
    """Take an objection into handling (B24); the award waits until it is closed."""
    application.permit(Act.TAKE_OBJECTION, by)
    if objection.application_id != application.id or objection.taken_at is not None:
        raise NotFound
    for received in open_objections(session, application):  # all that have come in are looked into together
        if received.taken_at is None:
            received.taken_by, received.taken_at = by.person_id, at
    application.make(Act.TAKE_OBJECTION, by=by, at=at, receipt=objection.receipt)


def propose_closing(
    session: Session, application: Application, outcome: State, reply: str, *, by: Actor, at: datetime
) -> Proposal:
    """Propose how the objections in hand end (B25): back to the notice, decide anew, or not recognised."""
    application.permit(Act.PROPOSE_CLOSING, by)
    if outcome not in OUTCOMES:
        raise NotReady(N_("请选择异议处理结果。"))
    if outcome is State.NOTICE and notice_of(session, application) is None:
        raise NotReady(N_("该单位没有公示记录，不能恢复公示。请选择重新审定或维持不予认定。"))
    return put_forward(session, application, Matter.OBJECTION, outcome, reply, by=by, at=at)


def close_objections(
    session: Session,
    application: Application,
    proposal: Proposal,
    agreed: bool,
    answer: str,
    *,
    by: Actor,
    at: datetime,
) -> None:
    """Settle how the objections in hand end (B26)."""
    application.permit(Act.CLOSE_OBJECTION, by)
    settle_proposal(session, application, proposal, Matter.OBJECTION, agreed, answer, by=by, at=at)
    if not agreed:
        return
    for objection in open_objections(session, application):
        if objection.taken_at is not None:
            objection.outcome, objection.reply, objection.closed_at = proposal.outcome.value, proposal.reason, at
    application.make(
        Act.CLOSE_OBJECTION, by=by, at=at, to=proposal.outcome, reason=proposal.reason, proposal=proposal.id
    )
    tell_unit(
        session, application, f"objection-{proposal.id}", f"申报 {application.reference} 的异议已办结",
        f"{application.unit.name}：\n异议已办结，申报现处于“{proposal.outcome.label}”阶段。"
        f"处理意见：{proposal.reason}", at=at,
    )  # fmt: skip


# what other stages share: putting forward and settling, always by two persons


def put_forward(
    session: Session,
    application: Application,
    matter: Matter,
    outcome: State,
    reason: str,
    level: str | None = None,
    *,
    by: Actor,
    at: datetime,
    **data: object,
) -> Proposal:
    """Put a proposal before another person; one at a time on each matter."""
    if by.person_id is None:
        raise NotAllowed(N_("请先登录。"))
    if not reason:
        raise NotReady(N_("请写明理由。"))
    if open_proposal(session, application, matter) is not None:
        raise NotReady(N_("已有一条建议等待审定，不能重复提出。"))
    proposal = Proposal(
        application=application, matter=matter, outcome=outcome, level=level, reason=reason,
        data=data, proposed_by=by.person_id, proposed_at=at,
    )  # fmt: skip
    session.add(proposal)
    application.edited_at = at
    session.flush()
    record(
        session,
        f"propose-{matter.value}",
        f"application:{application.id}",
        by=by,
        at=at,
        outcome=outcome.value,
        reason=reason,
    )
    return proposal


def settle_proposal(
    session: Session,
    application: Application,
    proposal: Proposal,
    matter: Matter,
    agreed: bool,
    answer: str,
    *,
    by: Actor,
    at: datetime,
) -> None:
    """Write the other person's answer; the proposer is refused, by person (g2)."""
    if proposal.application_id != application.id or proposal.matter is not matter or proposal.settled_at is not None:
        raise NotFound
    if proposal.proposed_by == by.person_id:
        raise NotAllowed(N_("提出建议的人不能自己审定，请由另一位审定人办理。"))
    if not agreed and not answer:
        raise NotReady(N_("不同意时请写明理由，经办人据此修改。"))
    proposal.settled_by, proposal.settled_at, proposal.approved, proposal.answer = by.person_id, at, agreed, answer
    application.edited_at = at
    if not agreed:
        record(
            session,
            f"decline-{matter.value}",
            f"application:{application.id}",
            by=by,
            at=at,
            proposal=proposal.id,
            answer=answer,
        )


# reading


def open_proposal(session: Session, application: Application, matter: Matter) -> Proposal | None:
    """The proposal on a matter that waits for the other person."""
    return session.scalar(
        select(Proposal).where(
            Proposal.application_id == application.id, Proposal.matter == matter, Proposal.settled_at.is_(None)
        )
    )


def agreed_proposal(session: Session, application: Application, matter: Matter) -> Proposal | None:
    """The last proposal on a matter that was agreed to."""
    return session.scalar(
        select(Proposal)
        .where(Proposal.application_id == application.id, Proposal.matter == matter, Proposal.approved.is_(True))
        .order_by(Proposal.id.desc())
        .limit(1)
    )


def notice_of(session: Session, application: Application) -> Notice | None:
    """The latest notice of an application."""
    return session.scalar(
        select(Notice).where(Notice.application_id == application.id).order_by(Notice.id.desc()).limit(1)
    )


def open_objections(session: Session, application: Application) -> Sequence[Objection]:
    """Objections without an outcome."""
    rows = select(Objection).where(Objection.application_id == application.id, Objection.closed_at.is_(None))
    return session.scalars(rows.order_by(Objection.id)).all()


def refuse_unless_notice_over(session: Session, application: Application, programme: Programme, at: datetime) -> Notice:
    """The notice ran its full working days and no objection is open (g6)."""
    notice = notice_of(session, application)
    today = clock.day_of(at, programme.time_zone)
    if notice is None or not notice_is_over(notice.ends_on, today):
        raise NotReady(N_("公示至 {day} 结束，次日起才能确认认定。"), day=notice.ends_on if notice else "")
    if open_objections(session, application):
        raise NotReady(N_("还有未办结的异议，办结后才能确认认定。"))
    return notice
