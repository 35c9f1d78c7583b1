"""Take in objections (异议), look into them, and close them by two persons; the award waits for that."""

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cellcert import clock
from cellcert.actors import PUBLIC, Actor
from cellcert.application.actions import tell_unit
from cellcert.application.lifecycle import Act, State
from cellcert.application.models import Application
from cellcert.application.queries import running
from cellcert.audit.actions import record
from cellcert.criteria.programme import Programme
from cellcert.decision.actions import put_forward, settle_proposal
from cellcert.decision.matters import Matter
from cellcert.decision.models import Notice, Objection, Proposal, Statement
from cellcert.decision.notice_acts import notice_of
from cellcert.decision.objecting_rules import APPEAL_OUTCOMES, OUTCOMES, names, tells_who
from cellcert.decision.rules import notice_is_over, notice_is_running
from cellcert.errors import N_, NotAllowed, NotFound, NotReady, WrongState
from cellcert.outbox.actions import enqueue

# what was sent before midnight of the last day may still be on its way into the database
UNDER_WAY = timedelta(minutes=1)


def no_code(_receipt: str) -> str:
    """Of who follows a matter on its own pages."""
    return ""


def object_to(
    session: Session,
    application: Application,
    name: str,
    contact: str,
    text: str,
    programme: Programme,
    secret_for: Callable[[str], str] = no_code,
    *,
    by: Actor,
    at: datetime,
) -> Objection:
    """Take in an objection (B23) while the notice runs; ``at`` is when it arrived. A rejected unit appeals instead."""
    application.permit(Act.OBJECT, by)
    if application.state is State.REJECTED:
        raise WrongState(Act.OBJECT.label, application.state.label)
    today = clock.day_of(at, programme.time_zone)
    notice = notice_of(session, application)
    if notice is None or not notice_is_running(notice.published_on, notice.ends_on, today):
        raise NotReady(N_("公示期已结束，不再接收异议。如发现认定单位弄虚作假，可向主管部门举报。"))
    receipt = f"YY{today:%Y%m%d}-{secrets.token_hex(4).upper()}"
    objection = Objection(
        application=application,
        notice_id=notice.id,
        receipt=receipt,
        name=name,
        contact=contact,
        text=text,
        received_at=at,
        taken_at=at if application.state is State.OBJECTION else None,  # joins those already in hand
        secret=secret_for(receipt),
    )
    return took_in(session, objection, by=by, at=at)


def took_in(session: Session, objection: Objection, *, by: Actor, at: datetime) -> Objection:
    """Remember an objection; the trail has its number and nothing of who raised it."""
    session.add(objection)
    session.flush()
    whom = f"application:{objection.application_id}"
    if objection.appeal:
        record(session, "appeal", whom, by=by, at=at, receipt=objection.receipt)
    else:
        record(session, "object", whom, by=PUBLIC, at=at, receipt=objection.receipt)  # also who was signed in
    return objection


def refuse_beside_another(session: Session, application: Application) -> None:
    """A rejected case opens again only where the unit has not gone on with another of the category."""
    if running(session, application.unit_id, application.category) is not None:
        raise NotReady(
            N_(
                "申报单位这一类别已另有一份申报在办理中，或称号仍在有效期内，对上一次结果的申诉不能办理。新的申报撤回以后可以办理。"
            )
        )


def take_objection(
    session: Session, application: Application, objection: Objection, *, by: Actor, at: datetime
) -> None:
    """Take an objection into handling (B24); the award waits until it is closed."""
    application.permit(Act.TAKE_OBJECTION, by)
    if objection.application_id != application.id or objection.taken_at is not None:
        raise NotFound
    if objection.appeal:
        refuse_beside_another(session, application)
    for received in open_objections(session, application):  # all that have come in are looked into together
        if received.taken_at is None:
            received.taken_by, received.taken_at = by.person_id, at
    application.make(Act.TAKE_OBJECTION, by=by, at=at, receipt=objection.receipt)
    what = "申诉" if objection.appeal else "公示期间收到的异议"
    tell_unit(
        session, application, f"taken-{objection.id}", f"申报 {application.reference} 的{what[-2:]}正在核查",
        f"{application.unit.name}：\n{what}已受理，正在核查，办结前不作认定。需要说明情况的，会另行通知。", at=at,
    )  # fmt: skip


def propose_closing(
    session: Session,
    application: Application,
    outcome: State,
    reply: str,
    programme: Programme,
    *,
    by: Actor,
    at: datetime,
) -> Proposal:
    """Propose how the objections in hand end (B25): back to the notice, decide anew, or not recognised."""
    application.permit(Act.PROPOSE_CLOSING, by)
    in_hand = objections_in_hand(session, application)
    is_appeal = any(one.appeal for one in in_hand)
    if outcome not in (APPEAL_OUTCOMES if is_appeal else OUTCOMES):
        raise NotReady(N_("请选择异议处理结果。"))
    if outcome is State.NOTICE and notice_of(session, application) is None:
        raise NotReady(N_("该单位没有公示记录，不能恢复公示。请选择重新审定或维持不予认定。"))
    refuse_telling_who(in_hand, reply)
    _refuse_who_decided(session, application, is_appeal, by)
    asked = open_statement(session, application)
    if asked is not None and clock.day_of(at, programme.time_zone) <= asked.due_on:
        raise NotReady(N_("已请申报单位在 {day} 前说明情况，收到说明或期满后再提出处理意见。"), day=asked.due_on)
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
    """Settle how the objections in hand end (B26); each is answered by a letter, which the worker prints."""
    application.permit(Act.CLOSE_OBJECTION, by)
    in_hand = objections_in_hand(session, application)
    _refuse_who_decided(session, application, any(one.appeal for one in in_hand), by)
    settle_proposal(session, application, proposal, Matter.OBJECTION, agreed, answer, by=by, at=at)
    if not agreed:
        return
    if any(one.received_at > proposal.proposed_at for one in in_hand):
        raise NotReady(N_("提出处理意见以后又收到新的异议。请退回经办人，核查新的异议后重新提出处理意见。"))
    for objection in in_hand:
        objection.outcome, objection.reply, objection.closed_at = proposal.outcome.value, proposal.reason, at
        enqueue(session, "answer", str(objection.id), at=at, objection_id=objection.id)
    unasked = Statement.application_id == application.id, Statement.given_at.is_(None), Statement.ended_at.is_(None)
    session.execute(update(Statement).where(*unasked).values(ended_at=at))
    application.make(
        Act.CLOSE_OBJECTION, by=by, at=at, to=proposal.outcome, reason=proposal.reason, proposal=proposal.id
    )
    what = "申诉" if any(one.appeal for one in in_hand) else "异议"
    tell_unit(
        session, application, f"objection-{proposal.id}", f"申报 {application.reference} 的{what}已办结",
        f"{application.unit.name}：\n{what}已办结，申报现处于“{proposal.outcome.label}”阶段。"
        f"处理意见：{proposal.reason}", at=at,
    )  # fmt: skip


def refuse_telling_who(objections: Sequence[Objection], text: str) -> None:
    """What the unit will read names nobody who objected; an appeal is the unit's own."""
    for one in objections:
        if not one.appeal and (part := tells_who(text, names(one.name, one.contact))):
            raise NotReady(N_("这段话申报单位会看到，请去掉异议人的姓名和联系方式（“{part}”）。"), part=part)


def _refuse_who_decided(session: Session, application: Application, is_appeal: bool, by: Actor) -> None:
    """An appeal is looked into and settled by persons who had no part in the decision (g18)."""
    if is_appeal and by.person_id in deciders(session, application):
        raise NotAllowed(N_("您参与过这次不予认定的审定，申诉须由其他人员办理。"))


def deciders(session: Session, application: Application) -> set[int | None]:
    """Who proposed and who approved the last rejection."""
    last = session.scalar(
        select(Proposal)
        .where(
            Proposal.application_id == application.id, Proposal.outcome == State.REJECTED, Proposal.approved.is_(True)
        )
        .order_by(Proposal.id.desc())
        .limit(1)
    )
    return {last.proposed_by, last.settled_by} if last is not None else set()


# reading


def open_objections(session: Session, application: Application) -> Sequence[Objection]:
    """Objections without an outcome."""
    rows = select(Objection).where(Objection.application_id == application.id, Objection.closed_at.is_(None))
    return session.scalars(rows.order_by(Objection.id)).all()


def objections_in_hand(session: Session, application: Application) -> list[Objection]:
    """Those that were taken and are not closed."""
    return [one for one in open_objections(session, application) if one.taken_at is not None]


def open_statement(session: Session, application: Application) -> Statement | None:
    """What the unit was asked and has not said yet."""
    mine = Statement.application_id == application.id, Statement.given_at.is_(None), Statement.ended_at.is_(None)
    return session.scalar(select(Statement).where(*mine))


def refuse_unless_notice_over(session: Session, application: Application, programme: Programme, at: datetime) -> Notice:
    """The notice ran its full working days and no objection is open (g6)."""
    notice = notice_of(session, application)
    today = clock.day_of(at - UNDER_WAY, programme.time_zone)
    if notice is None or not notice_is_over(notice.ends_on, today):
        raise NotReady(N_("公示至 {day} 结束，次日起才能确认认定。"), day=notice.ends_on if notice else "")
    if open_objections(session, application):
        raise NotReady(N_("还有未办结的异议，办结后才能确认认定。"))
    return notice
