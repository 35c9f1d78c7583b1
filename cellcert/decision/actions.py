"""Propose, and approve by another person; what other stages share of it."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from cellcert.actors import Actor
from cellcert.application.lifecycle import Act, State
from cellcert.application.models import Application
from cellcert.audit.actions import record
from cellcert.criteria.calendar import Calendar
from cellcert.criteria.editions import checklist_of
from cellcert.criteria.programme import Programme
from cellcert.decision.matters import Matter
from cellcert.decision.models import Notice, Proposal
from cellcert.decision.rules import levels_open_to
from cellcert.decision.telling import refuse_unless_meeting, tell, told_later
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
    if told_later(session, application) is not None:
        raise NotReady(N_("这份申报已经审定，等待公布结果，不能再提出建议。"))
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
    """Settle the proposal (B22): agreed, it is told at once or with its meeting's; else it goes back to the office."""
    application.permit(Act.APPROVE, by)
    if agreed and programme.decision.is_told_later:
        refuse_unless_meeting(session, application)
    settle_proposal(session, application, proposal, Matter.DECISION, agreed, answer, by=by, at=at)
    if not agreed:
        return None
    if programme.decision.is_told_later:
        record(session, "approve-decision", f"application:{application.id}", by=by, at=at, proposal=proposal.id)
        return None
    return tell(session, application, proposal, Act.APPROVE, programme, calendar, by=by, at=at)


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
    _count_up(application)
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
    _count_up(application)
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


def _count_up(application: Application) -> None:
    """Who decides on what was shown before is refused; the unit sees no change, neither of a day nor of an order."""
    flag_modified(application, "edited_at")
