"""What the register, the verification and the letter read: certificates with everything printed under them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, or_, select
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
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a visitor of the register looks for; empty means all."""

    words: str = ""
    category: str = ""
    division: str = ""
    year: int | None = None


def register(session: Session, wanted: Wanted, today: date, *, limit: int, offset: int = 0) -> list[Entry]:
    """The cells that hold the title today, newest first."""
    rows = _wanted(select(Certificate).join(Certificate.application), wanted, today)
    rows = rows.options(joinedload(Certificate.application))
    newest = rows.order_by(Certificate.awarded_on.desc(), Certificate.serial.desc()).limit(limit).offset(offset)
    return [entry(found, today) for found in session.scalars(newest)]


def count_register(session: Session, wanted: Wanted, today: date) -> int:
    """How many cells hold the title today."""
    rows = select(func.count()).select_from(Certificate).join(Certificate.application)
    return session.scalar(_wanted(rows, wanted, today)) or 0


def count_suspended(session: Session, wanted: Wanted, today: date) -> int:
    """How many of them are suspended: listed here, but not counted towards the target."""
    rows = select(func.count()).select_from(Certificate).join(Certificate.application)
    rows = rows.where(Application.state == State.SUSPENDED)
    return session.scalar(_wanted(rows, wanted, today)) or 0


def years(session: Session) -> Sequence[int]:
    """The years in which a certificate was awarded, newest first."""
    return session.scalars(select(Certificate.year).distinct().order_by(Certificate.year.desc())).all()


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
        sha256=certificate.sha256,
    )


def _wanted(rows: Select[Any], wanted: Wanted, today: date) -> Select[Any]:
    rows = rows.where(Certificate.state.in_(LIVE), Application.state.in_(HOLDING), Certificate.valid_until >= today)
    if wanted.words:
        name = Certificate.fields["unit_name"].as_string()
        rows = rows.where(
            or_(
                name.icontains(wanted.words, autoescape=True),
                Certificate.serial.icontains(wanted.words, autoescape=True),
            )
        )
    if wanted.category:
        rows = rows.where(Application.category == wanted.category)
    if wanted.division:
        rows = rows.where(Application.division == wanted.division)
    if wanted.year is not None:
        rows = rows.where(Certificate.year == wanted.year)
    return rows
