"""What was declared of which year, by whom, and who is late; the same number of queries for 3 and for 300."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.certificate.models import Certificate
from cellcert.certificate.queries import HOLDING, LIVE
from cellcert.criteria.programme import Programme
from cellcert.ledger.queries import lines_of
from cellcert.ledger.rules import balances
from cellcert.standing.models import Declaration
from cellcert.standing.rules import Duty, duties

COLUMNS = ("generated", "used", "stored", "disposed")


@dataclass(frozen=True, slots=True)
class Declared:
    """One title and its declaration of one year."""

    application_id: int
    unit: str
    category: str
    division: str
    state: State
    serial: str
    duty: Duty
    not_met: tuple[str, ...]  # prerequisites that no longer hold
    changes: str


@dataclass(frozen=True, slots=True)
class Owed:
    """A declaration that a unit still has to make."""

    application_id: int
    unit_id: int
    unit: str
    category: str
    duty: Duty


def declaration_of(session: Session, application_id: int, year: int) -> Declaration | None:
    """What a unit filled in for a year, confirmed or not."""
    wanted = Declaration.application_id == application_id, Declaration.year == year
    return session.scalar(select(Declaration).where(*wanted))


def declarations_of(session: Session, application_id: int) -> dict[int, Declaration]:
    """Every declaration of one title, by year."""
    rows = session.scalars(select(Declaration).where(Declaration.application_id == application_id))
    return {one.year: one for one in rows}


def duties_of(session: Session, application: Application, programme: Programme, today: date) -> list[Duty]:
    """The years one title is declared for, newest first; none once it has ended."""
    awarded_on = session.scalar(
        select(Certificate.awarded_on).where(Certificate.application_id == application.id, Certificate.state.in_(LIVE))
    )
    if awarded_on is None or application.state not in HOLDING:
        return []
    made = declarations_of(session, application.id)
    return duties(awarded_on, _days(made, programme), programme.declaration, today)


def declared_in(session: Session, year: int, programme: Programme, today: date) -> list[Declared]:
    """Every live title awarded in ``year`` or before, and what it declared of that year."""
    first_day_after = date(year + 1, 1, 1)
    titles = session.execute(
        select(Application, Certificate)
        .join(Certificate, Certificate.application_id == Application.id)
        .where(
            Application.state.in_(HOLDING), Certificate.state.in_(LIVE), Certificate.awarded_on < first_day_after,
            Certificate.valid_until >= today,
        )
        .options(joinedload(Application.unit))
        .order_by(Application.division, Application.id)
    ).all()  # fmt: skip
    made = {one.application_id: one for one in session.scalars(select(Declaration).where(Declaration.year == year))}
    return [
        _line(application, certificate, made.get(application.id), year, programme, today)
        for application, certificate in titles
    ]


def _line(
    application: Application,
    certificate: Certificate,
    made: Declaration | None,
    year: int,
    programme: Programme,
    today: date,
) -> Declared:
    confirmed = made if made is not None and made.confirmed_at is not None else None
    on = clock.day_of(confirmed.confirmed_at, programme.time_zone) if confirmed and confirmed.confirmed_at else None
    return Declared(
        application_id=application.id,
        unit=str(certificate.fields["unit_name"]),
        category=application.category,
        division=application.division,
        state=application.state,
        serial=certificate.serial,
        duty=Duty(year, programme.declaration.due_in(year + 1), on, today),
        not_met=tuple(key for key, met in confirmed.complies.items() if not met) if confirmed else (),
        changes=confirmed.changes if confirmed else "",
    )


def owed(session: Session, programme: Programme, today: date, unit_id: int | None = None) -> list[Owed]:
    """Every declaration that is still to be made, of one unit or of all, the oldest year of each title first."""
    wanted = select(Application, Certificate).join(Certificate, Certificate.application_id == Application.id)
    wanted = wanted.where(
        Application.state.in_(HOLDING), Certificate.state.in_(LIVE), Certificate.awarded_on < date(today.year, 1, 1),
        Certificate.valid_until >= today,
    )  # fmt: skip
    if unit_id is not None:
        wanted = wanted.where(Application.unit_id == unit_id)
    titles = session.execute(wanted.order_by(Application.id)).all()
    if not titles:
        return []
    made: dict[int, dict[int, Declaration]] = {}
    confirmed = select(Declaration).where(Declaration.confirmed_at.is_not(None))
    if unit_id is not None:
        confirmed = confirmed.where(Declaration.application_id.in_([application.id for application, _ in titles]))
    for one in session.scalars(confirmed):
        made.setdefault(one.application_id, {})[one.year] = one
    return [
        Owed(application.id, application.unit_id, str(certificate.fields["unit_name"]), application.category, duty)
        for application, certificate in titles
        for duty in reversed(
            duties(certificate.awarded_on, _days(made.get(application.id, {}), programme), programme.declaration, today)
        )
        if duty.is_open
    ]


def figures_of_year(session: Session, unit_id: int, year: int) -> dict[str, Any]:
    """The sums of a unit's ledger over one year by kind, in tonnes, as text."""
    return {
        one.kind: {column: str(getattr(one, column)) for column in COLUMNS}
        for one in balances(lines_of(session, unit_id, [year]))
    }


def _days(made: Mapping[int, Declaration], programme: Programme) -> dict[int, date]:
    zone = programme.time_zone
    return {year: clock.day_of(one.confirmed_at, zone) for year, one in made.items() if one.confirmed_at is not None}


def late_and_open(lines: Collection[Declared]) -> tuple[int, int]:
    """How many are late, and how many may still declare in time."""
    open_ones = [line for line in lines if line.duty.is_open]
    late = sum(line.duty.standing == "late" for line in open_ones)
    return late, len(open_ones) - late
