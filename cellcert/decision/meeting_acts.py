"""What is done with a meeting: opened, cases put before it, decided in one go, its minutes, the hour it is told."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from cellcert.actors import Actor, Role
from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.audit.actions import record
from cellcert.criteria.calendar import Calendar
from cellcert.criteria.programme import Programme
from cellcert.decision import actions
from cellcert.decision.meeting_models import Meeting, MeetingCase
from cellcert.decision.models import Proposal
from cellcert.errors import N_, Changed, NotFound, NotReady, Refusal
from cellcert.inbox.actions import tell
from cellcert.outbox.actions import enqueue
from cellcert.people.models import Post

Refused = list[tuple[Application, Refusal]]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is proposed of one case, by somebody who saw it in this version."""

    application_id: int
    version: int
    outcome: State
    level: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Answered:
    """The other person's answer to one proposal."""

    proposal_id: int
    agreed: bool
    answer: str


def open_meeting(
    session: Session,
    name: str,
    held_on: date,
    announce_at: datetime | None,
    ids: Sequence[int],
    *,
    by: Actor,
    at: datetime,
) -> Meeting:
    """Open a meeting over these cases."""
    meeting = Meeting(name=name, held_on=held_on, opened_by=by.signatory, opened_at=at)
    session.add(meeting)
    session.flush()
    record(session, "open-meeting", f"meeting:{meeting.id}", by=by, at=at, held_on=held_on.isoformat())
    put_before(session, meeting, ids, by=by, at=at)
    if announce_at is not None:
        set_hour(session, meeting, announce_at, by=by, at=at)
    return meeting


def put_before(session: Session, meeting: Meeting, ids: Sequence[int], *, by: Actor, at: datetime) -> None:
    """Put cases before a meeting; one that is there stays where it is."""
    if meeting.announced_at is not None:
        raise NotReady(N_("这次会议的结果已经公布，不能再增加申报。"))
    there = set(session.scalars(select(MeetingCase.application_id).where(MeetingCase.meeting_id == meeting.id)))
    new = [number for number in ids if number not in there]
    session.add_all(MeetingCase(meeting_id=meeting.id, application_id=number) for number in new)
    if new:
        record(session, "meeting-cases", f"meeting:{meeting.id}", by=by, at=at, cases=new)


def propose_all(session: Session, meeting: Meeting, asked: Sequence[Asked], *, by: Actor, at: datetime) -> Refused:
    """Propose on many cases, each under the act of its own (B21); who calls gives all up if one is refused."""
    cases = _locked(session, meeting, [one.application_id for one in asked])
    refused: Refused = []
    for one in sorted(asked, key=lambda one: one.application_id):
        application = cases[one.application_id]
        try:
            if one.version != application.version:
                raise Changed
            actions.propose(session, application, one.outcome, one.level, one.reason, by=by, at=at)
        except Refusal as refusal:
            refused.append((application, refusal))
    return refused


def settle_all(
    session: Session,
    meeting: Meeting,
    answers: Sequence[Answered],
    programme: Programme,
    calendar: Calendar,
    *,
    by: Actor,
    at: datetime,
) -> Refused:
    """Answer many proposals, each under the act of its own (B22); who calls gives all up if one is refused."""
    mine = select(Proposal).where(Proposal.id.in_([one.proposal_id for one in answers]))
    proposals = {proposal.id: proposal for proposal in session.scalars(mine)}
    if set(proposals) != {one.proposal_id for one in answers}:
        raise NotFound
    cases = _locked(session, meeting, [proposal.application_id for proposal in proposals.values()])
    refused: Refused = []
    for one in sorted(answers, key=lambda one: proposals[one.proposal_id].application_id):
        proposal = proposals[one.proposal_id]
        application = cases[proposal.application_id]
        try:
            if proposal.settled_at is not None:
                raise NotReady(N_("这条建议已由他人审定。"))
            actions.approve(session, application, proposal, one.agreed, one.answer, programme, calendar, by=by, at=at)
        except Refusal as refusal:
            refused.append((application, refusal))
    return refused


def _locked(session: Session, meeting: Meeting, ids: Collection[int]) -> Mapping[int, Application]:
    """The cases, all before this meeting, locked in the order in which everybody locks them."""
    wanted = (
        select(Application)
        .join(MeetingCase, MeetingCase.application_id == Application.id)
        .where(MeetingCase.meeting_id == meeting.id, Application.id.in_(ids))
        .order_by(Application.id)
        .options(
            joinedload(Application.unit), joinedload(Application.edition), selectinload(Application.assignments),
            selectinload(Application.conflicts), selectinload(Application.history),
        )
        .with_for_update(of=Application)
        .execution_options(populate_existing=True)
    )  # fmt: skip
    found = {application.id: application for application in session.scalars(wanted).unique()}
    if set(found) != set(ids):
        raise NotFound
    return found


def set_hour(session: Session, meeting: Meeting, announce_at: datetime | None, *, by: Actor, at: datetime) -> None:
    """Set, move or take back the hour at which the worker tells what was decided."""
    if meeting.announced_at is not None:
        raise NotReady(N_("这次会议的结果已经公布。"))
    if announce_at is not None and announce_at <= at:
        raise NotReady(N_("公布时间应当晚于现在。要马上公布，请由审定人直接公布。"))
    meeting.announce_at = announce_at
    told = announce_at.isoformat() if announce_at else ""
    record(session, "set-announcement", f"meeting:{meeting.id}", by=by, at=at, announce_at=told)
    if announce_at is not None:
        job = enqueue(session, "announce", f"{meeting.id}-{at.isoformat()}", at=at, meeting_id=meeting.id)
        job.not_before = announce_at


def keep_minutes(
    session: Session,
    meeting: Meeting,
    words: Mapping[str, str],
    said: Mapping[int, tuple[str, tuple[int | None, int | None, int | None]]],
    *,
    by: Actor,
    at: datetime,
) -> None:
    """Write down who came, what was said, and of each case the votes."""
    for name in ("place", "chair", "recorder", "attended", "absent", "minutes"):
        setattr(meeting, name, words[name])
    rows = select(MeetingCase).where(MeetingCase.meeting_id == meeting.id)
    for row in session.scalars(rows):
        if row.application_id in said:
            row.said, (row.votes_for, row.votes_against, row.abstained) = said[row.application_id]
    record(session, "meeting-minutes", f"meeting:{meeting.id}", by=by, at=at)


def tell_those_who_decide(session: Session, subject: str, text: str, *, at: datetime) -> None:
    """Leave a message with the office and the approvers."""
    posts = select(Post.id).where(Post.role.in_([Role.OFFICE, Role.APPROVER]), Post.ended_at.is_(None))
    tell(session, session.scalars(posts.order_by(Post.id)).all(), subject, text, at=at)
