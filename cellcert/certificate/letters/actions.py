"""What is done with an award letter: prepared, put right, let out by another person, its certificates asked for."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellcert.actors import Actor, Role
from cellcert.audit.actions import record
from cellcert.certificate.letters.models import AwardLetter, AwardLetterLine
from cellcert.certificate.letters.queries import files_key, jobs_of, named_in, waiting_awards
from cellcert.certificate.letters.rules import list_seen, next_number
from cellcert.certificate.models import Certificate
from cellcert.certificate.states import CertificateState
from cellcert.criteria.programme import Programme
from cellcert.errors import N_, Changed, NotAllowed, NotReady
from cellcert.inbox.actions import tell
from cellcert.outbox.actions import enqueue, hurry
from cellcert.outbox.models import Job
from cellcert.people.models import Post


def prepare(session: Session, batch: str, programme: Programme, *, by: Actor, at: datetime, on: date) -> AwardLetter:
    """Begin the letter of a batch, under the next number of the programme's pattern."""
    if session.scalar(select(AwardLetter.id).where(AwardLetter.batch == batch, AwardLetter.issued_at.is_(None))):
        raise NotReady(N_("这一批次已有一份认定文件在拟，请在那一份上办理。"))
    if not waiting_awards(session, batch, ()):
        raise NotReady(N_("这一批次没有待公布的认定，不能拟认定文件。"))
    taken = set(session.scalars(select(AwardLetter.number).where(AwardLetter.number.is_not(None))))
    letter = AwardLetter(
        batch=batch, number=next_number(programme.award_letter.number, on.year, {one for one in taken if one}),
        dated=on, prepared_by=by.signatory, prepared_at=at,
    )  # fmt: skip
    session.add(letter)
    session.flush()
    record(session, "prepare-letter", f"award-letter:{letter.id}", by=by, at=at, batch=batch)
    return letter


def revise(session: Session, letter: AwardLetter, number: str, dated: date, *, by: Actor, at: datetime) -> None:
    """Give a draft another number or date."""
    if letter.issued_at is not None:
        raise NotReady(N_("认定文件已印发，不能再改。"))
    other = select(AwardLetter.id).where(AwardLetter.number == number, AwardLetter.id != letter.id)
    if session.scalar(other):
        raise NotReady(N_("文号“{number}”已经用过，请换一个。"), number=number)
    letter.number, letter.dated = number, dated
    record(
        session, "revise-letter", f"award-letter:{letter.id}", by=by, at=at, number=number, dated=dated.isoformat()
    )  # fmt: skip


def discard(session: Session, letter: AwardLetter, *, by: Actor, at: datetime) -> None:
    """Give a draft up; its awards wait for another letter, and its number is free again."""
    if letter.issued_at is not None:
        raise NotReady(N_("认定文件已印发，不能作废草稿。"))
    record(
        session, "discard-letter", f"award-letter:{letter.id}", by=by, at=at, batch=letter.batch, number=letter.number
    )  # fmt: skip
    session.delete(letter)


def issue_letter(
    session: Session,
    letter: AwardLetter,
    certificates: Sequence[Certificate],
    said: Mapping[str, Any],
    seen: str,
    *,
    by: Actor,
    at: datetime,
) -> None:
    """Let a letter out (签发): its list and words are fixed from now on; another person than its author."""
    if letter.issued_at is not None:
        raise NotReady(N_("认定文件已印发，不能再改。"))
    if by.person_id == letter.prepared_by:
        raise NotAllowed(N_("认定文件由您拟稿，请由另一位审定人签发。"))
    if not letter.number:
        raise NotReady(N_("认定文件还没有文号，请经办人填写后再签发。"))
    if not certificates:
        raise NotReady(N_("这一批次没有待公布的认定，不能印发。"))
    if seen != list_seen(one.id for one in certificates):
        raise Changed
    letter.lines = [
        AwardLetterLine(position=at_, certificate=one, application_id=one.application_id)
        for at_, one in enumerate(certificates, start=1)
    ]
    letter.issued_by, letter.issued_at, letter.said = by.signatory, at, dict(said)
    record(
        session, "issue-letter", f"award-letter:{letter.id}", by=by, at=at, number=letter.number,
        serials=[one.serial for one in certificates],
    )  # fmt: skip
    enqueue(session, "award-letter", str(letter.id), at=at, letter_id=letter.id)


def ask_for_certificates(session: Session, letter: AwardLetter, post: Post, *, at: datetime) -> None:
    """Have every certificate of an issued letter made, and then joined; pressed again, only what stopped goes on."""
    if letter.issued_at is None:
        raise NotReady(N_("认定文件印发后才能制作证书。"))
    if letter.files_at is not None:
        return
    waiting = [one for one in named_in(session, letter) if one.state is CertificateState.RESERVED]
    under_way = {int(job.data["certificate_id"]): job for job in jobs_of(session, [one.id for one in waiting])}
    for one in waiting:
        if (job := under_way.get(one.id)) is None:
            enqueue(session, "certificate", str(one.id), at=at, certificate_id=one.id)
        else:
            hurry(job, at=at)
    letter.asked_at, letter.asked_post = at, post.id
    record(
        session, "make-certificates", f"award-letter:{letter.id}", by=post.actor(), at=at, waiting=len(waiting)
    )  # fmt: skip
    join_if_complete(session, letter, at=at)


def certificate_made(session: Session, certificate: Certificate, *, at: datetime) -> None:
    """Have the certificates of a letter joined when this was the last one somebody waits for."""
    row = select(AwardLetter).join(AwardLetterLine).where(AwardLetterLine.certificate_id == certificate.id)
    # one at a time: of two workers with the last two certificates, the second finds the first one made
    letter = session.scalar(
        row.where(AwardLetter.asked_at.is_not(None)).with_for_update(of=AwardLetter),
        execution_options={"populate_existing": True},
    )
    if letter is not None:
        join_if_complete(session, letter, at=at)


def join_if_complete(session: Session, letter: AwardLetter, *, at: datetime) -> None:
    """Put the joining down, once no certificate of the list is still to be made."""
    session.flush()
    certificates = named_in(session, letter)
    if letter.files_at is not None or any(one.state is CertificateState.RESERVED for one in certificates):
        return
    job = session.scalar(select(Job).where(Job.key == files_key(letter)))
    if job is None:
        enqueue(session, *files_key(letter).split(":"), at=at, letter_id=letter.id)
    else:
        hurry(job, at=at)


def tell_approvers(session: Session, letter: AwardLetter, subject: str, text: str, *, at: datetime) -> None:
    """Leave a message with everybody who may let a letter out."""
    posts = select(Post.id).where(
        Post.role == Role.APPROVER, Post.ended_at.is_(None), Post.person_id != letter.prepared_by
    )
    tell(session, session.scalars(posts.order_by(Post.id)).all(), subject, text, at=at)
