"""What the pages of award letters read: awards not yet announced, the lists, how far the certificates are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.certificate.letters.models import AwardLetter, AwardLetterLine
from cellcert.certificate.models import Certificate
from cellcert.certificate.queries import LIVE
from cellcert.certificate.states import CertificateState
from cellcert.outbox.models import Job, JobState
from cellcert.people.models import Person

ANNOUNCED = (State.AWARDED, State.RECHECK, State.RECTIFYING)  # a suspended title is not announced


@dataclass(frozen=True, slots=True)
class LetterEntry:
    """One letter in the list of letters."""

    letter: AwardLetter
    units: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """One certificate that could not be made yet."""

    serial: str
    unit: str
    error: str
    again_at: datetime | None  # none: given up until somebody presses again


@dataclass(frozen=True, slots=True)
class Making:
    """How far the certificates of a letter are."""

    of: int
    made: int
    ended: int  # voided before they were made
    troubles: tuple[Trouble, ...]
    files_failed: bool

    @property
    def waiting(self) -> int:
        return self.of - self.made - self.ended


def waiting_awards(session: Session, batch: str, categories: Sequence[str]) -> list[Certificate]:
    """The awards of a batch that no letter names yet, by category and serial."""
    rows = _waiting(select(Certificate)).where(Application.batch == batch).options(joinedload(Certificate.application))
    order = {key: at for at, key in enumerate(categories)}
    return sorted(
        session.scalars(rows), key=lambda one: (order.get(str(one.fields["category"]), 99), one.year, one.ordinal)
    )


def waiting_batches(session: Session) -> dict[str, int]:
    """How many awards of each batch no letter names yet."""
    columns: list[Any] = [Application.batch, func.count()]
    rows = _waiting(select(*columns).select_from(Certificate)).group_by(Application.batch)
    return {str(batch): int(count) for batch, count in session.execute(rows)}


def _waiting(rows: Select[Any]) -> Select[Any]:
    told = select(AwardLetterLine.application_id)
    return rows.join(Application, Application.id == Certificate.application_id).where(
        Certificate.state.in_(LIVE), Application.state.in_(ANNOUNCED), Application.id.not_in(told)
    )


def letters(session: Session, *, drafts: bool) -> list[LetterEntry]:
    """The letters, newest first."""
    rows = (
        select(AwardLetter, func.count(AwardLetterLine.id))
        .outerjoin(AwardLetterLine)
        .group_by(AwardLetter.id)
        .order_by(AwardLetter.dated.desc(), AwardLetter.id.desc())
    )
    if not drafts:
        rows = rows.where(AwardLetter.issued_at.is_not(None))
    return [LetterEntry(letter, units) for letter, units in session.execute(rows)]


@dataclass(frozen=True, slots=True)
class ToSign:
    """A draft somebody is to let out."""

    letter_id: int
    batch: str
    number: str | None
    prepared_at: datetime
    prepared_by: int
    author: str


def letters_to_sign(session: Session) -> list[ToSign]:
    """The drafts, the oldest first; one query."""
    rows = (
        select(
            AwardLetter.id, AwardLetter.batch, AwardLetter.number, AwardLetter.prepared_at, Person.id, Person.name
        )
        .join(Person, Person.id == AwardLetter.prepared_by)
        .where(AwardLetter.issued_at.is_(None))
        .order_by(AwardLetter.prepared_at, AwardLetter.id)
    )  # fmt: skip
    return [ToSign(*row) for row in session.execute(rows)]


def named_in(session: Session, letter: AwardLetter) -> list[Certificate]:
    """The certificates of a letter's list, in its order."""
    rows = select(Certificate).join(AwardLetterLine, AwardLetterLine.certificate_id == Certificate.id)
    return list(session.scalars(rows.where(AwardLetterLine.letter_id == letter.id).order_by(AwardLetterLine.position)))


def making(session: Session, letter: AwardLetter) -> Making:
    """How far the certificates of a letter are, and what is in the way of which."""
    certificates = named_in(session, letter)
    waiting = {one.id: one for one in certificates if one.state is CertificateState.RESERVED}
    troubles = []
    for job in jobs_of(session, list(waiting)):
        if job.last_error and job.state is not JobState.DONE:
            certificate = waiting[int(job.data["certificate_id"])]
            again_at = job.not_before if job.state is JobState.DUE else None
            troubles.append(Trouble(certificate.serial, str(certificate.fields["unit_name"]), job.last_error, again_at))
    files = session.scalar(select(Job).where(Job.key == files_key(letter)))
    return Making(
        of=len(certificates),
        made=sum(one.sha256 is not None for one in certificates),
        ended=sum(one.sha256 is None and one.state is not CertificateState.RESERVED for one in certificates),
        troubles=tuple(sorted(troubles, key=lambda one: one.serial)),
        files_failed=files is not None and bool(files.last_error) and files.state is not JobState.DONE,
    )


def jobs_of(session: Session, certificate_ids: Sequence[int]) -> Sequence[Job]:
    """The work on these certificates that was put down with their awards."""
    return session.scalars(select(Job).where(Job.key.in_([f"certificate:{one}" for one in certificate_ids]))).all()


def files_key(letter: AwardLetter) -> str:
    """The key of the work that joins a letter's certificates."""
    return f"award-files:{letter.id}"
