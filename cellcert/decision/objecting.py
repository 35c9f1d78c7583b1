"""Take in objections (异议), look into them, and close them by two persons; the award waits for that."""

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
from cellcert.criteria.programme import Programme
from cellcert.decision.actions import put_forward, settle_proposal
from cellcert.decision.matters import Matter
from cellcert.decision.models import Notice, Objection, Proposal
from cellcert.decision.notice_acts import notice_of
from cellcert.decision.rules import OUTCOMES, notice_is_over, notice_is_running
from cellcert.errors import N_, NotFound, NotReady


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
