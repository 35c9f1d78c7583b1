"""Telling a decision: at once when it is approved, or those of a meeting together at the hour that was set."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from cellcert import clock
from cellcert.actors import Actor
from cellcert.application.actions import tell_unit
from cellcert.application.lifecycle import Act, State
from cellcert.application.models import Application
from cellcert.audit.actions import record
from cellcert.criteria.calendar import Calendar
from cellcert.criteria.programme import Programme
from cellcert.decision.matters import Matter
from cellcert.decision.meeting_models import Meeting, MeetingCase
from cellcert.decision.models import Notice, Proposal
from cellcert.decision.notice_acts import publish
from cellcert.decision.objecting_rules import appeal_until
from cellcert.errors import N_, NotReady
from cellcert.paper import chinese_date


def tell(
    session: Session,
    application: Application,
    proposal: Proposal,
    act: Act,
    programme: Programme,
    calendar: Calendar,
    *,
    by: Actor,
    at: datetime,
) -> Notice | None:
    """Let what was agreed take effect, and be known: the notice is published, or the unit is rejected."""
    if proposal.outcome is State.REJECTED:
        application.make(act, by=by, at=at, to=State.REJECTED, reason=proposal.reason, proposal=proposal.id)
        last = appeal_until(calendar, clock.day_of(at, programme.time_zone), programme.appeal.working_days)
        tell_unit(
            session, application, f"rejected-{proposal.id}", f"申报 {application.reference} 审定结果",
            f"{application.unit.name}：\n经审定，本次不予认定。理由：{proposal.reason}\n"
            f"如有异议，可在 {chinese_date(last)}（含当日）前提出申诉。", at=at,
        )  # fmt: skip
        return None
    notice = publish(session, application, proposal, programme, calendar, at)
    application.make(
        act,
        by=by,
        at=at,
        to=State.NOTICE,
        proposal=proposal.id,
        level=proposal.level,
        ends_on=notice.ends_on.isoformat(),
        digest=notice.digest,
    )
    tell_unit(
        session, application, f"notice-{proposal.id}", f"申报 {application.reference} 已进入公示",
        f"{application.unit.name}：\n经审定，拟予以认定，现向社会公示，公示至 {notice.ends_on.isoformat()}。", at=at,
    )  # fmt: skip
    return notice


def announce(
    session: Session, meeting: Meeting, programme: Programme, calendar: Calendar, *, by: Actor, at: datetime
) -> Sequence[Application]:
    """Tell everything the meeting decided, in one transaction (B50); what is not decided waits for the next one."""
    if meeting.announced_at is not None:
        raise NotReady(N_("这次会议的结果已经公布。"))
    told = []
    for application in _decided(session, meeting):
        proposal = told_later(session, application)
        if proposal is not None:
            tell(session, application, proposal, Act.ANNOUNCE, programme, calendar, by=by, at=at)
            told.append(application)
    if not told:
        raise NotReady(N_("还没有已审定的申报，没有可以公布的结果。"))
    meeting.announced_at, meeting.announced_by = at, by.person_id
    record(session, "announce-meeting", f"meeting:{meeting.id}", by=by, at=at, told=[one.id for one in told])
    return told


def _decided(session: Session, meeting: Meeting) -> Sequence[Application]:
    """The cases of a meeting that may be decided, locked one after another in the same order by everybody."""
    wanted = (
        select(Application)
        .where(Application.id.in_(_last_before(meeting)), Application.state == State.DECISION)
        .order_by(Application.id)
        .options(
            joinedload(Application.unit), joinedload(Application.edition), selectinload(Application.assignments),
            selectinload(Application.conflicts), selectinload(Application.history),
        )
        .with_for_update(of=Application)
    )  # fmt: skip
    return session.scalars(wanted).unique().all()


def _last_before(meeting: Meeting) -> Select[int]:
    """The cases that were put before no later meeting."""
    newest = select(func.max(MeetingCase.id)).group_by(MeetingCase.application_id)
    return select(MeetingCase.application_id).where(MeetingCase.id.in_(newest), MeetingCase.meeting_id == meeting.id)


def told_later(session: Session, application: Application) -> Proposal | None:
    """The proposal that was agreed to since the case came up for decision, while nobody outside knows of it."""
    if application.state is not State.DECISION:
        return None
    return session.scalar(
        select(Proposal)
        .where(
            Proposal.application_id == application.id,
            Proposal.matter == Matter.DECISION,
            Proposal.approved.is_(True),
            Proposal.settled_at >= application.state_since,
        )
        .order_by(Proposal.id.desc())
        .limit(1)
    )


def meeting_of(session: Session, application: Application) -> Meeting | None:
    """The meeting an application was last put before."""
    return session.scalar(
        select(Meeting)
        .join(MeetingCase, MeetingCase.meeting_id == Meeting.id)
        .where(MeetingCase.application_id == application.id)
        .order_by(MeetingCase.id.desc())
        .limit(1)
    )


def refuse_unless_meeting(session: Session, application: Application) -> None:
    """Where results are told together, a case is decided only with a meeting that will tell it."""
    meeting = meeting_of(session, application)
    if meeting is None or meeting.announced_at is not None:
        raise NotReady(N_("审定结果统一公布。请经办人先把这份申报列入审定会清单，再审定。"))
