"""What the register, the verification and the letter read: certificates with everything printed under them."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.certificate.models import Certificate
from cellcert.certificate.rules import Status, status
from cellcert.certificate.states import CertificateState
from cellcert.criteria.text import Text

LIVE = (CertificateState.RESERVED, CertificateState.ISSUED)
HOLDING = (State.AWARDED, State.RECHECK, State.RECTIFYING, State.SUSPENDED)


@dataclass(frozen=True, slots=True)
class Entry:
    """One certificate: what was printed, and what it is worth today."""

    certificate_id: int
    application_id: int
    serial: str
    unit: str
    credit_code: str
    category: str
    category_name: Text
    division: str
    level_name: Text
    edition: str
    authority: Text
    awarded_on: date
    valid_until: date
    status: Status
    ended_at: datetime | None
    end_reason: str  # why it was revoked, said to everybody
    sha256: str | None


def of_batch(session: Session, batch: str) -> list[Certificate]:
    """The live certificates of one batch, by number."""
    rows = select(Certificate).join(Certificate.application).options(joinedload(Certificate.application))
    wanted = rows.where(Application.batch == batch, Certificate.state.in_(LIVE), Application.state.in_(HOLDING))
    return list(session.scalars(wanted.order_by(Certificate.year, Certificate.ordinal)))


def batches_held(session: Session) -> set[str]:
    """The batches that have a live certificate."""
    rows = select(Application.batch).join(Certificate, Certificate.application_id == Application.id).distinct()
    return set(session.scalars(rows.where(Certificate.state.in_(LIVE), Application.state.in_(HOLDING))))


def by_serial(session: Session, serial: str) -> Certificate | None:
    """The certificate of a number, whatever became of it."""
    rows = select(Certificate).where(Certificate.serial == serial)
    return session.scalar(rows.options(joinedload(Certificate.application)))


def by_sha256(session: Session, sha256: str) -> Certificate | None:
    """The certificate whose stored PDF has this hash."""
    rows = select(Certificate).where(Certificate.sha256 == sha256)
    return session.scalar(rows.options(joinedload(Certificate.application)))


def successor(session: Session, certificate: Certificate) -> Certificate | None:
    """The certificate that took the place of a superseded one."""
    later = select(Certificate).where(
        Certificate.application_id == certificate.application_id, Certificate.id > certificate.id
    )
    return session.scalar(later.order_by(Certificate.id).limit(1))


def newest(session: Session, serial: str) -> Certificate | None:
    """The certificate that stands for the cell of a number today: its own, or what took its place."""
    of = select(Certificate.application_id).where(Certificate.serial == serial).scalar_subquery()
    rows = select(Certificate).where(Certificate.application_id == of).order_by(Certificate.id.desc()).limit(1)
    return session.scalar(rows.options(joinedload(Certificate.application)))


def entry(certificate: Certificate, today: date) -> Entry:
    """A certificate as the public sees it."""
    kept = certificate.fields
    return Entry(
        certificate_id=certificate.id,
        application_id=certificate.application_id,
        serial=certificate.serial,
        unit=str(kept["unit_name"]),
        credit_code=str(kept["credit_code"]),
        category=str(kept["category"]),
        category_name=Text(**kept["category_name"]),
        division=str(kept["division"]),
        level_name=Text(**kept["level_name"]),
        edition=str(kept["edition"]),
        authority=Text(**kept["authority"]),
        awarded_on=certificate.awarded_on,
        valid_until=certificate.valid_until,
        status=status(certificate.state, certificate.application.state, certificate.valid_until, today),
        ended_at=certificate.ended_at,
        end_reason=certificate.end_reason if certificate.state is CertificateState.REVOKED else "",
        sha256=certificate.sha256,
    )
